"""An utterance: a prompt with its values. It is rendered into the words of a language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from ivr.words.prompts import Prompt
from resident_app.configuration import Configuration
from resident_app.configuration.codes import Codes
from resident_app.intake.reference import GROUP, split_groups
from resident_app.languages import Language


class ValueKind(Enum):
    """What a value is. It decides how the value is spoken."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    DIGITS = "digits"
    """Spoken one by one, in groups of four."""
    PHONE = "phone"
    """An E.164 number."""
    NUMBER = "number"
    PERCENT = "percent"
    MOMENT = "moment"
    """A local time, ISO 8601 without a zone."""
    AGENCY = "agencies"
    SHORT_AGENCIES = "short-agencies"
    """Codes of agencies, joined by `+`. A code is the agency's short name."""
    GROUND = "grounds"
    RELEASED = "released"
    """Codes of config/codes.toml, joined by `+`."""
    KEY = "key"
    """A key of the phone."""
    TEXT = "text"


@dataclass(frozen=True)
class Value:
    """A value of a prompt, not yet in any language."""

    kind: ValueKind
    raw: str


Values = Mapping[str, Value]
"""A prompt's values by the names of their placeholders."""


@dataclass(frozen=True)
class Utterance:
    """A prompt with its values. `language` is a code, or None for the language of the call."""

    prompt: Prompt
    values: dict[str, Value] = field(default_factory=dict)
    language: str | None = None


def with_value(
    prompt: Prompt, name: str, kind: ValueKind, raw: object, *, language: str | None = None
) -> Utterance:
    """Return a prompt with its one value."""
    return Utterance(prompt, {name: Value(kind, str(raw))}, language)


def day_value(day: date) -> Value:
    """Return a date as a value."""
    return Value(ValueKind.DAY, day.isoformat())


def render(utterance: Utterance, language: Language, configuration: Configuration) -> str:
    """Return an utterance's words in a language."""
    codes = configuration.codes
    values = {name: render_value(value, language, codes) for name, value in utterance.values.items()}
    return language.spoken(utterance.prompt.value, **values)


def render_value(value: Value, language: Language, codes: Codes) -> str:
    """Return a value's words in a language."""
    renderers: dict[ValueKind, Callable[[str], str]] = {
        ValueKind.DAY: lambda raw: language.day(date.fromisoformat(raw)),
        ValueKind.MONTH: lambda raw: language.month(date.fromisoformat(raw)),
        ValueKind.YEAR: lambda raw: language.year(int(raw)),
        ValueKind.MOMENT: lambda raw: language.moment(datetime.fromisoformat(raw)),
        ValueKind.PERCENT: lambda raw: format_percent(int(raw) / 100, locale=language.locale),
        ValueKind.DIGITS: spell_digits,
        ValueKind.PHONE: spell_phone_number,
        ValueKind.NUMBER: lambda raw: format_decimal(int(raw), locale=language.locale),
        ValueKind.AGENCY: lambda raw: language.spoken(codes.agencies[raw]),
        ValueKind.SHORT_AGENCIES: lambda raw: format_list(raw.split("+"), locale=language.locale),
        ValueKind.GROUND: lambda raw: language.spoken(codes.grounds[raw]),
        ValueKind.RELEASED: lambda raw: format_list(
            [language.spoken(codes.released[part]) for part in raw.split("+")], locale=language.locale
        ),
        ValueKind.KEY: lambda raw: raw,
        ValueKind.TEXT: lambda raw: raw,
    }
    return renderers[value.kind](value.raw)


def spell_digits(digits: str, size: int = GROUP) -> str:
    """Return digits that a voice speaks one by one, with a pause after each group of `size`."""
    return _spell_groups(split_groups(digits, size))


def spell_phone_number(number: str) -> str:
    """Return a North American number (E.164) in its usual groups, and any other number digit by digit."""
    digits = number.lstrip("+")
    if len(digits) == 11 and digits[0] == "1":
        return _spell_groups((digits[1:4], digits[4:7], digits[7:]))
    return spell_digits(digits, 3)


def _spell_groups(groups: Sequence[str]) -> str:
    return ", ".join(" ".join(group) for group in groups)
