"""The checks of the catalogues: each kind of mistake is found when it is planted."""

import shutil
from pathlib import Path

import polib
import pytest
from babel import Locale

from ivr.words.text_messages import Text
from resident_app.casework.messages.back_translations import translation_hash
from resident_app.casework.messages.templates import MessageTemplate
from resident_app.catalogues import Domain, catalogue_file
from resident_app.languages import SOURCE, read_entries, script_of
from resident_app.settings import CONFIG_DIR, TRANSLATIONS_DIR
from translations.checking import mistakes, mistakes_in_back_translations
from translations.glossary import Glossary, Term
from translations.wording import latin_in, mistakes_of

LANGUAGES = """
[[language]]
code = "en"
native = "English"
[[language]]
code = "ru"
native = "Русский"
phone = { menu = 1, key = "2", language = "ru-RU", voice = "Google.ru-RU-Chirp3-HD-Kore" }
[[language]]
code = "vi"
native = "Tiếng Việt"
"""
TEMPLATE = """
#. Hello.
msgid "Hello, %(name)s."
msgstr ""

#. A choice.
msgid "Email"
msgstr ""

#. A record.
msgid "Your ICE record"
msgstr ""

#. How many.
msgid "%(num)s card"
msgid_plural "%(num)s cards"
msgstr[0] ""
msgstr[1] ""
"""
RUSSIAN_FORMS = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
)
RUSSIAN = f"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {RUSSIAN_FORMS}\\n"

msgid "Hello, %(name)s."
msgstr "Здравствуйте, %(name)s."

msgid "Email"
msgstr "Почта"

msgid "Your ICE record"
msgstr "Ваши данные в ICE"

msgid "%(num)s card"
msgid_plural "%(num)s cards"
msgstr[0] "%(num)s карта"
msgstr[1] "%(num)s карты"
msgstr[2] "%(num)s карт"
"""
VIETNAMESE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Hello, %(name)s."
msgstr "Xin chào, %(name)s."

msgid "Email"
msgstr "Email"

msgid "Your ICE record"
msgstr "Hồ sơ ICE của quý vị"

msgid "%(num)s card"
msgid_plural "%(num)s cards"
msgstr[0] "%(num)s thẻ"
"""
PHONE_TEMPLATE = """
#. The first words.
msgid "Press a key."
msgstr ""
"""
RUSSIAN_PHONE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {RUSSIAN_FORMS}\\n"

msgid "Press a key."
msgstr "Нажмите клавишу."
""".replace("{RUSSIAN_FORMS}", RUSSIAN_FORMS)
ALLOWED = """
[latin]
everywhere = ["ICE"]
[same_as_english]
vi = ["Email"]
"""
GLOSSARY = """
[record]
english = ["record"]
ru = ["данны*"]
vi = ["hồ sơ"]
"""
FILES = {
    "config/languages.toml": LANGUAGES,
    "translations/site.pot": TEMPLATE,
    "translations/phone.pot": PHONE_TEMPLATE,
    "translations/ru/LC_MESSAGES/site.po": RUSSIAN,
    "translations/ru/LC_MESSAGES/phone.po": RUSSIAN_PHONE,
    "translations/vi/LC_MESSAGES/site.po": VIETNAMESE,
    "translations/allowed.toml": ALLOWED,
    "translations/glossary.toml": GLOSSARY,
}


def found_with(folder: Path, name: str = "", old: str = "", new: str = "") -> list[str]:
    """What the checks find when `old` is replaced by `new` in the file that ends in `name`."""
    for path, text in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        is_changed = bool(name) and path.endswith(name)
        assert not is_changed or old in text
        file.write_text(text.replace(old, new) if is_changed else text, encoding="utf-8")
    return mistakes(folder / "config", folder / "translations")


def test_nothing_is_wrong_with_good_ones(tmp_path: Path) -> None:
    assert found_with(tmp_path) == []


EMAIL = 'msgid "Email"\nmsgstr "Почта"'
NATIVE = 'native = "Tiếng Việt"'
VOICE = 'phone = { menu = 1, key = "3", language = "vi-VN", voice = "V" }'
OWN_MARKS = {
    mark: {language.hints.punctuation.get(mark) for language in read_entries()} - {None} for mark in ".?:"
}
NO_FORMS = "ru: site: Plural-Forms: not the 3 forms of CLDR (few, many, one)"
RU, VI, TERMS = "ru/LC_MESSAGES/site.po", "vi/LC_MESSAGES/site.po", "glossary.toml"
RU_PHONE = "ru/LC_MESSAGES/phone.po"


@pytest.mark.parametrize(
    ("name", "old", "new", "mistake"),
    [
        ("site.pot", "#. Hello.\n", "", "site.pot: no comment for translators: Hello, %(name)s."),
        ("site.pot", '"Email"', '"E-mail"', "ru: site: missing: E-mail"),
        ("site.pot", '"Email"', '"E-mail"', "ru: site: not used: Email"),
        (RU, 'msgid "Email"', '#, fuzzy\nmsgid "Email"', "ru: site: fuzzy: Email"),
        (RU, EMAIL, EMAIL.replace("msg", "#~ msg"), "ru: site: missing: Email"),
        (RU, "Почта", "", "ru: site: not translated: Email"),
        (RU, "Почта", "Email", "ru: site: the same as in English: Email"),
        (RU, "%(num)s карты", "", "ru: site: not translated: %(num)s card"),
        (RU, "%(num)s карты", "карты", "ru: site: other placeholders: %(num)s card"),
        (RU, "вуйте, %(name)s.", "вуйте, %(name).", "ru: site: other placeholders: Hello, %(name)s."),
        (RU, "Почта", "Почта Mail", "ru: site: Latin letters Mail: Email"),
        (RU, "Почта", "Почтa", "ru: site: Latin letters a: Email"),
        (RU, "Ваши данные", "Ваша запись", "ru: site: 'record' is not called данны*: Your ICE record"),
        (RU, 'msgstr[2] "%(num)s карт"', "", "ru: site: not 3 plural forms: %(num)s card"),
        (RU, "nplurals=3", "nplurals=2", NO_FORMS),
        (RU, RUSSIAN_FORMS, "nplurals=3; plural=0;", NO_FORMS),
        (RU, RUSSIAN_FORMS, "", NO_FORMS),
        (VI, 'msgstr "Email"', 'msgstr "Thư"', "allowed.toml: not used: same_as_english: vi: Email"),
        ("allowed.toml", '["ICE"]', '["ICE", "DOL"]', "allowed.toml: not used: latin: everywhere: DOL"),
        ("allowed.toml", "[latin]", '[latin]\nvi = ["x"]', "allowed.toml: not used: latin: vi: x"),
        ("allowed.toml", '["ICE"]', "[]", "ru: site: Latin letters ICE: Your ICE record"),
        (TERMS, 'vi = ["hồ sơ"]', "", "vi: site: glossary.toml has no words for 'record': Your ICE record"),
        (TERMS, '"данны*"', '"данны*", "запис*"', "glossary.toml: record: not used: ru: запис*"),
        (TERMS, '["record"]', '["record", "file"]', "glossary.toml: record: not used: file"),
        ("languages.toml", 'code = "vi"', 'code = "ko"', "ko: site: no catalogue"),
        ("phone.pot", "#. The first words.\n", "", "phone.pot: no comment for translators: Press a key."),
        (RU_PHONE, "Нажмите клавишу.", "", "ru: phone: not translated: Press a key."),
        (RU_PHONE, "Нажмите клавишу.", "Нажмите клавишу", "ru: phone: another end: Press a key."),
        ("languages.toml", NATIVE, f"{NATIVE}\n{VOICE}", "vi: phone: no catalogue"),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_found(tmp_path: Path, name: str, old: str, new: str, mistake: str) -> None:
    assert mistake in found_with(tmp_path, name, old, new)


def test_a_language_of_the_phone_alone_needs_no_pages(tmp_path: Path) -> None:
    """But it needs what the line and the office write to anybody."""
    found_with(tmp_path, "languages.toml", 'native = "Русский"', 'native = "Русский"\nsite = false')
    (tmp_path / "translations/ru/LC_MESSAGES/site.po").unlink()
    folders = tmp_path / "config", tmp_path / "translations"
    assert not [one for one in mistakes(*folders) if one.startswith("ru:")]
    template = tmp_path / "translations/site.pot"
    for text in (Text.STOPPED.value, MessageTemplate.DONE.value):
        template.write_text(f'{TEMPLATE}\n#. Text.\nmsgid "{text}"\nmsgstr ""\n', encoding="utf-8")
        assert "ru: site: no catalogue" in mistakes(*folders)


def test_a_message_that_a_language_need_not_have_is_checked_too(tmp_path: Path) -> None:
    found = found_with(tmp_path, "languages.toml", 'native = "Русский"', 'native = "Русский"\nsite = false')
    assert not [one for one in found if one.startswith("ru:")]
    path = tmp_path / "translations" / RU
    path.write_text(RUSSIAN.replace("Почта", "Mail"), encoding="utf-8")
    assert "ru: site: Latin letters Mail: Email" in mistakes(tmp_path / "config", tmp_path / "translations")


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("Press 2.", "请按2。", []),
        ("Press 2.", "请按3。", ["a number is missing"]),
        ("Ready?", "¿Listo?", []),
        ("Ready?", "جاهز؟", []),
        ("Ready?", "Listo.", ["another end"]),
        ("Ready.", "ዝግጁ።", []),
        ("Ready.", "រួចរាល់។", []),
        ("Ready", "Listo.", ["another end"]),
        ("Ready (ICE).", "准备好了（ICE）。", []),
        ("Ready.", "准备好了。）", ["（ without ）"]),
        ("Ready:", "រួចរាល់៖", []),
        ("Ready", " Listo", ["other spaces at an end"]),
        ("So be it", "Así  sea", ["two spaces"]),
        ("Your office", "Su (oficina", ["( without )"]),
        ("Your office", "«Su oficina", ["« without »"]),
        ("Your office", 'Su "oficina', ['one " alone']),
        ("Read <b>this</b>", "Lea <b>esto</b>", []),
        ("Read <b>this</b>", "Lea <b>esto", ["other tags"]),
        ("60%% of %(all)s", "60%% de %(all)s", []),
        ("60%% of %(all)s", "60% de %(all)s", ["other placeholders"]),
    ],
)
def test_a_translation_keeps_what_its_english_has(source: str, text: str, found: list[str]) -> None:
    last = text.rstrip("）)")[-1]
    own = {mark: last for mark, marks in OWN_MARKS.items() if last in marks}
    assert list(mistakes_of(source, text, own)) == found


@pytest.mark.parametrize(
    ("text", "own", "found"),
    [
        ("กด", {".": ""}, []),
        ("กด", {}, ["another end"]),
        ("กด?", {".": ""}, ["another end"]),
        ("दबाएँ।", {".": "।"}, []),
        ("दबाएँ.", {".": "।"}, []),
        ("दबाएँ।", {}, ["another end"]),
        ("按。", {".": "。"}, []),
    ],
)
def test_a_sentence_ends_with_the_languages_mark(text: str, own: dict[str, str], found: list[str]) -> None:
    assert list(mistakes_of("Press it.", text, own)) == found


@pytest.mark.parametrize(
    ("text", "allowed", "runs", "used"),
    [
        ("Данные в ICE.", ("ICE",), [], {"ICE"}),
        ("Данные в ICEX.", ("ICE",), ["ICEX"], set()),
        ("卡号（4d LIC#）", ("4d LIC#", "LIC"), [], {"4d LIC#"}),
        ("%(name)s", (), [], set()),
        ("Ｎo", (), ["Ｎo"], set()),
    ],
)
def test_latin_letters_are_found(
    text: str, allowed: tuple[str, ...], runs: list[str], used: set[str]
) -> None:
    assert latin_in(text, allowed) == (runs, used)


@pytest.mark.parametrize(
    ("code", "script"),
    [("es", "Latn"), ("fil", "Latn"), ("so", "Latn"), ("ru", "Cyrl"), ("km", "Khmr"), ("yue-Hant", "Hant")],
)
def test_the_script_of_a_language(code: str, script: str) -> None:
    assert script_of(Locale.parse(code, sep="-")) == script


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("Your request", "Su solicitud de ayuda", []),
        ("Your requests", "Sus peticiones", []),
        ("Your request", "Su petición", ["'help' is not called solicitud* de ayuda"]),
        ("A request", "Una petición", []),
        ("Requests", "PETICIONES", []),
        ("A request", "Una solicitud", ["'request' is not called petici* or ruego … agencia*"]),
        ("A request", "Un ruego de la agencia", []),
        ("A request", "Un ruego. La agencia", ["'request' is not called petici* or ruego … agencia*"]),
        ("A request", "Una petición, solicitudes de ayuda", ["'request' is called what 'help' is"]),
        ("Requested", "Pedido", []),
        ("%(request)s", "%(request)s", []),
    ],
)
def test_the_glossary(source: str, text: str, found: list[str]) -> None:
    help_request = Term("help", ("your request",), (), "", {"es": ("solicitud* de ayuda",)})
    request = Term(
        "request", ("request", "requests"), ("your request",), "help", {"es": ("petici*", "ruego … agencia*")}
    )
    assert list(Glossary([help_request, request]).mistakes_of("es", source, text)) == found


def test_a_mistake_in_our_own_catalogues_is_found(tmp_path: Path) -> None:
    """A card number that is called something else is found in every language."""
    copy = tmp_path / "translations"
    shutil.copytree(TRANSLATIONS_DIR, copy)
    codes = [
        entry.code
        for entry in read_entries()
        if entry.phone and (entry.phone.voice or entry.phone.voices) and entry.code != SOURCE
    ]
    message = "To enter the card number again, press %(key)s."
    for code in codes:
        path = catalogue_file(copy, code, Domain.PHONE)
        catalogue = polib.pofile(str(path))
        catalogue.find(message).msgstr = "%(key)s."
        catalogue.save()
    found = [one for one in mistakes(CONFIG_DIR, copy) if "'card number' is not called" in one]
    assert [one.split(":")[0] for one in found if one.endswith(message)] == codes


def test_a_message_that_changed_is_to_be_read_again(tmp_path: Path) -> None:
    copy = tmp_path / "translations"
    shutil.copytree(TRANSLATIONS_DIR, copy)
    assert mistakes_in_back_translations(CONFIG_DIR, copy) == []
    path = catalogue_file(copy, "ko", Domain.SITE)
    catalogue = polib.pofile(str(path))
    catalogue.find("A message for you").msgstr = "안내"
    catalogue.save()
    assert mistakes_in_back_translations(CONFIG_DIR, copy) == [
        "back.toml: ko: EMAIL_SUBJECT was read from an older translation; "
        f'the new one has of = "{translation_hash("안내")}"'
    ]
