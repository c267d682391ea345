"""A language with a script that we do not have yet joins by config/ and catalogues alone: no code."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import polib
import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ivr.words.recordings import Recordings
from ivr.words.required_messages import require_words
from ivr.words.voices import is_known
from resident_app import public_context
from resident_app.casework.messages.back_translations import (
    BackTranslation,
    load_back_translations,
    translation_hash,
)
from resident_app.casework.messages.composing import DraftProblem, MessageDraft, draft_problems
from resident_app.casework.messages.offered_templates import built_in_words
from resident_app.casework.messages.template_variables import TemplateValues, fill
from resident_app.casework.messages.templates import MESSAGES, MessageTemplate
from resident_app.catalogues import Domain, catalogue_file
from resident_app.configuration import load_configuration
from resident_app.languages import Languages, load_languages
from resident_app.settings import CONFIG_DIR, TRANSLATIONS_DIR, SettingsError
from tests.conftest import Deployment, DeployWith
from tests.made_up import CARDS, ONCE, form_of, keys_of
from tests.strict_client import PATHS
from translations.checking import mistakes
from translations.updating import update
from translations.wording import PLACEHOLDER

NEW = """
[[language]]
code = "th"
native = "ไทย"
phone = { menu = 2, key = "6", language = "th-TH", voice = "Google.th-TH-Chirp3-HD-Kore" }

[language.hints]
punctuation = { "." = "" }
sensitive_terms = ["เนรเทศ"]

[[language]]
code = "hi"
native = "हिन्दी"
phone = { menu = 2, key = "7", language = "hi-IN", voice = "Google.hi-IN-Chirp3-HD-Kore" }

[language.hints]
punctuation = { "." = "।" }
"""
LETTERS = {
    "th": dict(zip("abcdefghijklmnopqrstuvwxyz", "กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผ", strict=True)),
    "hi": dict(zip("abcdefghijklmnopqrstuvwxyz", "कखगघङचछजझञटठडढणतथदधनपफबभमय", strict=True)),
}
END = {"th": "", "hi": "।"}
TAGS = {"th": "th-TH", "hi": "hi-IN"}
KEYS = {"th": "6", "hi": "7"}


def in_letters_of(code: str, message: str) -> str:
    """A message that nobody can read, in the letters of a language. Placeholders stay."""
    parts = re.split(f"({PLACEHOLDER.pattern})", message)
    for place in range(0, len(parts), 2):
        parts[place] = "".join(LETTERS[code].get(sign.lower(), sign) for sign in parts[place])
    return re.sub(r"\.(?=\)?$)", END[code], "".join(parts))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Our config/ and translations/ with Thai and Hindi, made as docs/translating.md says."""
    config, translations = tmp_path / "config", tmp_path / "translations"
    shutil.copytree(CONFIG_DIR, config)
    shutil.copytree(TRANSLATIONS_DIR, translations)
    with (config / "languages.toml").open("a", encoding="utf-8") as file:
        file.write(NEW)
    update(config, translations)
    for code in LETTERS:
        for domain in Domain:
            translate(code, catalogue_file(translations, code, domain))
    return config, translations


def translate(code: str, path: Path) -> None:
    catalogue = polib.pofile(str(path))
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {
                form: in_letters_of(code, entry.msgid_plural) for form in entry.msgstr_plural
            }
        else:
            entry.msgstr = in_letters_of(code, entry.msgid)
    catalogue.save()
    with path.open("rb") as source, path.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, read_po(source, locale=code))


@pytest.fixture
def languages(folders: tuple[Path, Path]) -> Languages:
    return load_languages(*folders)


@pytest.fixture
def deployment(folders: tuple[Path, Path], deploy: DeployWith, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    monkeypatch.setattr(public_context, "load_languages", lambda **how: load_languages(*folders, **how))
    return deploy(CARDS)


@pytest.mark.parametrize("code", LETTERS)
def test_it_has_every_page(deployment: Deployment, code: str) -> None:
    pages = [deployment.client.get(f"/{code}/{path}") for path in PATHS]
    pages.append(deployment.client.post(f"/{code}/check", form_of(ONCE)))
    for page in pages:
        assert page.status == 200
        assert page.root.get("lang") == code
        assert in_letters_of(code, "Exit this page") in page.text
    response = deployment.client.raw("GET", "/", headers={"Accept-Language": f"{TAGS[code]},en;q=0.5"})
    assert response.headers["Location"] == f"/{code}/"


@pytest.mark.parametrize("code", LETTERS)
def test_it_has_a_whole_call(deployment: Deployment, languages: Languages, code: str) -> None:
    voice = languages[code].phone
    assert voice is not None
    assert is_known(voice)
    phone = deployment.ring().press("9").press(KEYS[code])
    for keys in keys_of(ONCE):
        phone.press(keys)
        assert {heard.language for heard in phone.heard} == {voice.language}
    assert languages[code].day(ONCE.disclosures[0].answered_on) in phone.text


def test_a_mistake_in_its_entry_is_named(folders: tuple[Path, Path]) -> None:
    path = folders[0] / "languages.toml"
    entry = 'key = "7", language = "hi-IN"'
    path.write_text(path.read_text(encoding="utf-8").replace(f"menu = 2, {entry}", entry), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"config/languages\.toml: hi\.phone\.menu: Field required"):
        load_languages(*folders)


def test_a_prompt_that_it_lacks_is_named(folders: tuple[Path, Path], languages: Languages) -> None:
    codes = load_configuration().codes
    require_words(languages, codes, Recordings())
    path = catalogue_file(folders[1], "th", Domain.PHONE)
    catalogue = polib.pofile(str(path))
    catalogue.remove(catalogue.find("We did not hear a key."))
    catalogue.save()
    with path.open("rb") as source, path.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, read_po(source, locale="th"))
    with pytest.raises(SettingsError, match=r"phone catalogue of th lacks 1 of .*'We did not hear a key\.'"):
        require_words(load_languages(*folders), codes, Recordings())


@pytest.mark.parametrize("code", LETTERS)
def test_the_office_can_write_in_it(languages: Languages, code: str) -> None:
    values = TemplateValues(load_configuration().office, day=ONCE.issued_on)
    language = languages[code]
    for template in MessageTemplate:
        words = fill(built_in_words(template, language), language, values)
        assert draft_problems(MessageDraft(words, code, "text"), languages) == ()
        english = template.value.replace("%(number)s", "7").replace("%(day)s", "Monday")
        wrong = (DraftProblem.WRONG_SCRIPT,)
        assert draft_problems(MessageDraft(english, code, "email"), languages) == wrong
        for other in set(languages) - {code}:
            assert draft_problems(MessageDraft(words, other, "email"), languages) == wrong, other
    text = "พรุ่งนี้เราจะโทรหาคุณเรื่องเนรเทศ"
    assert draft_problems(MessageDraft(text, "th", "text"), languages) == (DraftProblem.REVEALING,)


def test_two_languages_of_one_script_are_told_apart(languages: Languages) -> None:
    """Nepali is written as Hindi is. Nobody has told us what tells the two apart: the model knows."""
    nepali = replace(languages["hi"], code="ne", native="नेपाली")
    both = Languages([*languages.values(), nepali])
    hindi = "हमने आज आपसे फ़ोन पर बात करने की कोशिश की थी, कृपया हमें वापस कॉल करें।"
    assert draft_problems(MessageDraft(hindi, "hi", "email"), both) == ()
    assert draft_problems(MessageDraft(hindi, "ne", "email"), both) == (DraftProblem.WRONG_LANGUAGE,)


@pytest.mark.parametrize("code", LETTERS)
def test_the_checks_ask_for_its_glossary_and_nothing_else(folders: tuple[Path, Path], code: str) -> None:
    found = [one for one in mistakes(*folders) if one.startswith(f"{code}:")]
    assert found
    assert not [one for one in found if "glossary.toml has no words" not in one]


def test_the_console_asks_for_its_back_translations(folders: tuple[Path, Path], languages: Languages) -> None:
    table = folders[1] / "back.toml"
    with table.open("a", encoding="utf-8") as file:
        for code in LETTERS:
            file.write(f"\n[{code}]\n")
            for name, message in MESSAGES.items():
                entry = BackTranslation(of=translation_hash(languages[code].text(message)), says=message)
                file.write(f'{name} = {{ of = "{entry.of}", says = "{entry.says}" }}\n')
    assert load_back_translations(languages, folders[1]).of("th", "DONE") == MESSAGES["DONE"]
