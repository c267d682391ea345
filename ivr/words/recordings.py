"""Recordings in place of a voice: `.wav` files in config/recordings/<language>/.

A prompt's file has its name, `welcome.wav`. A prompt with values is recorded in parts, in the
order of its words: `birth-read.1.wav`, the value, `birth-read.2.wav`. Values have files too:
`0.wav` to `9.wav`, `day-1.wav` to `day-31.wav`, `month-1.wav` to `month-12.wav`, `weekday-1.wav` (Monday)
to `weekday-7.wav`, `percent.wav`, and one for each code of config/codes.toml, such as `agencies-ICE.wav`.
A date is played in the order in which the language writes it.
A prompt is played only if every part of it is there; otherwise the language's voice says it.
"""

import re
from datetime import date, datetime
from pathlib import Path

from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, Value, ValueKind
from resident_app.configuration import Configuration
from resident_app.languages import Language, Languages
from resident_app.settings import CONFIG_DIR, SettingsError

FOLDER = CONFIG_DIR / "recordings"

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_CODES = {ValueKind.AGENCY: "agencies", ValueKind.GROUND: "grounds", ValueKind.RELEASED: "released"}
_SAYABLE = re.compile(r"\w")


class Recordings:
    """The recordings that are there when the server starts."""

    def __init__(self, folder: Path = FOLDER):
        self._files = {
            language.name: frozenset(file.stem for file in language.glob("*.wav"))
            for language in (folder.iterdir() if folder.is_dir() else ())
        }

    def of(self, utterance: Utterance, language: Language) -> list[str | Value] | None:
        """A prompt's recordings in the order to play them, or None if one is missing.

        A value that is a name, which nobody can have recorded, stays a value: a voice says it.
        """
        files = self._files.get(language.code)
        if not files:
            return None
        names = _names(utterance, language)
        recorded = all(name in files for name in names if isinstance(name, str))
        return names if recorded else None

    def missing(self, language: Language, configuration: Configuration) -> list[str]:
        """What must be recorded before a language can do without a voice."""
        needed = {part for prompt in Prompt for part in _segments(prompt, language) if part}
        needed |= {str(digit) for digit in range(10)} | {"percent"}
        needed |= {f"month-{month}" for month in range(1, 13)} | {f"weekday-{day}" for day in range(1, 8)}
        needed |= {f"day-{day}" for day in range(1, 32)}
        for table in _CODES.values():
            needed |= {f"{table}-{code}" for code in getattr(configuration.codes, table)}
        return sorted(needed - self._files.get(language.code, frozenset()))


def refuse_the_voiceless(languages: Languages, recordings: Recordings, configuration: Configuration) -> None:
    """Raise SettingsError, by name, for a language of the phone with neither a voice nor all recordings."""
    for language in languages.on_the_phone():
        assert language.phone is not None
        missing = [] if language.phone.voice else recordings.missing(language, configuration)
        if missing:
            raise SettingsError(
                f"config/languages.toml: {language.code} has no voice, and of its recordings in "
                f"config/recordings/{language.code}/ {len(missing)} are missing, such as {missing[0]}.wav"
            )


def _names(utterance: Utterance, language: Language) -> list[str | Value]:
    names: list[str | Value] = []
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


def _of_value(value: Value, language: Language) -> list[str | Value]:
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
        case ValueKind.AGENCY | ValueKind.GROUND:
            return [f"{_CODES[value.kind]}-{value.raw}"]
        case ValueKind.RELEASED:
            return [f"{_CODES[value.kind]}-{code}" for code in value.raw.split("+")]
        case ValueKind.SHORT_AGENCIES:
            return [f"{_CODES[ValueKind.AGENCY]}-{code}" for code in value.raw.split("+")]
    return list(value.raw.lstrip("+"))
