"""What a template leaves open: `{day}`, `{number}`. Each is written as its language writes it, by CLDR."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, time
from enum import Enum

from babel.dates import format_time

from resident_app.configuration.office import Office
from resident_app.configuration.office_hours import office_hours
from resident_app.languages import Language

NOT_FILLED = "____"
"""In place of a value that was not chosen yet. No message goes out with it."""

_VARIABLE = re.compile(r"\{\s*([^{}]*?)\s*\}")
# A dash or a space that is not in the GSM alphabet makes a text message twice as long.
_PLAIN = str.maketrans({"\u202f": " ", "\u2009": " ", "\u00a0": " ", "–": "-"})


class TemplateVariable(Enum):
    """What a template may name. A value is what the office is told of it."""

    NUMBER = "the office’s phone number"
    DAY = "a day, chosen when the message is sent"
    TIME = "a time of day, chosen when the message is sent"
    OFFICER = "the first name of the officer who sends it"
    HOURS = "the office’s hours"

    @property
    def code(self) -> str:
        """What stands in a template: `{day}`."""
        return f"{{{self.name.lower()}}}"


_BY_NAME = {variable.name.lower(): variable for variable in TemplateVariable}


@dataclass(frozen=True)
class TemplateValues:
    """What is filled in. None, or an empty name, was not chosen yet."""

    office: Office
    officer: str = ""
    day: date | None = None
    at: time | None = None


def variables_of(words: str) -> frozenset[TemplateVariable]:
    """Return what a template names."""
    return frozenset(_BY_NAME[name] for name in _names(words) if name in _BY_NAME)


def unknown_variables(words: str) -> tuple[str, ...]:
    """Return what stands in braces and means nothing, in its order."""
    return tuple(dict.fromkeys(name for name in _names(words) if name not in _BY_NAME))


def normalized(words: str) -> str:
    """Return a template with plain braces and names in lower case: `｛ＤＡＹ｝` is `{day}`."""

    def plain(found: re.Match[str]) -> str:
        name = unicodedata.normalize("NFKC", found[1]).lower()
        return f"{{{name}}}" if name in _BY_NAME else found[0]

    return _VARIABLE.sub(plain, words.translate(str.maketrans("｛｝", "{}")))


def with_neutral_values(words: str) -> str:
    """Return a template with a digit for each variable: it is of no language."""
    return _VARIABLE.sub(lambda found: "7" if found[1].lower() in _BY_NAME else found[0], words)


def fill(words: str, language: Language, values: TemplateValues) -> str:
    """Return a template's words with its variables as the language writes them."""

    def value(found: re.Match[str]) -> str:
        variable = _BY_NAME.get(found[1].lower())
        return found[0] if variable is None else _value(variable, language, values)

    return _VARIABLE.sub(value, words)


def _value(variable: TemplateVariable, language: Language, values: TemplateValues) -> str:
    match variable:
        case TemplateVariable.NUMBER:
            return values.office.line_in_words
        case TemplateVariable.DAY:
            return language.day(values.day).translate(_PLAIN) if values.day else NOT_FILLED
        case TemplateVariable.TIME:
            return _time(values.at, language) if values.at else NOT_FILLED
        case TemplateVariable.OFFICER:
            return values.officer or NOT_FILLED
        case TemplateVariable.HOURS:
            lines = office_hours(values.office.hours, language.locale)
            return "; ".join(f"{days} {hours}" for days, hours in lines).translate(_PLAIN)


def _time(at: time, language: Language) -> str:
    """Return a time as a language writes it: 14:30, 오후 2:30. CLDR's short form is partly Latin in some."""
    short = language.locale.time_formats["short"].pattern
    for pattern in (short, short.replace("a", "aaaa")):
        written = format_time(at, pattern, locale=language.locale).translate(_PLAIN)
        if language.script == "Latn" or not re.search("[A-Za-z]", written):
            return written
    return f"{at:%H:%M}"


def _names(words: str) -> list[str]:
    return [name.lower() for name in _VARIABLE.findall(words)]
