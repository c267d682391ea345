"""Checks a template of the office before it is kept: whole, in its language, neutral, and not too long."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time
from enum import Enum

from resident_app.casework.messages.composing import DraftProblem, MessageDraft, draft_problems
from resident_app.casework.messages.template_variables import (
    TemplateValues,
    TemplateVariable,
    fill,
    unknown_variables,
    variables_of,
    with_neutral_values,
)
from resident_app.casework.messages.templates import TEXT_END
from resident_app.casework.messages.text_segments import TextSegments, count_segments
from resident_app.configuration.office import Office
from resident_app.contact_points import Channel
from resident_app.languages import SOURCE, Language, Languages

MOST_SEGMENTS = 8
"""A template that would be more text messages than this is refused for texts."""

_EXAMPLE_DAY = date(2026, 12, 30)
_EXAMPLE_TIME = time(14, 30)
_EXAMPLE_OFFICER = "Alexandra"


class TextProblem(Enum):
    """Why a template's words are not kept, beside the problems of every message."""

    UNKNOWN_VARIABLE = "unknown variable"
    MISSING_VARIABLE = "missing variable"
    EXTRA_VARIABLE = "extra variable"
    TOO_MANY_SEGMENTS = "too many segments"
    NOT_READ_BACK = "not read back"
    """The read-back is the translation itself, or not in English."""


@dataclass(frozen=True)
class TemplateProblem:
    """A problem, with the names or characters that it is about, or how many segments there are."""

    kind: TextProblem | DraftProblem
    about: tuple[str, ...] = ()
    number: int = 0


def example_values(office: Office) -> TemplateValues:
    """Return values with which a template is checked and shown before anybody sends it."""
    return TemplateValues(office, _EXAMPLE_OFFICER, _EXAMPLE_DAY, _EXAMPLE_TIME)


def text_segments(words: str, language: Language) -> TextSegments:
    """Return how many text messages the words are, with the sentence that ends each text."""
    return count_segments(f"{words} {language.text(TEXT_END)}")


def words_problems(
    words: str, language: Language, channel: str, languages: Languages, office: Office, english: str = ""
) -> list[TemplateProblem]:
    """Return why the words of a template cannot be kept. `english` is what a translation is of.

    `channel` is `text`, `email` or empty for both. An email may be long, and say what it is about.
    """
    return list(_words_problems(words, language, channel, languages, office, english))


def read_back_problems(read_back: str, words: str, languages: Languages) -> list[TemplateProblem]:
    """Return why an English reading of a translation cannot be kept."""
    return list(_read_back_problems(read_back, words, languages))


def _words_problems(
    words: str, language: Language, channel: str, languages: Languages, office: Office, english: str
) -> Iterator[TemplateProblem]:
    yield from _variable_problems(words, english)
    sent_as = Channel.EMAIL if channel == Channel.EMAIL else Channel.TEXT
    draft = MessageDraft(with_neutral_values(words), language.code, sent_as)
    yield from _message_problems(draft, languages)
    segments = text_segments(fill(words, language, example_values(office)), language)
    if sent_as is Channel.TEXT and segments.number > MOST_SEGMENTS:
        yield TemplateProblem(TextProblem.TOO_MANY_SEGMENTS, number=segments.number)


def _read_back_problems(read_back: str, words: str, languages: Languages) -> Iterator[TemplateProblem]:
    yield from _variable_problems(read_back, words)
    draft = MessageDraft(with_neutral_values(read_back), SOURCE, Channel.EMAIL)
    for problem in _message_problems(draft, languages):
        is_other = problem.kind in (DraftProblem.WRONG_LANGUAGE, DraftProblem.WRONG_SCRIPT)
        yield replace(problem, kind=TextProblem.NOT_READ_BACK) if is_other else problem
    if words.strip() and read_back.split() == words.split():
        yield TemplateProblem(TextProblem.NOT_READ_BACK)


def _variable_problems(words: str, original: str) -> Iterator[TemplateProblem]:
    """Yield what is wrong with the variables. Without an original, any of the list may be used."""
    if unknown := unknown_variables(words):
        yield TemplateProblem(TextProblem.UNKNOWN_VARIABLE, tuple(f"{{{name}}}" for name in unknown))
    if not original or not words:
        return
    wanted, found = variables_of(original), variables_of(words)
    if missing := wanted - found:
        yield TemplateProblem(TextProblem.MISSING_VARIABLE, _codes(missing))
    if extra := found - wanted:
        yield TemplateProblem(TextProblem.EXTRA_VARIABLE, _codes(extra))


def _message_problems(draft: MessageDraft, languages: Languages) -> Iterator[TemplateProblem]:
    for problem in draft_problems(draft, languages):
        # An unknown variable is a gap too, and was named already.
        if problem is not DraftProblem.PLACEHOLDER_LEFT or not unknown_variables(draft.words):
            yield TemplateProblem(problem)


def _codes(variables: frozenset[TemplateVariable]) -> tuple[str, ...]:
    return tuple(sorted(variable.code for variable in variables))
