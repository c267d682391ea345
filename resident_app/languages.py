"""Languages: the one list, their catalogues, and who reviewed them.

Codes are those of BCP 47, as in addresses and `lang`: `zh-Hans`.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from gettext import NullTranslations
from pathlib import Path

from babel import Locale
from babel.core import get_global, parse_locale
from babel.dates import format_date, format_skeleton, get_month_names
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resident_app.carrier_settings import Carrier
from resident_app.catalogues import Catalogue, Domain, load_catalogue, messages_of
from resident_app.configuration.sections import read_toml
from resident_app.settings import CONFIG_DIR, TRANSLATIONS_DIR, SettingsError

SOURCE = "en"


class PhoneVoice(BaseModel):
    """A language's place in the phone's menus, and the carrier's voice for it.

    `voice` is empty if the carrier has none. Then the language is heard as far as it is recorded: see
    `ivr.words.recordings`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    menu: int
    key: str
    language: str
    voice: str = ""
    voices: Mapping[Carrier, str] = {}
    """The voice of each carrier that has one. `voice` alone, in the file, is Twilio's."""

    def of_carrier(self, carrier: Carrier) -> "PhoneVoice":
        """Return the same with the voice of a carrier."""
        usual = self.voice if carrier is Carrier.TWILIO else ""
        return self.model_copy(update={"voice": self.voices.get(carrier, usual)})


class LanguageHints(BaseModel):
    """What the checks of a message cannot know of a language by themselves. Every part may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    own_letters: str = ""
    """Letters that a similar language in the same script does not have."""
    common_words: frozenset[str] = frozenset()
    """Frequent words, for a language in Latin letters that the detector does not know well."""
    sensitive_terms: tuple[str, ...] = ()
    """How words begin that tell what a message is about; after a space only where a word begins."""
    punctuation: dict[str, str] = {}
    """The language's own marks for `.`, `?`, `:` and `!`; empty for a mark that it does not write."""


class Pronunciation(BaseModel):
    """How a voice says what is written for the eye. Every part may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    letters: str = Field("", pattern=r"^(\S+( \S+){25})?$")
    """The names of A to Z in the language's own script."""
    words: dict[str, str] = {}
    """Words of Latin capitals that are said as a word and not letter by letter."""
    day: str = ""
    """How a date is said (a CLDR pattern), where CLDR's long form is for the eye."""
    month: str = ""
    """How a month with its year is said (a CLDR pattern)."""
    percent: str = Field("", pattern="^([^#]*#[^#]*)?$")
    """How a share is said, `#` for the number, where Babel has no words of CLDR for it."""


class LanguageEntry(BaseModel):
    """An entry of config/languages.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    native: str
    site: bool = True
    phone: PhoneVoice | None = None
    hints: LanguageHints = LanguageHints()
    pronunciation: Pronunciation = Pronunciation()


class Review(BaseModel):
    """Who read a whole translation, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reviewed_by: str
    reviewed_on: date


@dataclass(frozen=True)
class Language:
    """One language and its catalogues."""

    code: str
    native: str
    site: bool
    phone: PhoneVoice | None
    hints: LanguageHints
    pronunciation: Pronunciation
    catalogues: Mapping[Domain, Catalogue]

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

    @property
    def has_voice(self) -> bool:
        """Return whether the phone's provider has a voice for it."""
        return self.phone is not None and bool(self.phone.voice)

    def text(self, message: str, **values: object) -> str:
        """Return a message of the site in this language, with its %(placeholders)s filled."""
        return self._translated(Domain.SITE, message, values)

    def spoken(self, message: str, **values: object) -> str:
        """Return a message of the phone line in this language, with its %(placeholders)s filled."""
        return self._translated(Domain.PHONE, message, values)

    def _translated(self, domain: Domain, message: str, values: Mapping[str, object]) -> str:
        translated = self.catalogues[domain].gettext(message)
        return translated % values if values else translated

    def day(self, day: date) -> str:
        """Return a date as this language writes it in full, by CLDR."""
        return format_date(day, format="long", locale=self.locale)

    def month_and_day(self, month: int, day: int, year: int | None = None) -> str:
        """Return a day as this language writes it, by CLDR: also February 30, which is no date."""
        pattern = self.locale.date_formats["long"] if year else self.locale.datetime_skeletons["MMMMd"]
        names = get_month_names("wide", "format", self.locale)
        own_names = get_month_names("wide", "stand-alone", self.locale)
        values = {
            "d": day,
            "dd": f"{day:02}",
            "MMMM": names[month],
            "LLLL": own_names[month],
            "M": month,
            "y": year,
            "G": self.locale.eras["abbreviated"][1],
        }
        return str(pattern.format % values)

    def month(self, day: date) -> str:
        """Return a month with its year, in the form that follows a preposition: the form in dates."""
        pattern = self.locale.datetime_skeletons["yMMMM"].pattern.replace("LLLL", "MMMM")
        return format_date(day, format=pattern, locale=self.locale)

    def year(self, year: int) -> str:
        """Return a year as this language writes it in a sentence: 2018, 2018年."""
        return str(format_skeleton("y", date(year, 1, 1), locale=self.locale))


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
        """Return the same languages, with pages only in `codes` and English."""
        return Languages(
            language if code in codes or code == SOURCE else replace(language, site=False)
            for code, language in self.items()
        )

    def on_the_site(self) -> list[Language]:
        """Return the languages with pages, in the order of the selector."""
        return [language for language in self.values() if language.site]

    def on_the_phone(self, menu: int | None = None) -> list[Language]:
        """Return the languages with a voice, of one menu or of all, in the order of their keys."""
        spoken = [
            (language.phone, language) for language in self.values() if language.phone and language.has_voice
        ]
        chosen = [
            (voice.menu, voice.key, language) for voice, language in spoken if menu in (None, voice.menu)
        ]
        return [language for _, _, language in sorted(chosen, key=lambda entry: entry[:2])]

    def to_be_recorded(self) -> list[Language]:
        """Return the languages of the phone without a voice: only what is recorded of them is heard."""
        return [language for language in self.values() if language.phone and not language.has_voice]


def require_messages(languages: Iterable[Language], domain: Domain, messages: Iterable[str]) -> None:
    """Raise SettingsError that names the language and message if a catalogue lacks one of `messages`."""
    messages = frozenset(messages)
    for language in languages:
        if missing := language.catalogues[domain].missing(messages):
            raise SettingsError(
                f"translations: the {domain} catalogue of {language.code} lacks {len(missing)} of "
                f"{len(messages)} messages, such as {missing[0]!r}"
            )


def script_of(locale: Locale) -> str:
    """Return the script (ISO 15924) a language is written in, by CLDR's likely subtags: `Hant` for zh-TW."""
    return locale.script or likely_script(locale.language, locale.territory)


def likely_script(language: str, territory: str | None) -> str:
    """Return the script in which a language is usually written (in a territory), or "" if it is not known."""
    likely = get_global("likely_subtags")
    for key in (f"{language}_{territory}", language):
        if key in likely:
            return str(parse_locale(likely[key])[2])
    return ""


def read_entries(config: Path = CONFIG_DIR) -> list[LanguageEntry]:
    """Return the languages of config/languages.toml. Raises SettingsError that names the entry."""
    return [_read_entry(entry) for entry in read_toml(config / "languages.toml").get("language", [])]


def _read_entry(entry: dict[str, object]) -> LanguageEntry:
    try:
        return LanguageEntry.model_validate(entry)
    except ValidationError as error:
        mistake = error.errors()[0]
        place = ".".join(map(str, (entry.get("code", "a language without a code"), *mistake["loc"])))
        raise SettingsError(f"config/languages.toml: {place}: {mistake['msg']}") from None


def load_languages(
    config: Path = CONFIG_DIR,
    translations: Path = TRANSLATIONS_DIR,
    *,
    carrier: Carrier = Carrier.TWILIO,
    show_untranslated: bool = False,
) -> Languages:
    """Read config/languages.toml, with the voices of a carrier, and every catalogue.

    Raises SettingsError that names a language without a catalogue, or one of the site whose catalogue lacks
    a page's message. With `show_untranslated`, a demonstration shows such messages in English, in marks.
    """
    languages = Languages(
        _load(entry, carrier, translations, show_untranslated) for entry in read_entries(config)
    )
    require_messages(languages.on_the_site(), Domain.SITE, messages_of(translations / "site.pot"))
    return languages


def load_reviews(translations: Path = TRANSLATIONS_DIR) -> dict[str, Review]:
    """Return the reviews of translations/review.toml by language code. Raises SettingsError."""
    try:
        return {
            code: Review.model_validate(entry)
            for code, entry in read_toml(translations / "review.toml").items()
        }
    except ValidationError as error:
        raise SettingsError(f"translations/review.toml: {error.errors()[0]['msg']}") from None


def _load(entry: LanguageEntry, carrier: Carrier, translations: Path, show_untranslated: bool) -> Language:
    phone = entry.phone.of_carrier(carrier) if entry.phone else None
    catalogues = {domain: _catalogue(entry, domain, translations, show_untranslated) for domain in Domain}
    return Language(entry.code, entry.native, entry.site, phone, entry.hints, entry.pronunciation, catalogues)


def _catalogue(
    entry: LanguageEntry, domain: Domain, translations: Path, show_untranslated: bool
) -> Catalogue:
    if entry.code == SOURCE or (domain is Domain.PHONE and entry.phone is None):
        return Catalogue(NullTranslations())
    return load_catalogue(translations, entry.code, domain, may_lack=show_untranslated)
