"""Reference numbers: twelve digits that can be read aloud and keyed on a phone.

Five digits find the request (the selector), six prove that the person who asks was given the
number (the secret), the last is a check digit (ISO/IEC 7812-1, Luhn) that catches slips.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

from resident_app.characters import plain

DIGITS = 12
_SELECTOR = 5


class NotAReference(ValueError):
    """There are not twelve digits, or the check digit is wrong."""


@dataclass(frozen=True)
class Reference:
    digits: str

    @property
    def selector(self) -> str:
        return self.digits[:_SELECTOR]

    @property
    def secret(self) -> str:
        return self.digits[_SELECTOR:-1]

    @property
    def groups(self) -> tuple[str, ...]:
        """Four groups of three digits."""
        return tuple(self.digits[start : start + 3] for start in range(0, DIGITS, 3))

    def __str__(self) -> str:
        return " ".join(self.groups)

    def __repr__(self) -> str:
        return "Reference(…)"


def parse_reference(text: str) -> Reference:
    """Parse a reference that was typed or keyed, with spaces, dashes, or digits of another script.

    Raises NotAReference.
    """
    digits = re.sub(r"[\s.-]", "", plain(text))
    if not re.fullmatch(r"[0-9]{12}", digits) or check_digit(digits[:-1]) != digits[-1]:
        raise NotAReference
    return Reference(digits)


def derived_reference(seed: bytes, attempt: int) -> Reference:
    """Return the `attempt`-th reference of a 32-byte seed, always the same one."""
    digest = hmac.digest(seed, b"reference" + attempt.to_bytes(4, "big"), sha256)
    digits = f"{int.from_bytes(digest[:16], 'big') % 10 ** (DIGITS - 1):0{DIGITS - 1}d}"
    return Reference(digits + check_digit(digits))


def check_digit(digits: str) -> str:
    """Return the Luhn check digit of `digits` (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
