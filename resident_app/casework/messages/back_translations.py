"""What the ready messages say in each language, read back into English: translations/back.toml.

Beside each stands a hash of the translation that was read: a translation that changed is read back anew.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from resident_app.casework.messages.templates import EMAIL_END, EMAIL_SUBJECT, TEXT_END, MessageTemplate
from resident_app.configuration import read_toml
from resident_app.languages import SOURCE, Languages
from resident_app.settings import TRANSLATIONS_DIR, SettingsError

MESSAGES = {
    **{template.name: template.value for template in MessageTemplate},
    "TEXT_END": TEXT_END,
    "EMAIL_END": EMAIL_END,
    "EMAIL_SUBJECT": EMAIL_SUBJECT,
}
"""Every message that is read back, by its name."""

_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.?")


class Reading(BaseModel):
    """One translation read back. `of` is `mark_of` the translation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str
    of: str


Readings = Mapping[str, Mapping[str, Reading]]
"""By language, then by message."""

Translate = Callable[[str], str]
"""An English message in a language."""


@dataclass(frozen=True)
class BackTranslations:
    readings: Readings

    def of(self, language: str, message: str) -> str:
        return self.readings[language][message].says


def load_back_translations(languages: Languages, translations: Path = TRANSLATIONS_DIR) -> BackTranslations:
    """Raises SettingsError naming what is missing, wrong, or was read from an older translation."""
    readings = read_readings(translations)
    if wrong := mistakes_in(readings, {code: language.text for code, language in languages.items()}):
        raise SettingsError(f"translations/back.toml: {wrong[0]}")
    return BackTranslations(readings)


def mistakes_in(readings: Readings, texts: Mapping[str, Translate]) -> list[str]:
    """What is missing, wrong, old or too much. `texts` has the translations of each language."""
    unknown = [code for code in readings if code not in texts or code == SOURCE]
    return [f"{code}: no such language" for code in unknown] + [
        f"{code}: {mistake}"
        for code, text in texts.items()
        if code != SOURCE
        for mistake in _mistakes_of(readings.get(code, {}), text)
    ]


def _mistakes_of(readings: Mapping[str, Reading], text: Translate) -> Iterator[str]:
    yield from (f"{name}: no such message" for name in readings if name not in MESSAGES)
    for name, message in MESSAGES.items():
        reading = readings.get(name)
        if reading is None:
            yield f"{name} is missing"
        elif reading.of != mark_of(text(message)):
            yield f"{name} was read from an older translation"
        elif sorted(_PLACEHOLDER.findall(reading.says)) != sorted(_PLACEHOLDER.findall(message)):
            yield f"{name} has other placeholders"


def mark_of(translation: str) -> str:
    """Eight hexadecimal digits that change with the translation."""
    return sha256(translation.encode()).hexdigest()[:8]


def read_readings(translations: Path) -> Readings:
    """Raises SettingsError."""
    try:
        return {
            code: {name: Reading.model_validate(reading) for name, reading in readings.items()}
            for code, readings in read_toml(translations / "back.toml").items()
        }
    except ValidationError as error:
        raise SettingsError(f"translations/back.toml: {error.errors()[0]['msg']}") from None
