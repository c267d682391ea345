"""The code on a letter: its answer in short, and the proof that we gave it, as signs to be typed.

Header, 7 bytes: version, day of the answer (2 bytes, days since 2000-01-01), the first 2 bytes of
the edition's id, how many disclosures there are in all (2 bytes). Then the listed disclosures as
one number in mixed radix: day within the edition's period, agency, ground, office, what was
released. Last, 10 bytes of HMAC-SHA256 over the edition's whole id and all that stands before.

Whoever holds the code can be told what the letter must say. The numbers of requests are not in it:
they would make it twice as long.
"""

import hmac
import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from resident_app.characters import plain
from resident_app.register.disclosure import RELEASED, SLOTS, Dictionary, Disclosure, Disclosures
from resident_app.register.edition import Edition

LONGEST_TYPED = 300

_VERSION = 1
_EPOCH = date(2000, 1, 1)
_HEADER = struct.Struct(">BH2sH")
# 80 bits, the least that RFC 2104 (5) allows. A proof can be tried at our door alone, where a
# billion tries a second would take 38 million years: a limit on tries is not needed.
_PROOF_BYTES = 10

# Crockford's base 32: no I, L, O or U; what is typed for the first three is read as 1, 1 and 0.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")


class NotALetterCode(ValueError):
    """Not the code of a letter of ours: mistyped, or made up."""


@dataclass(frozen=True)
class LetterCode:
    """The bytes of a code, whose proof nobody has looked at yet."""

    contents: bytes
    proof: bytes

    @property
    def edition_begins(self) -> bytes:
        """The first bytes of the id of the edition that it speaks of."""
        begins: bytes = _HEADER.unpack_from(self.contents)[2]
        return begins

    def is_proved(self, edition: Edition, key: bytes) -> bool:
        return hmac.compare_digest(self.proof, _proof(self.contents, edition, key))

    def read(self, edition: Edition, dictionary: Dictionary) -> tuple[date, Disclosures]:
        """The day of the answer and its disclosures, without the numbers of requests.

        Only for a code that `is_proved`.
        """
        _, days, _, total = _HEADER.unpack_from(self.contents)
        listed = min(total, SLOTS)
        packed = int.from_bytes(self.contents[_HEADER.size :], "big")
        disclosures = _unpacked(packed, listed, edition, dictionary)
        return _EPOCH + timedelta(days=days), Disclosures(disclosures, total - listed)

    def __str__(self) -> str:
        """In groups of four signs."""
        whole = self.contents + self.proof
        value = int.from_bytes(whole, "big")
        places = range(_signs_for(len(whole)) - 1, -1, -1)
        signs = "".join(_SIGNS[value >> 5 * place & 31] for place in places)
        return " ".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def make_code(
    answered_on: date, found: Disclosures, edition: Edition, dictionary: Dictionary, key: bytes
) -> LetterCode:
    """The same answer on the same day has the same code: it says nothing of whose it is."""
    total = len(found.listed) + found.more
    header = _HEADER.pack(_VERSION, (answered_on - _EPOCH).days, edition.id[:2], total)
    contents = header + _packed(found.listed, edition, dictionary)
    return LetterCode(contents, _proof(contents, edition, key))


def parse_code(typed: str) -> LetterCode:
    """Read what was typed; case, spaces, dashes and look-alikes are forgiven. Raises NotALetterCode."""
    if len(typed) > LONGEST_TYPED:
        raise NotALetterCode
    signs = re.sub(r"[\s.-]", "", plain(typed)).upper().translate(_READ_AS)
    length = len(signs) * 5 // 8
    if (
        not set(signs) <= set(_SIGNS)
        or length < _HEADER.size + _PROOF_BYTES
        or _signs_for(length) != len(signs)
    ):
        raise NotALetterCode
    value = 0
    for sign in signs:
        value = value << 5 | _SIGNS.index(sign)
    if value >> 8 * (length - 1) != _VERSION:
        raise NotALetterCode
    whole = value.to_bytes(length, "big")
    return LetterCode(whole[:-_PROOF_BYTES], whole[-_PROOF_BYTES:])


def _signs_for(length: int) -> int:
    return math.ceil(length * 8 / 5)


def _proof(contents: bytes, edition: Edition, key: bytes) -> bytes:
    return hmac.digest(key, edition.id + contents, sha256)[:_PROOF_BYTES]


def _packed(listed: Sequence[Disclosure], edition: Edition, dictionary: Dictionary) -> bytes:
    radices = _radices(edition, dictionary)
    packed = 0
    for disclosure in listed:
        values = (
            (disclosure.answered_on - edition.period_from).days,
            dictionary.positions["agencies"][disclosure.agency],
            dictionary.positions["grounds"][disclosure.ground],
            dictionary.positions["offices"][disclosure.office],
            sum(1 << RELEASED.index(part) for part in disclosure.released),
        )
        for value, radix in zip(values, radices, strict=True):
            packed = packed * radix + value
    largest = math.prod(radices) ** len(listed) - 1
    return packed.to_bytes((largest.bit_length() + 7) // 8, "big")


def _unpacked(packed: int, listed: int, edition: Edition, dictionary: Dictionary) -> tuple[Disclosure, ...]:
    radices = _radices(edition, dictionary)
    found: list[Disclosure] = []
    for _ in range(listed):
        values: list[int] = []
        for radix in reversed(radices):
            packed, value = divmod(packed, radix)
            values.append(value)
        released, office, ground, agency, days = values
        found.append(
            Disclosure(
                answered_on=edition.period_from + timedelta(days=days),
                agency=dictionary.agencies[agency],
                office=dictionary.offices[office],
                released=tuple(part for bit, part in enumerate(RELEASED) if released & 1 << bit),
                ground=dictionary.grounds[ground],
            )
        )
    return tuple(reversed(found))


def _radices(edition: Edition, dictionary: Dictionary) -> tuple[int, ...]:
    """How many values each part of a disclosure can have in this edition."""
    return (
        (edition.period_to - edition.period_from).days + 1,
        len(dictionary.agencies),
        len(dictionary.grounds),
        len(dictionary.offices),
        1 << len(RELEASED),
    )
