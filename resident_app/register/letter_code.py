"""The code on a letter: the answer, compressed, with a MAC, as characters that a person can type.

Header, 7 bytes: version, day of the answer (2 bytes, days since 2000-01-01), the first 2 bytes of
the edition's id, total number of disclosures (2 bytes). Then the listed disclosures as one number
in mixed radix: day within the edition's period, agency, ground, office, what was released. Last,
10 bytes of HMAC-SHA256 over the edition's whole id and everything before.

Anyone who has the code can read what the letter must say. Request numbers are left out, because
they would double its length.
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
# 80 bits, the least that RFC 2104 (5) allows. A MAC can be tried only against this site, where a
# billion tries a second would take 38 million years: no rate limit is needed.
_MAC_BYTES = 10

# Crockford's base 32 has no I, L, O or U; I and L are read as 1, and O as 0.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("OIL", "011")


class NotALetterCode(ValueError):
    """The text is not the code of one of our letters: mistyped, or made up."""


@dataclass(frozen=True)
class LetterCode:
    """The bytes of a code. Its MAC is not verified until `is_authentic` is called."""

    contents: bytes
    mac: bytes

    @property
    def edition_id_prefix(self) -> bytes:
        """The first 2 bytes of the edition's id."""
        prefix: bytes = _HEADER.unpack_from(self.contents)[2]
        return prefix

    def is_authentic(self, edition: Edition, key: bytes) -> bool:
        """Return whether the MAC is right for this edition."""
        return hmac.compare_digest(self.mac, _mac(self.contents, edition, key))

    def decode(self, edition: Edition, dictionary: Dictionary) -> tuple[date, Disclosures]:
        """Return the day of the answer and its disclosures, without request numbers.

        Call it only for a code that `is_authentic`.
        """
        _, days, _, total = _HEADER.unpack_from(self.contents)
        listed = min(total, SLOTS)
        packed = int.from_bytes(self.contents[_HEADER.size :], "big")
        disclosures = _unpack(packed, listed, edition, dictionary)
        found = Disclosures(disclosures, total - listed, all_agencies_known=listed == total)
        return _EPOCH + timedelta(days=days), found

    def __str__(self) -> str:
        """Return the code in groups of four characters."""
        whole = self.contents + self.mac
        value = int.from_bytes(whole, "big")
        positions = range(_characters_for(len(whole)) - 1, -1, -1)
        text = "".join(_ALPHABET[value >> 5 * position & 31] for position in positions)
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def make_code(
    answered_on: date, found: Disclosures, edition: Edition, dictionary: Dictionary, key: bytes
) -> LetterCode:
    """Return the code of an answer. It identifies nobody: equal answers of one day have one code."""
    total = len(found.listed) + found.more
    header = _HEADER.pack(_VERSION, (answered_on - _EPOCH).days, edition.id[:2], total)
    contents = header + _pack(found.listed, edition, dictionary)
    return LetterCode(contents, _mac(contents, edition, key))


def parse_code(typed: str) -> LetterCode:
    """Parse what was typed, in any case, with spaces, dashes and look-alikes. Raises NotALetterCode."""
    if len(typed) > LONGEST_TYPED:
        raise NotALetterCode
    characters = re.sub(r"[\s.-]", "", plain(typed)).upper().translate(_LOOK_ALIKES)
    length = len(characters) * 5 // 8
    if (
        not set(characters) <= set(_ALPHABET)
        or length < _HEADER.size + _MAC_BYTES
        or _characters_for(length) != len(characters)
    ):
        raise NotALetterCode
    value = 0
    for character in characters:
        value = value << 5 | _ALPHABET.index(character)
    if value >> 8 * (length - 1) != _VERSION:
        raise NotALetterCode
    whole = value.to_bytes(length, "big")
    return LetterCode(whole[:-_MAC_BYTES], whole[-_MAC_BYTES:])


def _characters_for(length: int) -> int:
    return math.ceil(length * 8 / 5)


def _mac(contents: bytes, edition: Edition, key: bytes) -> bytes:
    return hmac.digest(key, edition.id + contents, sha256)[:_MAC_BYTES]


def _pack(listed: Sequence[Disclosure], edition: Edition, dictionary: Dictionary) -> bytes:
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


def _unpack(packed: int, listed: int, edition: Edition, dictionary: Dictionary) -> tuple[Disclosure, ...]:
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
    """Return how many values each part of a disclosure can have in this edition."""
    return (
        (edition.period_to - edition.period_from).days + 1,
        len(dictionary.agencies),
        len(dictionary.grounds),
        len(dictionary.offices),
        1 << len(RELEASED),
    )
