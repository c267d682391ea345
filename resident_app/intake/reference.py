"""Reference numbers: sixteen digits that can be read aloud and keyed on a phone.

Seven digits find the request (the selector), eight prove that the person who asks was given the number (the
secret), the last is a check digit (ISO/IEC 7812-1 Annex B, Luhn). It detects every wrong digit, and every two
neighbors that changed places but 0 and 9.

Version 0.2.0 gave references of twelve digits, with five and six. They go on working.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

from resident_app.characters import LONGEST_ENTRY, plain

GROUPS = 4
"""A reference is written in so many groups."""


@dataclass(frozen=True)
class ReferenceFormat:
    """How many digits select the request, and how many are secret. A check digit follows."""

    selector: int
    secret: int

    @property
    def digits(self) -> int:
        """How many digits a reference has."""
        return self.selector + self.secret + 1

    @property
    def selectors(self) -> int:
        """How many selectors there are."""
        return int(10**self.selector)


CURRENT = ReferenceFormat(selector=7, secret=8)
OLD = ReferenceFormat(selector=5, secret=6)
"""Of version 0.2.0."""
DIGITS = CURRENT.digits
GROUP = DIGITS // GROUPS
"""Digits of a group."""
_FORMATS = {known.digits: known for known in (CURRENT, OLD)}


_LOOK_LIKE_DIGITS = str.maketrans("OoIl", "0011")
# "Ref. No.", but not letters that stand for the first digits.
_WORDS_BEFORE = re.compile(r"^([\W_]*(?![OoIl]+([\W\d_]|$))[^\W\d_]+)+")


class NotAReference(ValueError):
    """There are not sixteen digits, or the check digit is wrong. `entered` is how many digits there are."""

    def __init__(self, entered: int = 0):
        super().__init__()
        self.entered = entered


@dataclass(frozen=True)
class Reference:
    digits: str

    @property
    def selector(self) -> str:
        return self.digits[: self._format.selector]

    @property
    def secret(self) -> str:
        return self.digits[self._format.selector : -1]

    @property
    def groups(self) -> tuple[str, ...]:
        """Four groups of as many digits."""
        return split_groups(self.digits, len(self.digits) // GROUPS)

    @property
    def _format(self) -> ReferenceFormat:
        return _FORMATS[len(self.digits)]

    def __str__(self) -> str:
        return " ".join(self.groups)

    def __repr__(self) -> str:
        return "Reference(…)"


def parse_reference(text: str) -> Reference:
    """Parse a reference that was typed or keyed: after a colon, with signs between, in digits of any script.

    Words before it, such as "Ref. No.", do not matter. The letters O and I are read as 0 and 1. Raises
    NotAReference.
    """
    if len(text) > LONGEST_ENTRY:
        raise NotAReference
    number = _WORDS_BEFORE.sub("", re.split("[:#]", plain(text.replace("№", "#")))[-1])
    digits = re.sub(r"[\W_]", "", number).translate(_LOOK_LIKE_DIGITS)
    if not re.fullmatch(r"[0-9]+", digits):
        raise NotAReference
    if len(digits) not in _FORMATS or check_digit(digits[:-1]) != digits[-1]:
        raise NotAReference(len(digits))
    return Reference(digits)


def derived_reference(seed: bytes, attempt: int, selectors: int = CURRENT.selectors) -> Reference:
    """Return the `attempt`-th reference of a 32-byte seed, always the same one.

    Only its selector, one of `selectors`, depends on the attempt: a secret is hashed once.
    """
    selector = _number(seed, b"selector" + attempt.to_bytes(4, "big")) % selectors
    secret = _number(seed, b"secret") % 10**CURRENT.secret
    return _with_check_digit(f"{selector:0{CURRENT.selector}d}{secret:0{CURRENT.secret}d}")


def old_reference(seed: bytes, attempt: int) -> Reference:
    """Return the `attempt`-th reference that version 0.2.0 derived from a seed."""
    digits = OLD.digits - 1
    return _with_check_digit(
        f"{_number(seed, b'reference' + attempt.to_bytes(4, 'big')) % 10**digits:0{digits}d}"
    )


def is_old_selector(selector: str) -> bool:
    """Return whether a stored selector belongs to a reference of version 0.2.0."""
    return len(selector) == OLD.selector


def split_groups(digits: str, size: int = GROUP) -> tuple[str, ...]:
    """Return digits in groups of `size`; the last may have fewer."""
    return tuple(digits[start : start + size] for start in range(0, len(digits), size))


def check_digit(digits: str) -> str:
    """Return the Luhn check digit of `digits` (ISO/IEC 7812-1 Annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def _with_check_digit(digits: str) -> Reference:
    return Reference(digits + check_digit(digits))


def _number(seed: bytes, purpose: bytes) -> int:
    return int.from_bytes(hmac.digest(seed, purpose, sha256)[:16], "big")
