"""Catalogues: the translations of one language and gettext domain, and what they must have.

The domain `site` is what is read: pages, letters, texts, e-mail. The domain `phone` is what is heard. Babel
names folders `zh_Hans` where addresses and `lang` have `zh-Hans` (BCP 47).
"""

from collections.abc import Iterable
from enum import StrEnum
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.pofile import read_po
from babel.support import Translations

from resident_app.settings import SettingsError


class Domain(StrEnum):
    """A gettext domain: the name of its catalogues and of its template."""

    SITE = "site"
    PHONE = "phone"


class Catalogue:
    """The translations of one domain in one language."""

    def __init__(self, translations: NullTranslations, *, may_lack: bool = False):
        """`may_lack`: a message without a translation is shown in English, in marks."""
        self._translations = translations
        self._may_lack = may_lack
        if may_lack:
            translations.add_fallback(_MarkedEnglish())

    def gettext(self, message: str) -> str:
        return self._translations.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self._translations.ngettext(one, many, count)

    def missing(self, messages: Iterable[str]) -> list[str]:
        """Return those of `messages` that it must have and does not have, sorted."""
        if self._may_lack or not isinstance(self._translations, GNUTranslations):
            return []
        known = {key[0] if isinstance(key, tuple) else key for key in self._translations._catalog}  # type: ignore[attr-defined]
        return sorted(set(messages) - known)


def marked(message: str) -> str:
    """Return English in the marks that show that a translation is missing."""
    return f"⟦{message}⟧"


class _MarkedEnglish(NullTranslations):
    def gettext(self, message: str) -> str:
        return marked(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.gettext(one if count == 1 else many)


def load_catalogue(translations: Path, code: str, domain: Domain, *, may_lack: bool = False) -> Catalogue:
    """Load a compiled catalogue. Raises SettingsError if it is not there, unless it `may_lack` messages."""
    found = Translations.load(str(translations), [_folder(code)], domain)
    if not isinstance(found, Translations) and not may_lack:
        raise SettingsError(f"translations: no compiled {domain} catalogue for {code}; run `make catalogues`")
    return Catalogue(found, may_lack=may_lack)


def catalogue_file(translations: Path, code: str, domain: Domain) -> Path:
    """Return the path of a catalogue that translators edit."""
    return translations / _folder(code) / "LC_MESSAGES" / f"{domain}.po"


def messages_of(template: Path) -> frozenset[str]:
    """Return the messages of a gettext template, plural ones by their singular."""
    with template.open("rb") as file:
        return frozenset(
            message.id if isinstance(message.id, str) else message.id[0]
            for message in read_po(file)
            if message.id
        )


def _folder(code: str) -> str:
    return code.replace("-", "_")
