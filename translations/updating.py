"""Brings every catalogue up to date with the template: `python -m translations.updating`."""

import polib

from resident_app.languages import SOURCE, messages_of, read_entries
from resident_app.settings import TRANSLATIONS_DIR

WIDTH = 100


def main() -> None:
    """New messages come in untranslated, those no longer used go. Nothing is guessed."""
    template = TRANSLATIONS_DIR / "messages.pot"
    spoken = messages_of(template).spoken
    for entry in read_entries():
        if entry.code == SOURCE:
            continue
        path = TRANSLATIONS_DIR / entry.code.replace("-", "_") / "LC_MESSAGES" / "messages.po"
        catalogue = polib.pofile(str(path), wrapwidth=WIDTH)
        wanted = polib.pofile(str(template))
        for message in [message for message in wanted if not entry.site and message.msgid not in spoken]:
            wanted.remove(message)
        catalogue.merge(wanted)
        _keep_own_plurals(catalogue)
        for message in catalogue.obsolete_entries():
            catalogue.remove(message)
        catalogue.sort(key=lambda message: message.msgid)
        catalogue.save()


def _keep_own_plurals(catalogue: polib.POFile) -> None:
    """The template has English's two plural forms; a language has its own number of them."""
    forms = int(catalogue.metadata["Plural-Forms"].split("nplurals=")[1].split(";")[0])
    for entry in catalogue:
        for surplus in [form for form in entry.msgstr_plural if form >= forms]:
            del entry.msgstr_plural[surplus]


if __name__ == "__main__":
    main()
