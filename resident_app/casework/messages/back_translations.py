"""What the office's messages say in each language, translated back into English: translations/back.toml.

Each entry has a hash of the translation that was read. When a translation changes, it is read again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from resident_app.casework.messages.templates import MESSAGES
from resident_app.catalogues import Domain, marked
from resident_app.configuration.sections import read_toml
from resident_app.languages import SOURCE, Languages, require_messages
from resident_app.settings import TRANSLATIONS_DIR, SettingsError

_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.?")


class BackTranslation(BaseModel):
    """One translation, read and put into English. `of` is `translation_hash` of the translation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str
    of: str


BackTranslationTable = Mapping[str, Mapping[str, BackTranslation]]
"""By language, then by the message's name."""

Translate = Callable[[str], str]
"""Returns an English message in a language."""


@dataclass(frozen=True)
class BackTranslations:
    table: BackTranslationTable

    def of(self, language: str, name: str) -> str:
        """Return what a message says in a language; in a demonstration that lacks it, English in marks."""
        found = self.table.get(language, {}).get(name)
        return found.says if found else marked(MESSAGES[name])


def load_back_translations(
    languages: Languages, translations: Path = TRANSLATIONS_DIR, *, may_lack: bool = False
) -> BackTranslations:
    """Read translations/back.toml.

    Raises SettingsError that names what is missing, wrong, or of an older translation, unless it `may_lack`.
    """
    require_messages(languages.values(), Domain.SITE, MESSAGES.values())
    table = read_back_translations(translations)
    wrong = mistakes_in(table, {code: language.text for code, language in languages.items()})
    if wrong and not may_lack:
        raise SettingsError(f"translations/back.toml: {wrong[0]}")
    return BackTranslations(table)


def mistakes_in(table: BackTranslationTable, texts: Mapping[str, Translate]) -> list[str]:
    """Return what is missing, wrong, old or unused. `texts` has the translations of each language."""
    unknown = [code for code in table if code not in texts or code == SOURCE]
    return [f"{code}: no such language" for code in unknown] + [
        f"{code}: {mistake}"
        for code, text in texts.items()
        if code != SOURCE
        for mistake in _mistakes_of(table.get(code, {}), text)
    ]


def _mistakes_of(entries: Mapping[str, BackTranslation], text: Translate) -> Iterator[str]:
    yield from (f"{name}: no such message" for name in entries if name not in MESSAGES)
    for name, message in MESSAGES.items():
        entry = entries.get(name)
        if entry is None:
            yield f"{name} is missing"
        elif entry.of != (current := translation_hash(text(message))):
            yield f'{name} was read from an older translation; the new one has of = "{current}"'
        elif sorted(_PLACEHOLDER.findall(entry.says)) != sorted(_PLACEHOLDER.findall(message)):
            yield f"{name} has other placeholders"


def translation_hash(translation: str) -> str:
    """Return eight hexadecimal digits of the translation's SHA-256."""
    return sha256(translation.encode()).hexdigest()[:8]


def read_back_translations(translations: Path) -> BackTranslationTable:
    """Raises SettingsError."""
    try:
        return {
            code: {name: BackTranslation.model_validate(entry) for name, entry in entries.items()}
            for code, entries in read_toml(translations / "back.toml").items()
        }
    except ValidationError as error:
        raise SettingsError(f"translations/back.toml: {error.errors()[0]['msg']}") from None
