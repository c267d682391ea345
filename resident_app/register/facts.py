"""The three facts printed on a card, folded so that web and keypad give the same string."""

import re
from dataclasses import dataclass
from datetime import date

from resident_app.characters import plain

CARD_NUMBER = re.compile(r"[A-Z0-9*]{12}")
OLDEST_BIRTH_YEAR = 1890
# An old number without its `*` keeps a coded year (2), a check digit, a month and a day: 5 keys.
SHORTEST_KEYED = 5

_KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


class NotACardNumber(ValueError):
    """The text does not have the form of a card number."""


class NotADate(ValueError):
    """The day does not exist, or cannot be a birth or an issue date."""


@dataclass(frozen=True)
class Facts:
    """What opens an envelope. `card` is folded to keypad digits."""

    card: str
    born_on: date
    issued_on: date

    def encoded(self) -> bytes:
        """The input of the OPRF: unambiguous, and the same from either door."""
        return f"WA-card-1|{self.card}|{self.born_on.isoformat()}|{self.issued_on.isoformat()}".encode()

    def __repr__(self) -> str:
        """A fact never reaches a log by way of an error."""
        return "Facts(…)"


def fold(card_number: str) -> str:
    """Letters to their keypad digits, digits kept, `*` and spaces dropped."""
    return card_number.upper().translate(_KEYS).replace("*", "").replace(" ", "")


def written_card_number(text: str) -> str:
    """A card number as it is written on a card, folded.

    Full-width characters, digits of other scripts, lower case, spaces and dashes are forgiven. Only
    the form is checked: a rule that is wrong for one real card shuts its holder out.
    Raises NotACardNumber.
    """
    number = "".join(plain(text).replace("-", "").upper().split())
    if not CARD_NUMBER.fullmatch(number):
        raise NotACardNumber
    return fold(number)


def keyed_card_number(keys: str) -> str:
    """A card number as it is keyed on a phone, folded. Its `*` may be left out.

    Raises NotACardNumber.
    """
    folded = keys.replace("*", "")
    if not re.fullmatch(r"[0-9*]{1,12}", keys) or len(folded) < SHORTEST_KEYED:
        raise NotACardNumber
    return folded


def birth_date(year: int, month: int, day: int, today: date) -> date:
    """A date on which a holder can have been born. Raises NotADate."""
    born = _real_date(year, month, day)
    if born.year < OLDEST_BIRTH_YEAR or born > today:
        raise NotADate
    return born


def issue_date(year: int, month: int, day: int, born: date | None, today: date) -> date:
    """A date on which a card can have been issued: not before its holder was born. Raises NotADate."""
    issued = _real_date(year, month, day)
    if issued < (born or date(OLDEST_BIRTH_YEAR, 1, 1)) or issued > today:
        raise NotADate
    return issued


def _real_date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise NotADate from None
