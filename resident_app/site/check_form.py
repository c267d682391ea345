"""The check's form: it turns what a resident types into the three facts on a card, or names each mistake."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from babel.dates import get_month_names

from resident_app.characters import plain, readable
from resident_app.i18n import current_language
from resident_app.i18n import lazy_gettext as _l
from resident_app.languages import SOURCE, Language
from resident_app.register.facts import DateMistake, Facts, NotADate, birth_date, issue_date
from resident_app.register.typed_card_number import CardNumberMistake, MistypedCardNumber, typed_card_number

_PARTS = ("month", "day", "year")
"""The fields of a date, in their order on the page."""
_YEARS = {"birth": 1980, "issue": 2015}
"""Examples, one that may be on a card."""
_LOOK_LIKE_DIGITS = str.maketrans("OoIl|", "00111")
_NUMBER = re.compile(r"([OoIl|]*)([0-9][0-9OoIl|]*)")
# After the day in some languages. Plain, they would be letters and a 0.
_ORDINAL_SIGNS = str.maketrans("", "", "ºª°˚⁰")

CARD_NUMBER_MISTAKES = {
    # NOTE: Error beside the card number field, which is empty. Keep "4d LIC#".
    CardNumberMistake.EMPTY: _l("Enter the number after 4d LIC# on your card."),
    # NOTE: Error beside the card number field. Latin letters are A to Z.
    CardNumberMistake.NOT_LATIN: _l(
        "This card number has letters that are not Latin. Use the letters A to Z, as on your card."
    ),
    # NOTE: Error beside the card number field: nine digits were entered. Keep "4d LIC#".
    CardNumberMistake.SOCIAL_SECURITY: _l(
        "This looks like a social security number. We never ask for it. "
        "Enter the number after 4d LIC# on your card."
    ),
    # NOTE: Error beside the card number field: ten digits were entered. Keep "4d LIC#".
    CardNumberMistake.PHONE: _l(
        "This looks like a phone number. Enter the number after 4d LIC# on your card."
    ),
    # NOTE: Error beside the card number field: an A-number or receipt number was entered. Keep "4d LIC#".
    CardNumberMistake.IMMIGRATION: _l(
        "This looks like a number from immigration papers. We never ask for it. "
        "Enter the number after 4d LIC# on your card."
    ),
    # NOTE: Error beside the card number field.
    CardNumberMistake.ONLY_NUMBERS: _l(
        "You entered only numbers. A card number has 12 characters, and some are letters."
    ),
    # NOTE: Error beside the card number field: a name or other words were entered. Keep "4d LIC#".
    CardNumberMistake.NO_DIGITS: _l(
        "This does not look like a card number. Enter the number after 4d LIC# on your card."
    ),
    # NOTE: Error beside the card number field: another sign was entered, such as / or @.
    CardNumberMistake.OTHER_SIGN: _l("A card number has only letters, numbers and * signs."),
    # NOTE: Error beside the card number field: the number in our drawing of a card was entered.
    CardNumberMistake.EXAMPLE: _l("This is the example in our drawing. Enter the number on your own card."),
    # NOTE: Error beside the card number field. %(entered)s is a number from 1 to 11.
    CardNumberMistake.TOO_SHORT: _l(
        "You entered %(entered)s of 12 characters. Copy each letter, number and * sign from your card."
    ),
    # NOTE: Error beside the card number field. Keep "4d LIC#".
    CardNumberMistake.TOO_LONG: _l(
        "You entered more than 12 characters. Copy only the number after 4d LIC# on your card."
    ),
}
# NOTE: Error beside the fields of a date, which are all empty.
DATE_EMPTY = _l("Enter the month, the day and the year.")
# NOTE: Error beside the list of months.
MONTH_WRONG = _l("Choose the month.")
# NOTE: Error beside the field for the day of a date, which is empty.
DAY_EMPTY = _l("Enter the day.")
# NOTE: Error beside the field for the day of a date.
DAY_WRONG = _l("Day needs a number from 1 to 31.")
# NOTE: Error beside the field for the year of a date, which is empty.
YEAR_EMPTY = _l("Enter the year.")
# NOTE: Error beside the field for the year of a date. %(example)s is a year.
YEAR_WRONG = _l("Year needs 4 digits, such as %(example)s.")
# NOTE: Error beside a date. %(day)s does not exist, such as February 30, or February 29, 2019.
NO_SUCH_DAY = _l("There is no %(day)s. Copy the date again.")
# NOTE: Error beside the field for the year of a date.
TOO_LONG_AGO = _l("This year is too long ago. Copy the year again.")
# NOTE: Error beside the birth date.
BIRTH_IN_FUTURE = _l("This day is in the future. Copy your birth date again.")
# NOTE: Error beside the issue date. EXP is printed on the card before the day on which it ends; keep it.
ISSUED_IN_FUTURE = _l("This day is in the future. Did you copy the expiration date (EXP)?")
# NOTE: Error beside the issue date.
ISSUED_BEFORE_BIRTH = _l("This day is before your birth date. Did you swap the two dates?")
# NOTE: Error beside the issue date.
ISSUED_AT_BIRTH = _l("This is the same day as your birth date. Enter the day your card was made.")

_DATE_SENTENCES = (
    *(DATE_EMPTY, MONTH_WRONG, DAY_EMPTY, DAY_WRONG, YEAR_EMPTY, YEAR_WRONG, NO_SUCH_DAY, TOO_LONG_AGO),
    *(BIRTH_IN_FUTURE, ISSUED_IN_FUTURE, ISSUED_BEFORE_BIRTH, ISSUED_AT_BIRTH),
)


@dataclass(frozen=True)
class Mistake:
    """A sentence that names a mistake, and the fields that are wrong. The first one gets the focus."""

    fact: str
    """`card_number`, `birth` or `issue`."""
    fields: tuple[str, ...]
    words: str


@dataclass
class CheckForm:
    """What was typed into the check's form. After `validate`, it has `mistakes` or `facts`."""

    typed: Mapping[str, str]
    today: date
    mistakes: list[Mistake] = field(default_factory=list)
    _facts: Facts | None = None

    @property
    def facts(self) -> Facts:
        assert self._facts is not None
        return self._facts

    def validate(self) -> bool:
        """Return whether the three facts may be those of a card."""
        card = self._card_number()
        born = self._date("birth", None)
        issued = self._date("issue", born)
        if card is None or born is None or issued is None or self.mistakes:
            return False
        self._facts = Facts(card, born, issued)
        return True

    def _card_number(self) -> str | None:
        try:
            return typed_card_number(self.typed.get("card_number", ""))
        except MistypedCardNumber as error:
            words = str(CARD_NUMBER_MISTAKES[error.mistake]) % {"entered": error.entered}
            self.mistakes.append(Mistake("card_number", ("card_number",), words))
            return None

    def _date(self, fact: str, born: date | None) -> date | None:
        """Return the birth date, or the issue date, which is after the birth date if that is known."""
        texts = {part: _plain_part(self.typed.get(f"{fact}_{part}", "")) for part in _PARTS}
        if not any(texts.values()):
            self._note(fact, _PARTS, DATE_EMPTY)
            return None
        month = self._month(fact, texts["month"])
        day = self._day(fact, texts["day"])
        year = self._year(fact, texts["year"])
        if month is None or day is None or year is None:
            return None
        try:
            if fact == "birth":
                return birth_date(year, month, day, self.today)
            issued = issue_date(year, month, day, born, self.today)
        except NotADate as error:
            self._note_impossible(fact, (year, month, day), error.mistake, born)
            return None
        if issued == born:
            self._note(fact, _PARTS, ISSUED_AT_BIRTH)
            return None
        return issued

    def _month(self, fact: str, text: str) -> int | None:
        month = _month_of_name(text) or _day_or_month(text)
        if month is None or not 1 <= month <= 12:
            self._note(fact, ("month",), MONTH_WRONG)
            return None
        return month

    def _day(self, fact: str, text: str) -> int | None:
        day = _day_or_month(text)
        if day is None or not 1 <= day <= 31:
            self._note(fact, ("day",), DAY_WRONG if text else DAY_EMPTY)
            return None
        return day

    def _year(self, fact: str, text: str) -> int | None:
        year = _number(text)
        if year is None or not 1000 <= year <= 9999:
            words = str(YEAR_WRONG) % {"example": _YEARS[fact]} if text else YEAR_EMPTY
            self._note(fact, ("year",), words)
            return None
        return year

    def _note_impossible(
        self, fact: str, entered: tuple[int, int, int], mistake: DateMistake, born: date | None
    ) -> None:
        year, month, day = entered
        match mistake:
            case DateMistake.NO_SUCH_DAY:
                leap_day = (month, day) == (2, 29)
                written = current_language().month_and_day(month, day, year if leap_day else None)
                self._note(
                    fact, ("day", "year") if leap_day else ("day",), str(NO_SUCH_DAY) % {"day": written}
                )
            case DateMistake.TOO_LONG_AGO:
                self._note(fact, ("year",), TOO_LONG_AGO)
            case DateMistake.FUTURE:
                words = BIRTH_IN_FUTURE if fact == "birth" else ISSUED_IN_FUTURE
                self._note(fact, (_first_difference(entered, self.today),), words)
            case DateMistake.BEFORE_BIRTH:
                assert born is not None
                self._note(fact, (_first_difference(entered, born),), ISSUED_BEFORE_BIRTH)

    def _note(self, fact: str, parts: tuple[str, ...], words: object) -> None:
        """Add a mistake in parts of a date."""
        self.mistakes.append(Mistake(fact, tuple(f"{fact}_{part}" for part in parts), str(words)))


def longest_mistakes(language: Language) -> list[Mistake]:
    """Return a mistake in each field, each with the sentence that takes the most bytes in a language."""
    days = [language.month_and_day(month, 31, year) for month in range(1, 13) for year in (None, 2019)]
    values = {"entered": 11, "example": 1980, "day": max(days, key=_bytes)}
    sentences = [*CARD_NUMBER_MISTAKES.values(), *_DATE_SENTENCES]
    longest = max((str(sentence) % values for sentence in sentences), key=_bytes)
    dates = [(fact, f"{fact}_{part}") for fact in ("birth", "issue") for part in _PARTS]
    return [Mistake(fact, (name,), longest) for fact, name in [("card_number", "card_number"), *dates]]


def _bytes(text: str) -> int:
    return len(text.encode())


def _plain_part(text: str) -> str:
    return plain(readable(text).translate(_ORDINAL_SIGNS)).strip()


def _day_or_month(text: str) -> int | None:
    """Return the number in a text. An O after a digit is no 0: `1o` may be the first day, or the tenth."""
    return None if re.search("[0-9][Oo]", "".join(text.split())) else _number(text)


def _number(text: str) -> int | None:
    """Return the number in a text, such as `17.`, `1947年` or `198O`, or None if there is not exactly one."""
    text = "".join(text.split())
    found = list(_NUMBER.finditer(text))
    if len(found) != 1:
        return None
    before, after = text[: found[0].start()], text[found[0].end() :]
    first, rest = found[0].groups()
    if after[:1].isalpha() and not rest[-1].isdigit():
        return None
    # In `April 5`, the last letter of a word is no digit.
    digits = (rest if before[-1:].isalpha() else first + rest).translate(_LOOK_LIKE_DIGITS)
    return int(digits) if len(digits) <= 4 else None


def _month_of_name(text: str) -> int | None:
    """Return the month that has this name, long or short, in the page's language or in English."""
    wanted = _plain_name(text)
    return next((month for month, name in _names_of_months() if name == wanted), None)


def _names_of_months() -> Iterator[tuple[int, str]]:
    for locale in (current_language().locale, SOURCE):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for month, name in get_month_names(width, context, locale).items():
                    yield month, _plain_name(name)


def _plain_name(name: str) -> str:
    return plain(name).strip(" .").casefold()


def _first_difference(entered: tuple[int, int, int], day: date) -> str:
    """Return the first part, from the year on, in which a date differs from a day."""
    pairs = zip(("year", "month", "day"), entered, (day.year, day.month, day.day), strict=True)
    return next(part for part, one, other in pairs if one != other)
