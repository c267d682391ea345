"""The message on a request's form: the chosen template, its day, its words and what they say in English.

A message goes out only as its writer has seen it: the words of the chosen template as the page showed them,
or words of their own with no template chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from resident_app.casework.messages import composing
from resident_app.casework.messages.templates import MessageTemplate
from resident_app.console.context import ConsoleContext

DISAGREES = (
    "The template and the words below are not the same message. Choose “My own words” to send the words, or "
    "empty the box to take the template."
)
CHANGED = "You changed the words, so they are your own now. Read them once more, then save."
NOT_READ_YET = "This is the message of the template. Read it, then save."
NO_DAY = "Choose the day that the message names."
PAST_DAY = "This day is over. Choose the day that the message names."


@dataclass(frozen=True, repr=False)
class ReadyMessage:
    """The words, and the template that they are as the page shows it now."""

    template: str = ""
    day: str = ""
    shown: str = ""
    """The template that the words are; "" for words of one's own."""
    words: str = ""
    in_english: str = ""
    mistakes: tuple[tuple[str, str], ...] = ()

    @property
    def asks_for_day(self) -> bool:
        """Whether the chosen template names a day."""
        return (
            self.template in MessageTemplate.__members__ and "%(day)s" in MessageTemplate[self.template].value
        )


def read_message(
    typed: Mapping[str, str], language: str, today: date, context: ConsoleContext
) -> ReadyMessage:
    """Return the message of a form. Words that nobody changed follow the template and its day.

    `typed` has `template`, `day`, `message`, and `shown_template` and `shown_day`, from which the page filled
    in the words. The result's `mistakes`
    say by field why it cannot be sent.
    """
    words, day = typed["message"], _date(typed["day"])
    chosen = _filled(typed["template"], day, language, context)
    before = _filled(typed["shown_template"], _date(typed["shown_day"]), language, context)
    if chosen is None:
        # A template that nobody changed goes away with its choice.
        own = "" if before and words == before[0] else words
        return ReadyMessage(words=own)
    template = typed["template"]
    if words and words not in (chosen[0], before[0] if before else ""):
        if template == typed["shown_template"] and typed["day"] == typed["shown_day"]:
            return ReadyMessage(words=words, mistakes=(("message", CHANGED),))
        return ReadyMessage(template, typed["day"], "", words, "", (("template", DISAGREES),))
    message = ReadyMessage(template, typed["day"], template, *chosen)
    if message.asks_for_day and (day is None or day < today):
        return replace(message, mistakes=(("day", NO_DAY if day is None else PAST_DAY),))
    if words != chosen[0] or template != typed["shown_template"]:
        return replace(message, mistakes=(("message", NOT_READ_YET),))
    return message


def _filled(name: str, day: date | None, language: str, context: ConsoleContext) -> tuple[str, str] | None:
    """Return a template's words in a language and in English; None without a template in that language."""
    spoken = context.languages.get(language)
    if spoken is None or name not in MessageTemplate.__members__:
        return None
    template, number = MessageTemplate[name], context.configuration.office.line_in_words
    words = composing.fill(template, spoken, number=number, day=day)
    return words, composing.read_back(template, spoken, context.back_translations, number=number, day=day)


def _date(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
