"""Recordings in place of a voice: `.wav` files in config/recordings/<language>/.

A prompt's file has its name, `hear-again.wav`. A prompt with values is recorded in parts, in the
order of its words: `birth-read.1.wav`, the value, `birth-read.2.wav`. Values have files too:
`0.wav` to `9.wav`, `day-1.wav` to `day-31.wav`, `month-1.wav` to `month-12.wav`, `weekday-1.wav` (Monday)
to `weekday-7.wav`, `percent.wav`, and one for each code of config/codes.toml, such as `agencies-ICE.wav`.
A date is played in the order in which the language writes it.
A prompt is played only if every part of it is there; otherwise the language's voice says it.

A language without a voice is heard as far as it is recorded: the whole line if everything is there, a call
back if what that needs is there, and nothing otherwise.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path

from ivr.words.prompts import CALL_BACK_PROMPTS, Prompt
from ivr.words.spoken_values import phone_groups
from ivr.words.utterances import Utterance, Value, ValueKind
from resident_app.configuration.codes import Codes
from resident_app.intake.reference import GROUP, split_groups
from resident_app.languages import Language, Languages
from resident_app.settings import CONFIG_DIR

FOLDER = CONFIG_DIR / "recordings"

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_CODES = {
    ValueKind.AGENCY: "agencies",
    ValueKind.SHORT_AGENCIES: "agencies",
    ValueKind.GROUND: "grounds",
    ValueKind.RELEASED: "released",
}
_SAYABLE = re.compile(r"\w")


@dataclass(frozen=True)
class Pause:
    """A moment of quiet between two recordings."""


Part = str | Value | Pause
"""The name of a recording, a value that nobody recorded, or a pause."""


class Extent(Enum):
    """How much of the phone line is heard in a language."""

    WHOLE = "whole"
    CALL_BACK = "call back"
    NOTHING = "nothing"


class Recordings:
    """The recordings that are there when the server starts."""

    def __init__(self, folder: Path = FOLDER):
        self._files = {
            language.name: frozenset(file.stem for file in language.glob("*.wav"))
            for language in (folder.iterdir() if folder.is_dir() else ())
        }

    def of(self, utterance: Utterance, language: Language) -> list[Part] | None:
        """A prompt's recordings in the order to play them, or None if one is missing.

        A value that is a name, which nobody can have recorded, stays a value: a voice says it.
        """
        files = self._files.get(language.code)
        if not files:
            return None
        names = _names(utterance, language)
        recorded = all(name in files for name in names if isinstance(name, str))
        return names if recorded else None

    def missing(self, language: Language, codes: Codes) -> list[str]:
        """Return what must be recorded before the whole line is heard without a voice."""
        needed = {"percent"}
        needed |= {f"month-{month}" for month in range(1, 13)} | {f"weekday-{day}" for day in range(1, 8)}
        needed |= {f"day-{day}" for day in range(1, 32)}
        for table in set(_CODES.values()):
            needed |= {f"{table}-{code}" for code in getattr(codes, table)}
        return self._missing(language, Prompt, needed)

    def missing_for_call_back(self, language: Language) -> list[str]:
        """Return what must be recorded before a call back can be asked for in a language without a voice."""
        return self._missing(language, CALL_BACK_PROMPTS)

    def extent(self, language: Language, codes: Codes) -> Extent:
        """Return how much of the line is heard in a language."""
        if language.has_voice:
            return Extent.WHOLE
        if language.phone is None or self.missing_for_call_back(language):
            return Extent.NOTHING
        return Extent.CALL_BACK if self.missing(language, codes) else Extent.WHOLE

    def heard(self, languages: Languages, codes: Codes) -> dict[Extent, list[Language]]:
        """Return the languages of the phone by how much of the line is heard in them."""
        found: dict[Extent, list[Language]] = {extent: [] for extent in Extent}
        for language in (*languages.on_the_phone(), *languages.to_be_recorded()):
            found[self.extent(language, codes)].append(language)
        return found

    def _missing(
        self, language: Language, prompts: Iterable[Prompt], values: Iterable[str] = ()
    ) -> list[str]:
        needed = {part for prompt in prompts for part in _segments(prompt, language) if part}
        needed |= {str(digit) for digit in range(10)} | set(values)
        return sorted(needed - self._files.get(language.code, frozenset()))


def _names(utterance: Utterance, language: Language) -> list[Part]:
    names: list[Part] = []
    order = _PLACEHOLDER.findall(language.spoken(utterance.prompt.value))
    parts = _segments(utterance.prompt, language)
    for part, name in zip(parts, [*order, ""], strict=True):
        if part:
            names.append(part)
        if name:
            names.extend(_of_value(utterance.values[name], language))
    return names


def _segments(prompt: Prompt, language: Language) -> list[str]:
    """The names of a prompt's parts around its values; empty where there is nothing to say."""
    name = prompt.name.lower().replace("_", "-")
    texts = _PLACEHOLDER.split(language.spoken(prompt.value))[::2]
    if len(texts) == 1:
        return [name]
    return [f"{name}.{number}" if _SAYABLE.search(text) else "" for number, text in enumerate(texts, start=1)]


def _of_date(day: date, language: Language, parts: str) -> list[str]:
    """The `parts` of a date (d, M, y) in the order in which the language writes them, by CLDR."""
    names = {"d": [f"day-{day.day}"], "M": [f"month-{day.month}"], "y": list(str(day.year))}
    pattern = re.sub(r"'[^']*'", "", language.locale.date_formats["long"].pattern)
    order = sorted(parts, key=pattern.index)
    return [name for part in order for name in names[part]]


def _of_value(value: Value, language: Language) -> list[Part]:
    match value.kind:
        case ValueKind.TEXT | ValueKind.ADDRESS:
            return [value]
        case ValueKind.DAY:
            return [*_of_date(date.fromisoformat(value.raw), language, "dMy")]
        case ValueKind.MONTH:
            return [*_of_date(date.fromisoformat(value.raw), language, "My")]
        case ValueKind.MOMENT:
            moment = datetime.fromisoformat(value.raw)
            day = _of_date(moment.date(), language, "dM")
            return [f"weekday-{moment.isoweekday()}", *day, *f"{moment:%H%M}"]
        case ValueKind.PERCENT:
            return [*value.raw, "percent"]
        case ValueKind.AGENCY | ValueKind.SHORT_AGENCIES | ValueKind.GROUND | ValueKind.RELEASED:
            return [f"{_CODES[value.kind]}-{code}" for code in value.raw.split("+")]
        case ValueKind.PHONE:
            return _of_groups(phone_groups(value.raw))
        case ValueKind.DIGITS:
            return _of_groups(split_groups(value.raw, GROUP))
    return list(value.raw)


def _of_groups(groups: Iterable[str]) -> list[Part]:
    """The digits of groups, with a pause after each but the last."""
    names: list[Part] = []
    for group in groups:
        names += [Pause(), *group] if names else group
    return names
