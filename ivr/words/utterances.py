"""An utterance: a prompt with its values. It is rendered into the words of a language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from babel.lists import format_list

from ivr.words.prompts import Prompt
from ivr.words.pronunciation import pronounce
from ivr.words.spoken_values import (
    render_day,
    render_moment,
    render_month,
    render_percent,
    spell_address,
    spell_digits,
    spell_phone_number,
)
from resident_app.configuration import Configuration
from resident_app.configuration.codes import Codes
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
    ADDRESS = "address"
    """The host of a web address."""
    TEXT = "text"
    """A name, which a voice says as it is written."""


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
    pause: int = 0
    """Seconds of silence after it."""
    slowly: bool = False
    """There is silence after each group of its digits."""


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
    return pronounce(language.spoken(utterance.prompt.value, **values), language.pronunciation)


def render_value(value: Value, language: Language, codes: Codes) -> str:
    """Return a value's words in a language."""
    renderers: dict[ValueKind, Callable[[str], str]] = {
        ValueKind.DAY: lambda raw: render_day(date.fromisoformat(raw), language),
        ValueKind.MONTH: lambda raw: render_month(date.fromisoformat(raw), language),
        ValueKind.YEAR: lambda raw: language.year(int(raw)),
        ValueKind.MOMENT: lambda raw: render_moment(datetime.fromisoformat(raw), language),
        ValueKind.PERCENT: lambda raw: render_percent(int(raw), language),
        ValueKind.DIGITS: spell_digits,
        ValueKind.PHONE: spell_phone_number,
        ValueKind.NUMBER: lambda raw: raw,
        ValueKind.AGENCY: lambda raw: language.spoken(codes.spoken_words("agencies", raw)),
        ValueKind.SHORT_AGENCIES: lambda raw: format_list(raw.split("+"), locale=language.locale),
        ValueKind.GROUND: lambda raw: language.spoken(codes.spoken_words("grounds", raw)),
        ValueKind.RELEASED: lambda raw: format_list(
            [language.spoken(codes.spoken_words("released", part)) for part in raw.split("+")],
            locale=language.locale,
        ),
        ValueKind.KEY: lambda raw: raw,
        ValueKind.ADDRESS: lambda raw: spell_address(raw, language),
        ValueKind.TEXT: lambda raw: raw,
    }
    return renderers[value.kind](value.raw)
