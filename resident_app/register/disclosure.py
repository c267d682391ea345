"""Disclosures, and the encoding that puts a card's disclosures into exactly 256 bytes.

Header, 8 bytes: version, number of filled slots, total number of disclosures (2 bytes), and which
agencies received those that are not in a slot (4 bytes).
Then 8 slots of 31 bytes: day (2 bytes, days since 2000-01-01), agency (1),
ground (1), office (2), released (1), length of the request number (1), request number (23).
Agency, ground and office are positions in the edition's dictionary.

Of the 4 bytes, bit n stands for the agency at position n, up to 30. Bit 31 says that not all of
those agencies are named. In version 1 these bytes were zeros, so their agencies are not known.
"""

import struct
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from resident_app.characters import readable

PLAINTEXT_BYTES = 256
SLOTS = 8
REQUEST_BYTES = 23
OFFICE_CHARACTERS = 120
"""The longest name of an agency's office that is sealed."""
RELEASED = ("photo", "application", "record")

_VERSION = 2
_WITHOUT_UNLISTED_AGENCIES = 1
_EPOCH = date(2000, 1, 1)
_HEADER = struct.Struct(">BBHI")
_NOT_ALL_NAMED = 1 << 31
_SLOT = struct.Struct(f">HBBHBB{REQUEST_BYTES}s")


class UnknownPlaintext(ValueError):
    """The plaintext has an unknown version or size."""


@dataclass(frozen=True, order=True)
class Disclosure:
    """One release of one person's record. `agency` and `ground` are codes of config/codes.toml."""

    answered_on: date
    agency: str
    office: str
    released: tuple[str, ...]
    ground: str
    request: str = ""


@dataclass(frozen=True)
class Disclosures:
    """The contents of an envelope: the disclosures that fit, and how many more there are."""

    listed: tuple[Disclosure, ...]
    more: int = 0
    unlisted_agencies: frozenset[str] = frozenset()
    """The agencies that received those which are not listed, as far as they are known."""
    all_agencies_known: bool = True
    """Whether `agencies` names every agency that received anything."""

    @property
    def agencies(self) -> frozenset[str]:
        """Every agency that is known to have received something, listed or not."""
        return self.unlisted_agencies.union(disclosure.agency for disclosure in self.listed)


NOTHING_FOUND = Disclosures(())
"""The contents of a card's envelope without any disclosure."""


@dataclass(frozen=True)
class Dictionary:
    """The words that an edition's envelopes refer to by position."""

    agencies: tuple[str, ...]
    grounds: tuple[str, ...]
    offices: tuple[str, ...]
    listed_first: tuple[str, ...] = ()
    """Agencies whose disclosures are listed before all others: those of ICE."""

    @cached_property
    def positions(self) -> dict[str, dict[str, int]]:
        """The position of each word, by list and word. An edition may name thousands of offices."""
        lists = {"agencies": self.agencies, "grounds": self.grounds, "offices": self.offices}
        return {name: {word: at for at, word in enumerate(words)} for name, words in lists.items()}


def encode(disclosures: Iterable[Disclosure], dictionary: Dictionary) -> bytes:
    """Encode any number of disclosures, also none, into 256 bytes.

    Eight are written out. The others are counted, and their agencies noted. A request number longer
    than 23 bytes of UTF-8 is left out.
    """
    listed, rest = divide(disclosures, dictionary.listed_first)
    agencies = frozenset(disclosure.agency for disclosure in rest)
    return encode_found(Disclosures(listed, len(rest), agencies), dictionary)


def encode_found(found: Disclosures, dictionary: Dictionary) -> bytes:
    """Encode what an envelope contained into 256 bytes again."""
    slots = b"".join(_encode_one(disclosure, dictionary) for disclosure in found.listed)
    total = min(len(found.listed) + found.more, 0xFFFF)
    header = _HEADER.pack(_VERSION, len(found.listed), total, pack_unlisted_agencies(found, dictionary))
    return (header + slots).ljust(PLAINTEXT_BYTES, b"\x00")


def decode(plaintext: bytes, dictionary: Dictionary) -> Disclosures:
    """Decode what `encode` returned, now or in an earlier version. Raises UnknownPlaintext."""
    if len(plaintext) != PLAINTEXT_BYTES or plaintext[0] not in (_VERSION, _WITHOUT_UNLISTED_AGENCIES):
        raise UnknownPlaintext
    version, filled, total, packed = _HEADER.unpack_from(plaintext)
    listed = tuple(
        _decode_one(plaintext, _HEADER.size + slot * _SLOT.size, dictionary) for slot in range(filled)
    )
    if version == _WITHOUT_UNLISTED_AGENCIES and total > filled:
        packed = _NOT_ALL_NAMED
    agencies, all_named = unpack_unlisted_agencies(packed, dictionary)
    return Disclosures(listed, total - filled, agencies, all_named)


def divide(
    disclosures: Iterable[Disclosure], listed_first: Collection[str]
) -> tuple[tuple[Disclosure, ...], tuple[Disclosure, ...]]:
    """Return the eight disclosures that an answer lists, and the others, both by date.

    Those to an agency of `listed_first` are listed before any other, then the oldest.
    """
    ordered = sorted(disclosures, key=lambda one: (one.agency not in listed_first, one))
    return tuple(sorted(ordered[:SLOTS])), tuple(sorted(ordered[SLOTS:]))


def pack_unlisted_agencies(found: Disclosures, dictionary: Dictionary) -> int:
    """Return 32 bits that say which agencies received what is not listed."""
    positions = [dictionary.positions["agencies"][agency] for agency in found.unlisted_agencies]
    packed = sum(1 << at for at in positions if 1 << at < _NOT_ALL_NAMED)
    if not found.all_agencies_known or any(1 << at >= _NOT_ALL_NAMED for at in positions):
        packed |= _NOT_ALL_NAMED
    return packed


def unpack_unlisted_agencies(packed: int, dictionary: Dictionary) -> tuple[frozenset[str], bool]:
    """Return the agencies that 32 bits name, and whether these are all."""
    agencies = frozenset(agency for at, agency in enumerate(dictionary.agencies[:31]) if packed & 1 << at)
    return agencies, not packed & _NOT_ALL_NAMED


def _encode_one(disclosure: Disclosure, dictionary: Dictionary) -> bytes:
    request = disclosure.request.encode()
    if len(request) > REQUEST_BYTES:
        request = b""
    return _SLOT.pack(
        (disclosure.answered_on - _EPOCH).days,
        dictionary.positions["agencies"][disclosure.agency],
        dictionary.positions["grounds"][disclosure.ground],
        dictionary.positions["offices"][disclosure.office],
        sum(1 << RELEASED.index(part) for part in disclosure.released),
        len(request),
        request,
    )


def _decode_one(plaintext: bytes, offset: int, dictionary: Dictionary) -> Disclosure:
    days, agency, ground, office, released, length, request = _SLOT.unpack_from(plaintext, offset)
    return Disclosure(
        answered_on=_EPOCH + timedelta(days=days),
        agency=dictionary.agencies[agency],
        office=readable(dictionary.offices[office]),
        released=tuple(part for bit, part in enumerate(RELEASED) if released & 1 << bit),
        ground=dictionary.grounds[ground],
        request=readable(request[:length].decode()),
    )
