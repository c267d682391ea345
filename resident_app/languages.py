"""Languages: the one list, the catalogues, and who reviewed them.

Babel writes `zh_Hans`, addresses and `lang` write `zh-Hans` (BCP 47); only this module
knows both. A language without a whole catalogue stops the start: none turns into English.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from gettext import NullTranslations
from pathlib import Path

from babel import Locale
from babel.core import get_global, parse_locale
from babel.dates import format_date, format_time
from babel.messages.pofile import read_po
from babel.support import Translations
from pydantic import BaseModel, ConfigDict, ValidationError

from resident_app.configuration import read_toml
from resident_app.settings import CONFIG_DIR, TRANSLATIONS_DIR, SettingsError

SOURCE = "en"


class PhoneVoice(BaseModel):
    """Where a language stands in the phone's menu, and the provider's voice for it.

    `voice` is empty where the provider has none: then every prompt is a recording.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    menu: int
    key: str
    language: str
    voice: str = ""


class Review(BaseModel):
    """Who read a whole translation, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reviewed_by: str
    reviewed_on: date


class LanguageEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    native: str
    site: bool = True
    phone: PhoneVoice | None = None


@dataclass(frozen=True)
class Language:
    """One language and its catalogue."""

    code: str
    native: str
    site: bool
    phone: PhoneVoice | None
    catalogue: NullTranslations

    @cached_property
    def locale(self) -> Locale:
        return Locale.parse(self.code, sep="-")

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, for `dir`."""
        return str(self.locale.text_direction)

    @property
    def script(self) -> str:
        """The script it is written in (ISO 15924), by CLDR's likely subtags: `Arab`, `Hant`."""
        return script_of(self.locale)

    def text(self, message: str, **values: object) -> str:
        """`message` in this language, with its %(placeholders)s filled."""
        translated = self.catalogue.gettext(message)
        return translated % values if values else translated

    def day(self, day: date) -> str:
        """A date as this language writes it in full, by CLDR."""
        return format_date(day, format="long", locale=self.locale)

    def month(self, day: date) -> str:
        """A month with its year, as it stands after a preposition: the form that dates have."""
        pattern = self.locale.datetime_skeletons["yMMMM"].pattern.replace("LLLL", "MMMM")
        return format_date(day, format=pattern, locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """A day with its weekday, and the time of day, as this language writes them."""
        day = format_date(moment.date(), format="full", locale=self.locale)
        return f"{day}, {format_time(moment.time(), format='short', locale=self.locale)}"


class Languages(Mapping[str, Language]):
    """Every language by its code, in the order of the selector."""

    def __init__(self, languages: Iterable[Language]):
        self._by_code = {language.code: language for language in languages}

    def __getitem__(self, code: str) -> Language:
        return self._by_code[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_code)

    def __len__(self) -> int:
        return len(self._by_code)

    def with_pages_in(self, codes: Container[str]) -> "Languages":
        """The same languages, of which only `codes` and the source have pages."""
        return Languages(
            language if code in codes or code == SOURCE else replace(language, site=False)
            for code, language in self.items()
        )

    def on_the_site(self) -> list[Language]:
        """Languages with pages, in the order of the selector."""
        return [language for language in self.values() if language.site]

    def on_the_phone(self, menu: int | None = None) -> list[Language]:
        """Languages with a voice, of one menu or of all, in the order of their keys."""
        spoken = [(language.phone, language) for language in self.values() if language.phone]
        chosen = [
            (voice.menu, voice.key, language) for voice, language in spoken if menu in (None, voice.menu)
        ]
        return [language for _, _, language in sorted(chosen, key=lambda entry: entry[:2])]


@dataclass(frozen=True)
class Messages:
    """What a catalogue must have: a language of the site all of it, one of the phone what is spoken."""

    all: frozenset[str]
    spoken: frozenset[str]


def script_of(locale: Locale) -> str:
    """Return the script (ISO 15924) a language is written in, by CLDR's likely subtags: `Hant` for zh-TW."""
    likely = get_global("likely_subtags")
    for key in (f"{locale.language}_{locale.territory}", locale.language):
        if not locale.script and key in likely:
            return str(parse_locale(likely[key])[2])
    return str(locale.script)


def read_entries(config: Path = CONFIG_DIR) -> list[LanguageEntry]:
    """The languages of config/languages.toml. Raises SettingsError."""
    try:
        return [
            LanguageEntry.model_validate(entry)
            for entry in read_toml(config / "languages.toml").get("language", [])
        ]
    except ValidationError as error:
        raise SettingsError(f"config/languages.toml: {error.errors()[0]['msg']}") from None


def load_languages(config: Path = CONFIG_DIR, translations: Path = TRANSLATIONS_DIR) -> Languages:
    """Read config/languages.toml and every catalogue.

    Raises SettingsError naming a language whose catalogue is missing or not whole.
    """
    entries = read_entries(config)
    messages = messages_of(translations / "messages.pot")
    return Languages(_load(entry, translations, messages) for entry in entries)


def load_reviews(translations: Path = TRANSLATIONS_DIR) -> dict[str, Review]:
    """Return the reviews of translations/review.toml by language code. Raises SettingsError."""
    try:
        return {
            code: Review.model_validate(entry)
            for code, entry in read_toml(translations / "review.toml").items()
        }
    except ValidationError as error:
        raise SettingsError(f"translations/review.toml: {error.errors()[0]['msg']}") from None


def _load(entry: LanguageEntry, translations: Path, messages: Messages) -> Language:
    if entry.code == SOURCE:
        return Language(entry.code, entry.native, entry.site, entry.phone, NullTranslations())
    locale = Locale.parse(entry.code, sep="-")
    catalogue = Translations.load(str(translations), [str(locale)])
    if not isinstance(catalogue, Translations):
        raise SettingsError(f"translations: no compiled catalogue for {entry.code}; run `make catalogues`")
    translated = {key[0] if isinstance(key, tuple) else key for key in catalogue._catalog}
    wanted = messages.all if entry.site else messages.spoken
    missing = len(wanted - translated)
    if missing:
        raise SettingsError(f"translations: {entry.code} lacks {missing} of {len(wanted)} messages")
    return Language(entry.code, entry.native, entry.site, entry.phone, catalogue)


def messages_of(template: Path) -> Messages:
    """The messages of a template. Those that a caller hears say so to translators: "Phone."."""
    with template.open("rb") as file:
        found = {
            message.id if isinstance(message.id, str) else message.id[0]: message.auto_comments
            for message in read_po(file)
            if message.id
        }
    spoken = {text for text, comments in found.items() if any("Phone." in line for line in comments)}
    return Messages(frozenset(found), frozenset(spoken))
