"""Brings every catalogue up to date with its template: `python -m translations.updating`."""

from pathlib import Path

import polib
from babel import Locale
from babel.messages.plurals import get_plural

from resident_app.catalogues import Domain, catalogue_file, messages_of
from resident_app.languages import SOURCE, LanguageEntry, read_entries
from resident_app.settings import CONFIG_DIR, TRANSLATIONS_DIR
from translations.checking import required_messages

WIDTH = 100


def update(config: Path = CONFIG_DIR, translations: Path = TRANSLATIONS_DIR) -> None:
    """Add new messages untranslated and remove unused ones; make the catalogues of a new language.

    Nothing is guessed. A message that a language need not have stays if it is translated.
    """
    for language in read_entries(config):
        for domain in Domain:
            if language.code != SOURCE:
                _update(language, domain, translations)


def _update(language: LanguageEntry, domain: Domain, translations: Path) -> None:
    template = translations / f"{domain}.pot"
    required = required_messages(language, domain, messages_of(template))
    path = catalogue_file(translations, language.code, domain)
    if not path.is_file() and not required:
        return
    catalogue = polib.pofile(str(path), wrapwidth=WIDTH) if path.is_file() else _new(language.code)
    kept = {entry.msgid for entry in catalogue.translated_entries()}
    wanted = polib.pofile(str(template))
    for entry in [entry for entry in wanted if entry.msgid not in required | kept]:
        wanted.remove(entry)
    catalogue.merge(wanted)
    _keep_own_plurals(catalogue)
    for entry in catalogue.obsolete_entries():
        catalogue.remove(entry)
    catalogue.sort(key=lambda entry: entry.msgid)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))


def _new(code: str) -> polib.POFile:
    locale = Locale.parse(code, sep="-")
    catalogue = polib.POFile(wrapwidth=WIDTH)
    catalogue.metadata = {
        "Language": str(locale),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": get_plural(locale).plural_forms,
    }
    return catalogue


def _keep_own_plurals(catalogue: polib.POFile) -> None:
    """The template has English's two plural forms; a language has its own number of them."""
    forms = int(catalogue.metadata["Plural-Forms"].split("nplurals=")[1].split(";")[0])
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {form: entry.msgstr_plural.get(form, "") for form in range(forms)}


if __name__ == "__main__":
    update()
