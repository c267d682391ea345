"""The words of text messages: neutral, because a phone may be read by someone else, and never an answer."""

from enum import Enum


def _(message: str) -> str:
    """Marks a message for translation."""
    return message


class Text(Enum):
    """The text messages. A value is the English text, which is the message's id in the catalogues."""

    # NOTE: Text message, read on a phone that others may see: no word on what it is about.
    # %(reference)s is a number of 16 digits. Keep STOP and HELP as they are: people send these words.
    REFERENCE = _("Your number: %(reference)s. Reply STOP for no more texts, HELP for help.")
    # NOTE: Text message, read on a phone that others may see: no word on what it is about.
    # %(address)s is a web address. Keep STOP and HELP as they are.
    ADDRESS = _("The page you asked for: %(address)s - Reply STOP for no more texts, HELP for help.")
    # NOTE: Text message that answers HELP. No word on what it is about. %(number)s is a phone number.
    HELP = _(
        "You asked for a text in a phone call. To speak with someone, call %(number)s. "
        "Reply STOP for no more texts."
    )
    # NOTE: Text message that answers STOP. Keep START as it is.
    STOPPED = _("You will get no more texts from us. Reply START to get them again.")
    # NOTE: Text message that answers START. Keep STOP as it is.
    STARTED = _("You can get texts from us again. Reply STOP for no more texts.")
