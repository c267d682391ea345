"""The two codes on a letter: the answer, compressed, with a MAC, as characters of one alphabet.

One is short enough to type. It carries the day of the answer, how many sharings there are, who received
them, and of as many as fit the day, the agency and what was released. The other is in the square code (QR).
It carries everything that the letter says of the records, also offices, reasons and request numbers.

Both begin with 5 bytes: version, day of the answer (2 bytes, days since 2000-01-01), the first 2 bytes of
the edition's id. What follows is in mixed radix, as small as the edition's period and dictionary allow.
Both end with 10 bytes of HMAC-SHA256 over the edition's whole id and everything before.

Anyone who has a code can read what the letter must say. Letters of version 1 had one code, with
everything but the request numbers. They stay valid.
"""

import hmac
import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from hashlib import sha256

from resident_app.characters import plain, readable
from resident_app.register.disclosure import (
    RELEASED,
    SLOTS,
    Dictionary,
    Disclosure,
    Disclosures,
    pack_unlisted_agencies,
    unpack_unlisted_agencies,
)
from resident_app.register.edition import Edition

LONGEST_TYPED = 600
MOST_TYPED_CHARACTERS = 50
"""The most characters of the code that is made for typing: 59 with the spaces between its groups."""


class CodeScope(Enum):
    """What a code proves; also its version, the first byte."""

    WITHOUT_REQUESTS = 1
    """Everything but the request numbers: the one code of the first letters."""
    SUMMARY = 2
    """Who received what and when, without offices, reasons and request numbers: the code to type."""
    EVERYTHING = 3
    """Everything that the letter says of the records: the square code."""


_EPOCH = date(2000, 1, 1)
_HEADER = struct.Struct(">BH2s")
_TOTAL = struct.Struct(">H")
_UNLISTED = struct.Struct(">HI")
# 80 bits, the least that RFC 2104 (5) allows. A MAC can be tried only against this site, where a
# billion tries a second would take 38 million years: no rate limit is needed.
_MAC_BYTES = 10
_GROUP = 5
_Radices = dict[str, int]
_IN_ALL = ("day", "agency", "ground", "office", "released")
_IN_SUMMARY = ("day", "agency", "released")
_MOST_AGENCIES = 31
_SUMMARY_BITS = MOST_TYPED_CHARACTERS * 5 // 8 * 8 - 8 * (_HEADER.size + _MAC_BYTES)
_TOTALS = 1 << 16
_NOT_ALL_CARRIED = SLOTS + 1

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
    def scope(self) -> CodeScope:
        return CodeScope(self.contents[0])

    @property
    def edition_id_prefix(self) -> bytes:
        """The first 2 bytes of the edition's id."""
        prefix: bytes = _HEADER.unpack_from(self.contents)[2]
        return prefix

    def is_authentic(self, edition: Edition, key: bytes) -> bool:
        """Return whether the MAC is right for this edition."""
        return hmac.compare_digest(self.mac, _mac(self.contents, edition, key))

    def decode(self, edition: Edition, dictionary: Dictionary) -> tuple[date, Disclosures]:
        """Return the day of the answer, and what the code proves of its disclosures.

        What it does not prove is empty. Call it only for a code that `is_authentic`.
        """
        _, days, _ = _HEADER.unpack_from(self.contents)
        unpack = {
            CodeScope.WITHOUT_REQUESTS: _unpack_first_version,
            CodeScope.SUMMARY: _unpack_summary,
            CodeScope.EVERYTHING: _unpack_everything,
        }[self.scope]
        return _EPOCH + timedelta(days=days), unpack(self.contents[_HEADER.size :], edition, dictionary)

    def __str__(self) -> str:
        """Return the code in groups of five characters."""
        return " ".join(re.findall(f".{{1,{_GROUP}}}", self.characters))

    @property
    def characters(self) -> str:
        """The code without spaces."""
        whole = self.contents + self.mac
        value = int.from_bytes(whole, "big")
        positions = range(_characters_for(len(whole)) - 1, -1, -1)
        return "".join(_ALPHABET[value >> 5 * position & 31] for position in positions)


def make_code(
    scope: CodeScope,
    answered_on: date,
    found: Disclosures,
    edition: Edition,
    dictionary: Dictionary,
    key: bytes,
) -> LetterCode:
    """Return a code of an answer. It identifies nobody: equal answers of one day have one code."""
    pack = _pack_summary if scope is CodeScope.SUMMARY else _pack_everything
    header = _HEADER.pack(scope.value, (answered_on - _EPOCH).days, edition.id[:2])
    contents = header + pack(found, edition, dictionary)
    return LetterCode(contents, _mac(contents, edition, key))


def parse_code(typed: str) -> LetterCode:
    """Parse what was typed, in any case, with spaces, dashes and look-alikes. Raises NotALetterCode."""
    if len(typed) > LONGEST_TYPED:
        raise NotALetterCode
    characters = re.sub(r"[\s.-]", "", plain(typed)).upper().translate(_LOOK_ALIKES)
    length = len(characters) * 5 // 8
    if (
        not set(characters) <= set(_ALPHABET)
        or length < _HEADER.size + _TOTAL.size + _MAC_BYTES - 1
        or _characters_for(length) != len(characters)
    ):
        raise NotALetterCode
    value = 0
    for character in characters:
        value = value << 5 | _ALPHABET.index(character)
    if value >> 8 * (length - 1) not in [scope.value for scope in CodeScope]:
        raise NotALetterCode
    whole = value.to_bytes(length, "big")
    return LetterCode(whole[:-_MAC_BYTES], whole[-_MAC_BYTES:])


def _characters_for(length: int) -> int:
    return math.ceil(length * 8 / 5)


def _mac(contents: bytes, edition: Edition, key: bytes) -> bytes:
    return hmac.digest(key, edition.id + contents, sha256)[:_MAC_BYTES]


def _pack_summary(found: Disclosures, edition: Edition, dictionary: Dictionary) -> bytes:
    total = len(found.listed) + found.more
    radices = _radices(_IN_SUMMARY, edition, dictionary)
    if found.more or _bits([_NOT_ALL_CARRIED + 1, *[*radices.values()] * total]) > _SUMMARY_BITS:
        carried = _carried(total, radices, dictionary)
        rest = frozenset(one.agency for one in found.listed[carried:])
        left = replace(found, unlisted_agencies=found.unlisted_agencies | rest)
        head = [
            (_narrow(pack_unlisted_agencies(left, dictionary), dictionary), _agency_sets(dictionary)),
            (total, _TOTALS),
            (_NOT_ALL_CARRIED, _NOT_ALL_CARRIED + 1),
        ]
    else:
        carried, head = total, [(total, _NOT_ALL_CARRIED + 1)]
    return _packed([*_values(found.listed[:carried], radices, edition, dictionary), *head])


def _unpack_summary(contents: bytes, edition: Edition, dictionary: Dictionary) -> Disclosures:
    radices = _radices(_IN_SUMMARY, edition, dictionary)
    number, total = divmod(int.from_bytes(contents, "big"), _NOT_ALL_CARRIED + 1)
    if total < _NOT_ALL_CARRIED:
        return Disclosures(_unpacked(number, total, radices, edition, dictionary))
    number, total = divmod(number, _TOTALS)
    number, agencies = divmod(number, _agency_sets(dictionary))
    unlisted, all_known = unpack_unlisted_agencies(_widen(agencies, dictionary), dictionary)
    carried = _carried(total, radices, dictionary)
    listed = _unpacked(number, carried, radices, edition, dictionary)
    return Disclosures(listed, total - carried, unlisted, all_known)


def _carried(total: int, radices: _Radices, dictionary: Dictionary) -> int:
    """Return how many sharings the short code carries if it cannot carry all."""
    head = [_agency_sets(dictionary), _TOTALS, _NOT_ALL_CARRIED + 1]
    fitting = (
        many
        for many in range(min(total, SLOTS), 0, -1)
        if _bits([*head, *[*radices.values()] * many]) <= _SUMMARY_BITS
    )
    return next(fitting, 0)


def _agency_sets(dictionary: Dictionary) -> int:
    """Return how many sets of agencies there are, each once as complete and once as not complete."""
    return 1 << min(len(dictionary.agencies), _MOST_AGENCIES) + 1


def _narrow(packed: int, dictionary: Dictionary) -> int:
    """Return the 32 bits of a set of agencies in as few bits as the dictionary needs."""
    half = _agency_sets(dictionary) // 2
    return packed % half + (half if packed >> _MOST_AGENCIES else 0)


def _widen(narrowed: int, dictionary: Dictionary) -> int:
    is_not_complete, packed = divmod(narrowed, _agency_sets(dictionary) // 2)
    return packed | is_not_complete << _MOST_AGENCIES


def _pack_everything(found: Disclosures, edition: Edition, dictionary: Dictionary) -> bytes:
    """Return the total (2 bytes), the unlisted agencies (4), the listed disclosures, their request numbers.

    Each request number has its length before it (1 byte).
    """
    radices = _radices(_IN_ALL, edition, dictionary)
    requests = [disclosure.request.encode() for disclosure in found.listed]
    head = _UNLISTED.pack(len(found.listed) + found.more, pack_unlisted_agencies(found, dictionary))
    tail = b"".join(bytes([len(request)]) + request for request in requests)
    return head + _packed(_values(found.listed, radices, edition, dictionary)) + tail


def _unpack_everything(contents: bytes, edition: Edition, dictionary: Dictionary) -> Disclosures:
    radices = _radices(_IN_ALL, edition, dictionary)
    total, packed = _UNLISTED.unpack_from(contents)
    listed = min(total, SLOTS)
    end = _UNLISTED.size + _bytes([*radices.values()] * listed)
    number = int.from_bytes(contents[_UNLISTED.size : end], "big")
    found, tail = [], contents[end:]
    for disclosure in _unpacked(number, listed, radices, edition, dictionary):
        length, tail = tail[0], tail[1:]
        found.append(replace(disclosure, request=readable(tail[:length].decode())))
        tail = tail[length:]
    return Disclosures(tuple(found), total - listed, *unpack_unlisted_agencies(packed, dictionary))


def _unpack_first_version(contents: bytes, edition: Edition, dictionary: Dictionary) -> Disclosures:
    (total,) = _TOTAL.unpack_from(contents)
    listed = min(total, SLOTS)
    number = int.from_bytes(contents[_TOTAL.size :], "big")
    found = _unpacked(number, listed, _radices(_IN_ALL, edition, dictionary), edition, dictionary)
    return Disclosures(found, total - listed, all_agencies_known=listed == total)


def _values(
    listed: Sequence[Disclosure], radices: _Radices, edition: Edition, dictionary: Dictionary
) -> list[tuple[int, int]]:
    """Return the parts of each disclosure that have a radix, each with it."""
    values = []
    for disclosure in listed:
        parts = {
            "day": (disclosure.answered_on - edition.period_from).days,
            "agency": dictionary.positions["agencies"][disclosure.agency],
            "ground": dictionary.positions["grounds"][disclosure.ground],
            "office": dictionary.positions["offices"][disclosure.office],
            "released": sum(1 << RELEASED.index(part) for part in disclosure.released),
        }
        values += [(parts[name], radix) for name, radix in radices.items()]
    return values


def _packed(values: Sequence[tuple[int, int]]) -> bytes:
    number = 0
    for value, radix in values:
        number = number * radix + value
    return number.to_bytes(_bytes([radix for _, radix in values]), "big")


def _unpacked(
    number: int, listed: int, radices: _Radices, edition: Edition, dictionary: Dictionary
) -> tuple[Disclosure, ...]:
    """Return as many disclosures; parts without a radix are empty."""
    found: list[Disclosure] = []
    for _ in range(listed):
        values: dict[str, int] = {}
        for name, radix in reversed(radices.items()):
            number, values[name] = divmod(number, radix)
        found.append(
            Disclosure(
                answered_on=edition.period_from + timedelta(days=values["day"]),
                agency=dictionary.agencies[values["agency"]],
                office=readable(dictionary.offices[values["office"]]) if "office" in values else "",
                released=tuple(part for bit, part in enumerate(RELEASED) if values["released"] & 1 << bit),
                ground=dictionary.grounds[values["ground"]] if "ground" in values else "",
            )
        )
    return tuple(reversed(found))


def _bytes(radices: Sequence[int]) -> int:
    return (_bits(radices) + 7) // 8


def _bits(radices: Sequence[int]) -> int:
    return (math.prod(radices) - 1).bit_length()


def _radices(names: Sequence[str], edition: Edition, dictionary: Dictionary) -> _Radices:
    """Return how many values each part of a disclosure can have in this edition."""
    radices = {
        "day": (edition.period_to - edition.period_from).days + 1,
        "agency": len(dictionary.agencies),
        "ground": len(dictionary.grounds),
        "office": len(dictionary.offices),
        "released": 1 << len(RELEASED),
    }
    return {name: radices[name] for name in names}
