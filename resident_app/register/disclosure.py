"""Disclosures, and the encoding that puts a card's disclosures into exactly 256 bytes.

Header, 8 bytes: version, number of filled slots, total number of disclosures (2 bytes), zeros.
Then 8 slots of 31 bytes: day (2 bytes, days since 2000-01-01), agency (1),
ground (1), office (2), released (1), length of the request number (1), request number (23).
Agency, ground and office are positions in the edition's dictionary.
"""

import struct
from collections.abc import Sequence
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

_VERSION = 1
_EPOCH = date(2000, 1, 1)
_HEADER = struct.Struct(">BBH4x")
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


@dataclass(frozen=True)
class Dictionary:
    """The words that an edition's envelopes refer to by position."""

    agencies: tuple[str, ...]
    grounds: tuple[str, ...]
    offices: tuple[str, ...]

    @cached_property
    def positions(self) -> dict[str, dict[str, int]]:
        """The position of each word, by list and word. An edition may name thousands of offices."""
        lists = {"agencies": self.agencies, "grounds": self.grounds, "offices": self.offices}
        return {name: {word: at for at, word in enumerate(words)} for name, words in lists.items()}


def encode(disclosures: Sequence[Disclosure], dictionary: Dictionary, more: int = 0) -> bytes:
    """Encode any number of disclosures, also none, into 256 bytes.

    The first eight by date are written out; the others are counted, together with `more` that
    the caller does not have. A request number longer than 23 bytes of UTF-8 is left out.
    """
    listed = sorted(disclosures)[:SLOTS]
    slots = b"".join(_encode_one(disclosure, dictionary) for disclosure in listed)
    header = _HEADER.pack(_VERSION, len(listed), min(len(disclosures) + more, 0xFFFF))
    return (header + slots).ljust(PLAINTEXT_BYTES, b"\x00")


def decode(plaintext: bytes, dictionary: Dictionary) -> Disclosures:
    """Decode what `encode` returned. Raises UnknownPlaintext."""
    if len(plaintext) != PLAINTEXT_BYTES or plaintext[0] != _VERSION:
        raise UnknownPlaintext
    _, filled, total = _HEADER.unpack_from(plaintext)
    listed = tuple(
        _decode_one(plaintext, _HEADER.size + slot * _SLOT.size, dictionary) for slot in range(filled)
    )
    return Disclosures(listed, more=total - filled)


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
