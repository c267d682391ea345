"""The three facts printed on a card, folded so that the site and a keypad give the same string."""

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from resident_app.characters import plain

CARD_NUMBER = re.compile(r"[A-Z0-9*]{12}")
OLDEST_BIRTH_YEAR = 1890
# Without its `*`, an old number can be as short as a coded year (2), check digit, month and day: 5 keys.
SHORTEST_KEYED = 5
CARD_LENGTH = 12
NEW_NUMBERS = "935"
"""Every number since September 2018 begins with WDL, which are these keys."""

_KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


class KeyedMistake(Enum):
    """Why keys cannot be a card number."""

    TOO_SHORT = auto()
    TOO_LONG = auto()
    """As when a letter is keyed by several presses of its key, which is never guessed."""


class NotACardNumber(ValueError):
    """The text does not have the format of a card number. `keyed` says what is wrong with keys."""

    def __init__(self, keyed: KeyedMistake | None = None):
        super().__init__()
        self.keyed = keyed


class DateMistake(Enum):
    """Why a day cannot be a birth date or an issue date."""

    NO_SUCH_DAY = auto()
    TOO_LONG_AGO = auto()
    FUTURE = auto()
    BEFORE_BIRTH = auto()


class NotADate(ValueError):
    """The day does not exist, or cannot be a birth date or an issue date; `mistake` says why."""

    def __init__(self, mistake: DateMistake = DateMistake.NO_SUCH_DAY):
        super().__init__()
        self.mistake = mistake


@dataclass(frozen=True)
class Facts:
    """The facts that open an envelope. `card` is folded to keypad digits."""

    card: str
    born_on: date
    issued_on: date

    def encoded(self) -> bytes:
        """Return the input of the OPRF: unambiguous, and the same on the site and by phone."""
        return f"WA-card-1|{self.card}|{self.born_on.isoformat()}|{self.issued_on.isoformat()}".encode()

    def __repr__(self) -> str:
        """Hide the facts, so that an error cannot put them into a log."""
        return "Facts(…)"


def fold(card_number: str) -> str:
    """Turn letters into their keypad digits, keep digits, drop `*` and spaces."""
    return card_number.upper().translate(_KEYS).replace("*", "").replace(" ", "")


def written_card_number(text: str) -> str:
    """Fold a card number as it is printed on a card.

    Accepts full-width characters, digits of other scripts, lower case, spaces and dashes. Checks
    only the format: a stricter rule that is wrong for one real card would exclude its holder.
    Raises NotACardNumber.
    """
    number = "".join(plain(text).replace("-", "").upper().split())
    if not CARD_NUMBER.fullmatch(number):
        raise NotACardNumber
    return fold(number)


def keyed_card_number(keys: str) -> str:
    """Fold a card number as it is keyed on a phone, with or without its `*`. Raises NotACardNumber.

    A number that begins with WDL, or has a `*`, has 12 keys. An old number without its `*` may have fewer.
    """
    folded = keys.replace("*", "")
    is_whole = "*" in keys or keys.startswith(NEW_NUMBERS)
    if not re.fullmatch(r"[0-9*]*", keys):
        raise NotACardNumber
    if len(keys) > CARD_LENGTH:
        raise NotACardNumber(KeyedMistake.TOO_LONG)
    if len(folded) < SHORTEST_KEYED or (is_whole and len(keys) < CARD_LENGTH):
        raise NotACardNumber(KeyedMistake.TOO_SHORT)
    return folded


def birth_date(year: int, month: int, day: int, today: date) -> date:
    """Return a plausible birth date: in 1890 or later, not after today. Raises NotADate."""
    return _past_date(year, month, day, today)


def issue_date(year: int, month: int, day: int, born: date | None, today: date) -> date:
    """Return a plausible issue date: not before the holder's birth, not after today. Raises NotADate."""
    issued = _past_date(year, month, day, today)
    if born and issued < born:
        raise NotADate(DateMistake.BEFORE_BIRTH)
    return issued


def _past_date(year: int, month: int, day: int, today: date) -> date:
    """Return a date that is not after today. A wrong year is named before a day that it does not have."""
    if year < OLDEST_BIRTH_YEAR:
        raise NotADate(DateMistake.TOO_LONG_AGO)
    if year > today.year:
        raise NotADate(DateMistake.FUTURE)
    try:
        past = date(year, month, day)
    except ValueError:
        raise NotADate(DateMistake.NO_SUCH_DAY) from None
    if past > today:
        raise NotADate(DateMistake.FUTURE)
    return past
