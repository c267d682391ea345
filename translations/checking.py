"""Checks the catalogues: `python -m translations.checking` prints what is wrong, a line each."""

import re
import sys
from pathlib import Path

import polib

from resident_app.languages import SOURCE, load_languages, messages_of
from resident_app.settings import TRANSLATIONS_DIR

_PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")
_ENDS = {".": ".。।።", "?": "?？؟", ":": ":：", "!": "!！"}


def mistakes() -> list[str]:
    """What is wrong with any catalogue."""
    template = polib.pofile(str(TRANSLATIONS_DIR / "messages.pot"))
    found = [
        f"messages.pot: no comment for translators: {entry.msgid}" for entry in template if not entry.comment
    ]
    wanted = messages_of(TRANSLATIONS_DIR / "messages.pot")
    for code, language in load_languages().items():
        if code != SOURCE:
            path = TRANSLATIONS_DIR / code.replace("-", "_") / "LC_MESSAGES" / "messages.po"
            needed = wanted.all if language.site else wanted.spoken
            found.extend(f"{code}: {mistake}" for mistake in _mistakes_in(path, needed))
    return found


def _mistakes_in(path: Path, wanted: frozenset[str]) -> list[str]:
    catalogue = polib.pofile(str(path))
    ours = {entry.msgid for entry in catalogue if not entry.obsolete}
    found = [f"missing: {message}" for message in sorted(wanted - ours)]
    found += [f"not used: {message}" for message in sorted(ours - wanted)]
    found += [f"not used: {entry.msgid}" for entry in catalogue.obsolete_entries()]
    for entry in catalogue:
        found += [f"{mistake}: {entry.msgid}" for mistake in _mistakes_of(entry)]
    return found


def _mistakes_of(entry: polib.POEntry) -> list[str]:
    if entry.fuzzy:
        return ["fuzzy"]
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    found = []
    for text in texts:
        source = entry.msgid_plural or entry.msgid
        if not text:
            found.append("not translated")
        elif text in (entry.msgid, entry.msgid_plural):
            found.append("the same as in English")
        elif set(_PLACEHOLDER.findall(text)) != set(_PLACEHOLDER.findall(source)):
            found.append("other placeholders")
        elif source[-1] in _ENDS and text[-1] not in _ENDS[source[-1]]:
            found.append("another end")
        elif text != text.strip():
            found.append("a space at an end")
    return found


def main() -> None:
    found = mistakes()
    for mistake in found:
        sys.stderr.write(mistake + "\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
