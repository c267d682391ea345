"""Brings every catalogue up to date with the template: `python -m translations.updating`."""

import polib

from resident_app.settings import TRANSLATIONS_DIR

WIDTH = 100


def main() -> None:
    """New messages come in untranslated, those no longer used go. Nothing is guessed."""
    template = polib.pofile(str(TRANSLATIONS_DIR / "messages.pot"))
    for path in sorted(TRANSLATIONS_DIR.glob("*/LC_MESSAGES/messages.po")):
        catalogue = polib.pofile(str(path), wrapwidth=WIDTH)
        catalogue.merge(template)
        _keep_own_plurals(catalogue)
        for entry in catalogue.obsolete_entries():
            catalogue.remove(entry)
        catalogue.sort(key=lambda entry: entry.msgid)
        catalogue.save()


def _keep_own_plurals(catalogue: polib.POFile) -> None:
    """The template has English's two plural forms; a language has its own number of them."""
    forms = int(catalogue.metadata["Plural-Forms"].split("nplurals=")[1].split(";")[0])
    for entry in catalogue:
        for surplus in [form for form in entry.msgstr_plural if form >= forms]:
            del entry.msgstr_plural[surplus]


if __name__ == "__main__":
    main()
