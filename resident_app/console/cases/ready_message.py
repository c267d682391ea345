"""The message on a request's form: the chosen template, its day and time, its words and their English.

A message goes out only as its writer has seen it: the words of the chosen template as the page showed them,
or words of their own with no template chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time

from resident_app.casework.cases.queue_query import QueueClock
from resident_app.casework.messages.offered_templates import (
    OfferedTemplate,
    TemplateOffer,
    shown_template,
    template_offer,
)
from resident_app.casework.messages.template_variables import TemplateValues, TemplateVariable, fill
from resident_app.console.cases.plan import describe_closed, last_plan_day
from resident_app.console.cases.queue_address import queue_clock
from resident_app.console.context import ConsoleContext
from resident_app.console.rendering import format_day
from resident_app.database import reading
from resident_app.languages import SOURCE

DISAGREES = (
    "The template and the words below are not the same message. Choose “My own words” to send the words, or "
    "empty the box to take the template."
)
CHANGED = "You changed the words, so they are your own now. Read them once more, then save."
NOT_READ_YET = "This is the message of the template. Read it, then save."
NO_DAY = "Choose the day that the message names."
NO_TIME = "Choose the time that the message names."
PAST_DAY = "This day is over. Choose the day that the message names."
PAST_TIME = "This time is over. Choose the time that the message names."
NO_NAME = "The template names you, and your account has no name. Ask an admin to add it."
NOT_OFFERED = "This template is no longer offered in this language. Choose another one."


@dataclass(frozen=True, repr=False)
class ReadyMessage:
    """The words, and the template that they are as the page shows it now."""

    template: str = ""
    day: str = ""
    time: str = ""
    shown: str = ""
    """The template, with its version, that the words are; "" for words of one's own."""
    words: str = ""
    in_english: str = ""
    chosen: OfferedTemplate | None = None
    """The template of the list."""
    mistakes: tuple[tuple[str, str], ...] = ()

    @property
    def asks_for_day(self) -> bool:
        """Whether the chosen template names a day."""
        return self.chosen is not None and TemplateVariable.DAY in self.chosen.variables

    @property
    def asks_for_time(self) -> bool:
        """Whether the chosen template names a time."""
        return self.chosen is not None and TemplateVariable.TIME in self.chosen.variables


def templates_for(language: str, context: ConsoleContext) -> TemplateOffer:
    """Return the templates for a language; none for one that is not ours."""
    if language not in context.languages:
        return TemplateOffer()
    with reading(context.engine) as connection:
        return template_offer(
            connection, context.languages[language], context.back_translations, context.reviewed_languages
        )


def template_values(context: ConsoleContext, staff_name: str, day: str, at: str) -> TemplateValues:
    """Return what fills a template, from what was typed."""
    first_name = staff_name.split(maxsplit=1)[0] if staff_name.split() else ""
    return TemplateValues(context.configuration.office, first_name, parse_day(day), parse_time(at))


def value_mistakes(
    variables: frozenset[TemplateVariable], values: TemplateValues, context: ConsoleContext
) -> tuple[tuple[str, str], ...]:
    """Return by field what a template still needs before it can be sent."""
    clocks, mistakes = queue_clock(context), []
    if TemplateVariable.DAY in variables and (problem := _day_problem(values.day, clocks)):
        mistakes.append(("day", problem))
    if TemplateVariable.TIME in variables:
        names_day = TemplateVariable.DAY in variables
        problem = _time_problem(values.day if names_day else None, values.at, clocks, context)
        if problem:
            mistakes.append(("time", problem))
    if TemplateVariable.OFFICER in variables and not values.officer:
        mistakes.append(("template", NO_NAME))
    return tuple(mistakes)


def read_message(
    typed: Mapping[str, str], language: str, staff_name: str, context: ConsoleContext
) -> ReadyMessage:
    """Return the message of a form. Words that nobody changed follow the template, its day and its time.

    `typed` has `template`, `day`, `time`, `message`, and `shown_template`, `shown_day` and `shown_time`, from
    which the page filled in the words. The result's `mistakes` say by field why it cannot be sent.
    """
    words, offer = typed["message"], templates_for(language, context)
    chosen, before = offer.find(typed["template"]), _before(typed["shown_template"], language, offer, context)
    values = template_values(context, staff_name, typed["day"], typed["time"])
    shown_values = template_values(context, staff_name, typed["shown_day"], typed["shown_time"])
    words_before = _fill(before, language, shown_values, context)[0] if before else ""
    if chosen is None:
        # A template that nobody changed goes away with its choice.
        own = "" if before and words == words_before else words
        gone = (("template", NOT_OFFERED),) if typed["template"] else ()
        return ReadyMessage(words=own, mistakes=gone)
    filled, in_english = _fill(chosen, language, values, context)
    is_as_shown = chosen.shown == typed["shown_template"] and values == shown_values
    if words and words not in (filled, words_before):
        if is_as_shown:
            return ReadyMessage(words=words, mistakes=(("message", CHANGED),))
        return ReadyMessage(
            chosen.key,
            typed["day"],
            typed["time"],
            words=words,
            chosen=chosen,
            mistakes=(("template", DISAGREES),),
        )
    message = ReadyMessage(chosen.key, typed["day"], typed["time"], chosen.shown, filled, in_english, chosen)
    if mistakes := value_mistakes(chosen.variables, values, context):
        return replace(message, mistakes=mistakes)
    if words != filled or chosen.shown != typed["shown_template"]:
        return replace(message, mistakes=(("message", NOT_READ_YET),))
    return message


def parse_day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def parse_time(typed: str) -> time | None:
    """Return a time such as 14:30, or None."""
    try:
        found = time.fromisoformat(typed)
    except ValueError:
        return None
    return found.replace(second=0, microsecond=0) if found.tzinfo is None else None


def _before(
    shown: str, language: str, offer: TemplateOffer, context: ConsoleContext
) -> OfferedTemplate | None:
    """Return the template that the page showed, with the words that it had then."""
    if not shown or language not in context.languages:
        return None
    with reading(context.engine) as connection:
        return shown_template(connection, shown, context.languages[language], offer)


def _fill(
    template: OfferedTemplate, language: str, values: TemplateValues, context: ConsoleContext
) -> tuple[str, str]:
    """Return a template's words in a language and in English."""
    return (
        fill(template.words, context.languages[language], values),
        fill(template.says, context.languages[SOURCE], values),
    )


def _day_problem(day: date | None, clocks: QueueClock) -> str:
    """Return why a message may not name a day: what it promises is kept as a plan is, on a day of work."""
    last = last_plan_day(clocks)
    if day is None:
        return NO_DAY
    if day < clocks.today:
        return PAST_DAY
    if day > last:
        return f"This day is too far ahead. Choose {format_day(last)} or an earlier day."
    if not clocks.calendar.is_working_day(day):
        return f"{describe_closed(day, clocks.calendar)} Choose another day."
    return ""


def _time_problem(day: date | None, at: time | None, clocks: QueueClock, context: ConsoleContext) -> str:
    """Return why a message may not name a time. `day` is the one that it names, too, if it does."""
    if at is None:
        return NO_TIME
    local = clocks.now.astimezone(clocks.calendar.zone)
    if day == local.date() and at < local.time():
        return PAST_TIME
    quiet = context.configuration.casework.quiet
    if not quiet.until <= at < quiet.since:
        return (
            f"Nobody is called at {at:%-I:%M %p}. Choose a time from {quiet.until:%-I:%M %p} to "
            f"{quiet.since:%-I:%M %p}."
        )
    return ""
