"""The office's message templates: an officer sends one in the resident's language without writing it.

They are neutral, because other people may read a phone or a mailbox. A value is the English text, which is
the message's id in the catalogues.
"""

from enum import Enum


def _(message: str) -> str:
    """Mark a message for translation."""
    return message


class MessageTemplate(Enum):
    # NOTE: A text message or email from the office, read where others may see it: no word on what it
    # is about. %(number)s is the office's phone number.
    MISSED = _(
        "We tried to reach you. Please call us at %(number)s, or answer this message with a good time "
        "to call you."
    )
    # NOTE: A text message or email from the office, read where others may see it.
    GOOD_TIME = _("When is a good time to call you? You can answer this message.")
    # NOTE: A text message or email from the office, read where others may see it. %(day)s is a date.
    WILL_CALL = _("We will call you on %(day)s. If this is not a good day, please answer this message.")
    # NOTE: A text message or email from the office, read where others may see it.
    # %(number)s is the office's phone number.
    QUESTION = _(
        "We have a question for you. Please call us at %(number)s, or answer this message with a good time "
        "to call you."
    )
    # NOTE: A text message or email from the office, read where others may see it.
    INTERPRETER = _("We will call you with an interpreter who speaks your language.")
    # NOTE: A text message or email from the office, read where others may see it: the office has done
    # what the person asked. %(number)s is the office's phone number.
    DONE = _("We have done what you asked. If you need anything else, please call us at %(number)s.")
    # NOTE: A text message or email from the office, read where others may see it.
    # %(number)s is the office's phone number.
    NOT_REACHED = _(
        "We tried to reach you several times. We will not try again, unless you want us to. "
        "You can call us at %(number)s at any time."
    )


# NOTE: The last sentence of a text message from the office. Keep STOP as it is: people send this word.
TEXT_END = _("Reply STOP for no more texts.")
# NOTE: The last sentence of an email from the office.
EMAIL_END = _("You can answer this email. If you want no more emails, please tell us so in your answer.")
# NOTE: The subject of every email from the office, read where others may see it: neutral.
EMAIL_SUBJECT = _("A message for you")

MESSAGES = {
    **{template.name: template.value for template in MessageTemplate},
    "TEXT_END": TEXT_END,
    "EMAIL_END": EMAIL_END,
    "EMAIL_SUBJECT": EMAIL_SUBJECT,
}
"""Every message that the office sends, by its name."""
