"""Every prompt of a language, with made-up values, for people who listen to a whole translation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ivr.words.prompts import Prompt
from ivr.words.pronunciation import pronounce
from ivr.words.utterances import Utterance, Value, ValueKind, day_value, render
from resident_app.configuration import Configuration
from resident_app.configuration.codes import SPOKEN_TABLES
from resident_app.languages import SOURCE, Language, Languages

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_MOMENT = datetime(2026, 11, 30, 8, 0)  # noqa: DTZ001
_VALUES = {
    "address": Value(ValueKind.ADDRESS, "dol.wa.gov"),
    "agency": Value(ValueKind.SHORT_AGENCIES, "DHS"),
    "agencies": Value(ValueKind.SHORT_AGENCIES, "CBP+DHS"),
    "date": day_value(date(1980, 5, 17)),
    "end": day_value(date(2018, 1, 10)),
    "ground": Value(ValueKind.GROUND, "1326"),
    "key": Value(ValueKind.KEY, "1"),
    "month": Value(ValueKind.MONTH, "2017-09-01"),
    "name": Value(ValueKind.TEXT, "Rafael Estevez"),
    "number": Value(ValueKind.PHONE, "+13603594454"),
    "office": Value(ValueKind.TEXT, "Tacoma"),
    "percent": Value(ValueKind.PERCENT, "60"),
    "reference": Value(ValueKind.DIGITS, "4071829355160238"),
    "start": day_value(date(2017, 5, 1)),
    "time": Value(ValueKind.MOMENT, _MOMENT.isoformat()),
    "what": Value(ValueKind.RELEASED, "photo+application"),
    "year": Value(ValueKind.YEAR, "2018"),
}
_OTHER = Value(ValueKind.NUMBER, "3")
_OF_PROMPT = {
    "SHARED_ONE": {"agency": Value(ValueKind.AGENCY, "ICE-ERO")},
    "ANSWER_BEFORE": {"start": Value(ValueKind.MONTH, "2017-05-01")},
}
"""Where a placeholder of the same name holds something else."""


@dataclass(frozen=True)
class SpokenPrompt:
    """A prompt in a language. `name` is that of `Prompt`, or a code of config/codes.toml."""

    name: str
    words: str
    english: str


def spoken_prompts(
    language: Language, languages: Languages, configuration: Configuration
) -> Iterator[SpokenPrompt]:
    """Return every prompt of a language, and every name that is said within one."""
    for prompt in Prompt:
        utterance = _with_values(prompt)
        words, english = (
            render(utterance, spoken, configuration) for spoken in (language, languages[SOURCE])
        )
        yield SpokenPrompt(prompt.name, words, english)
    codes = configuration.codes
    for table in SPOKEN_TABLES:
        for code in getattr(codes, table):
            english = codes.spoken_words(table, code)
            words = pronounce(language.spoken(english), language.pronunciation)
            yield SpokenPrompt(f"{table}: {code}", words, english)


def _with_values(prompt: Prompt) -> Utterance:
    own = _OF_PROMPT.get(prompt.name, {})
    names = _PLACEHOLDER.findall(prompt.value)
    return Utterance(prompt, {name: own.get(name) or _VALUES.get(name, _OTHER) for name in names})
