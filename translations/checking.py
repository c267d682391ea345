"""Checks the catalogues: `python -m translations.checking` prints what is wrong, a line each."""

import gettext
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import polib
from babel import Locale

from ivr.words.prompts import CALL_BACK_PROMPTS
from ivr.words.text_messages import Text
from resident_app.casework.messages.back_translations import mistakes_in, read_back_translations
from resident_app.casework.messages.templates import MESSAGES
from resident_app.catalogues import Domain, catalogue_file
from resident_app.languages import SOURCE, LanguageEntry, read_entries, script_of
from resident_app.settings import CONFIG_DIR, TRANSLATIONS_DIR
from translations.glossary import Glossary, load_glossary
from translations.speech import unspeakable
from translations.wording import EVERYWHERE, PLACEHOLDER, Allowed, latin_in, load_allowed, mistakes_of

# Numbers that a page or prompt may say; CLDR has further forms for fractions and millions.
_NUMBERS = range(1000)
# What the phone line and the office write to people in any language, also in one without pages.
_RECORDED = frozenset(prompt.value for prompt in CALL_BACK_PROMPTS)
"""What a language without a voice is recorded in."""
_WRITTEN_TO_ALL = frozenset({*(text.value for text in Text), *MESSAGES.values()})


@dataclass
class CatalogueRules:
    """What allowed.toml and glossary.toml say, and which of it was needed."""

    allowed: Allowed
    glossary: Glossary
    latin_used: set[tuple[str, str]] = field(default_factory=set)
    same_used: set[tuple[str, str]] = field(default_factory=set)

    def not_used(self) -> Iterator[str]:
        """Yield the entries of allowed.toml that no catalogue needed."""
        for code, words in self.allowed.latin.items():
            for word in words:
                if not any(word == met and code in (EVERYWHERE, by) for by, met in self.latin_used):
                    yield f"not used: latin: {code}: {word}"
        for code, messages in self.allowed.same_as_english.items():
            for message in messages:
                if (code, message) not in self.same_used:
                    yield f"not used: same_as_english: {code}: {message}"


def required_messages(language: LanguageEntry, domain: Domain, template: frozenset[str]) -> frozenset[str]:
    """Return those of a template's messages that a language must have."""
    if domain is Domain.SITE:
        return template if language.site else template & _WRITTEN_TO_ALL
    if language.phone is None:
        return frozenset()
    has_voice = language.phone.voice or language.phone.voices
    return template if has_voice else template & _RECORDED


def mistakes(config: Path = CONFIG_DIR, translations: Path = TRANSLATIONS_DIR) -> list[str]:
    """Return what is wrong with a template, any catalogue, allowed.toml or glossary.toml."""
    rules = CatalogueRules(
        load_allowed(translations / "allowed.toml"), load_glossary(translations / "glossary.toml")
    )
    templates = {domain: polib.pofile(str(translations / f"{domain}.pot")) for domain in Domain}
    found = [
        f"{domain}.pot: no comment for translators: {entry.msgid}"
        for domain, template in templates.items()
        for entry in template
        if not entry.comment
    ]
    found += [
        f"{Domain.PHONE}.pot: {mistake}"
        for entry in templates[Domain.PHONE]
        for mistake in _not_to_be_said(entry.msgid, entry.msgid)
    ]
    for language in read_entries(config):
        for domain, template in templates.items():
            if language.code != SOURCE:
                messages = frozenset(entry.msgid for entry in template)
                path = catalogue_file(translations, language.code, domain)
                wrong = _mistakes_in_catalogue(language, domain, path, messages, rules)
                found += [f"{language.code}: {domain}: {one}" for one in wrong]
    found += [f"allowed.toml: {one}" for one in rules.not_used()]
    sources = [
        text
        for template in templates.values()
        for entry in template
        for text in (entry.msgid, entry.msgid_plural)
        if text
    ]
    found += [f"glossary.toml: {one}" for one in rules.glossary.not_used(sources)]
    return found


def mistakes_in_back_translations(
    config: Path = CONFIG_DIR, translations: Path = TRANSLATIONS_DIR
) -> list[str]:
    """Return what is missing, wrong or old in back.toml."""
    texts = {
        language.code: partial(
            _translation, polib.pofile(str(catalogue_file(translations, language.code, Domain.SITE)))
        )
        for language in read_entries(config)
        if language.code != SOURCE
    }
    return [f"back.toml: {one}" for one in mistakes_in(read_back_translations(translations), texts)]


def _translation(catalogue: polib.POFile, message: str) -> str:
    entry = catalogue.find(message)
    return str(entry.msgstr) if entry else ""


def _mistakes_in_catalogue(
    language: LanguageEntry, domain: Domain, path: Path, template: frozenset[str], rules: CatalogueRules
) -> Iterator[str]:
    required = required_messages(language, domain, template)
    if not path.is_file():
        if required:
            yield "no catalogue"
        return
    catalogue = polib.pofile(str(path))
    entries = [entry for entry in catalogue if not entry.obsolete]
    ours = {entry.msgid for entry in entries}
    yield from (f"missing: {message}" for message in sorted(required - ours))
    yield from (f"not used: {message}" for message in sorted(ours - template))
    yield from (f"not used: {entry.msgid}" for entry in catalogue.obsolete_entries())
    forms, form_of = _plural_forms(catalogue)
    needed = {Locale.parse(language.code, sep="-").plural_form(number) for number in _NUMBERS}
    if forms != len(needed) or {form_of(number) for number in _NUMBERS} != set(range(forms)):
        yield f"Plural-Forms: not the {len(needed)} forms of CLDR ({', '.join(sorted(needed))})"
    for entry in entries:
        if entry.msgid_plural and sorted(entry.msgstr_plural) != list(range(forms)):
            yield f"not {forms} plural forms: {entry.msgid}"
        for mistake in dict.fromkeys(_mistakes_in_entry(language, entry, rules)):
            yield f"{mistake}: {entry.msgid}"
        if domain is Domain.PHONE:
            yield from _not_to_be_said(entry.msgstr, entry.msgid)


def _plural_forms(catalogue: polib.POFile) -> tuple[int, Callable[[int], int]]:
    """How many forms a catalogue says it has, and which a number takes (gettext, Plural-Forms)."""
    header = catalogue.metadata.get("Plural-Forms", "")
    found = re.fullmatch(r"nplurals=([0-9]+); *plural=(.+?);?", header)
    if found is None:
        return 0, lambda _number: 0
    return int(found[1]), gettext.c2py(found[2])


def _mistakes_in_entry(language: LanguageEntry, entry: polib.POEntry, rules: CatalogueRules) -> Iterator[str]:
    if entry.fuzzy:
        yield "fuzzy"
    source = entry.msgid_plural or entry.msgid
    for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
        if not text:
            yield "not translated"
        elif text in (entry.msgid, entry.msgid_plural):
            if entry.msgid not in rules.allowed.same_as_english.get(language.code, ()):
                yield "the same as in English"
            rules.same_used.add((language.code, entry.msgid))
        else:
            yield from mistakes_of(source, text, language.hints.punctuation)
            yield from rules.glossary.mistakes_of(language.code, source, text)
            yield from _latin(language.code, text, rules)


def _not_to_be_said(text: str, message: str) -> Iterator[str]:
    marks = unspeakable(PLACEHOLDER.sub("", text))
    if marks:
        yield f"no voice says {' '.join(marks)}: {message}"


def _latin(code: str, text: str, rules: CatalogueRules) -> Iterator[str]:
    if script_of(Locale.parse(code, sep="-")) == "Latn":
        return
    runs, used = latin_in(text, rules.allowed.latin_of(code))
    rules.latin_used.update((code, word) for word in used)
    yield from (f"Latin letters {run}" for run in runs)


def main() -> None:
    found = mistakes() + mistakes_in_back_translations()
    for mistake in found:
        sys.stderr.write(mistake + "\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
