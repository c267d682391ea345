"""What an officer searches for, compared with what a request holds, in any script and any way of writing."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

FEWEST_DIGITS = 4
FEWEST_LETTERS = 2
_DIGITS_WITHIN = 7
"""So many digits are looked for anywhere in a number; fewer are its last ones."""
_REFERENCE_DIGITS = 16

_HAN_AND_KANA = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SPACE_BETWEEN = re.compile(rf"(?<=[{_HAN_AND_KANA}])\s+(?=[{_HAN_AND_KANA}])")
_NUMBER = re.compile(r"\+?\d[\d\s().\-/]{5,}\d")
_EXTENSION = re.compile(r"\s*(?:ext|extension|x)\.?\s*\d{1,6}$")
_TERM = re.compile(r'"([^"]+)"|(\S+)')
_VOICED = "\u3099\u309a"
"""They make other letters (が is not か), so they are not accents."""


def _same_letters() -> dict[int, str]:
    """Return what people write for the same letter, beyond what Unicode decomposes."""
    same = dict(zip(map(ord, "đłøıħŧ"), "dloiht", strict=True))
    same |= {ord("æ"): "ae", ord("œ"): "oe", ord("þ"): "th", ord("ð"): "d"}
    # Arabic: alef maqsura, teh marbuta, wasla, Persian kaf and yeh; the tatweel only stretches.
    same |= {0x649: "ي", 0x629: "ه", 0x671: "ا", 0x6A9: "ك", 0x6CC: "ي", 0x640: ""}
    # Amharic has letters that sound alike, and names are written with either.
    for first, kept, count in ((0x1210, 0x1200, 7), (0x1280, 0x1200, 7), (0x1220, 0x1230, 8)):
        same |= {first + step: chr(kept + step) for step in range(count)}
    for first, kept, count in ((0x12D0, 0x12A0, 7), (0x1340, 0x1338, 7)):
        same |= {first + step: chr(kept + step) for step in range(count)}
    # Katakana as hiragana.
    same |= {letter: chr(letter - 0x60) for letter in range(0x30A1, 0x30F7)}
    same |= {ord(mark): "'" for mark in "’‘ʼʻ`´＇"} | {ord(mark): '"' for mark in "“”„«»"}
    same |= {ord(mark): "-" for mark in "‐‑‒–—−"}
    return same


_SAME = _same_letters()


def folded(words: str) -> str:
    """Return words without case, accents, doubled spaces and invisible marks: Peña is found by pena.

    Digits of every script become 0 to 9.
    """
    plain = unicodedata.normalize("NFKD", words.casefold()).translate(_SAME)
    kept = "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
        for sign in plain
        if sign in _VOICED or not (unicodedata.combining(sign) or unicodedata.category(sign) == "Cf")
    )
    return _SPACE_BETWEEN.sub("", " ".join(kept.split()))


def digits_of(words: str) -> str:
    return "".join(filter(str.isdecimal, words))


def numbers_in(text: str) -> tuple[str, ...]:
    """Return the digits of what may be phone numbers in folded words."""
    return tuple(digits_of(found) for found in _NUMBER.findall(text))


class SearchField(Enum):
    """Where something was found, in words for the officer."""

    NUMBER = "request number"
    REFERENCE = "reference"
    NAME = "name"
    PHONE = "phone number"
    EMAIL = "email address"
    LEFT = "what the person left"
    ADDED = "what the person added"
    RECEIVED = "a message from the person"
    SENT = "a message to the person"
    NOTE = "a note of the office"
    ENTRY = "the timeline"


@dataclass(frozen=True, repr=False)
class SearchedWords:
    """Folded words, and the phone numbers in them."""

    field: SearchField
    text: str
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, field: SearchField, words: str) -> "SearchedWords":
        text = folded(words)
        return cls(field, text, numbers_in(text))


@dataclass(frozen=True, repr=False)
class SearchedRequest:
    """What can be searched of one request. `phone` and `reference` are digits alone, the rest is folded."""

    number: int
    reference: str
    name: str
    phone: str
    email: str
    words: tuple[SearchedWords, ...]


@dataclass(frozen=True, repr=False)
class SearchQuery:
    """What was typed: its terms, each of which must be found, or the digits of a number."""

    terms: tuple[str, ...]
    digits: str
    """Empty if there are letters, too."""

    @classmethod
    def parse(cls, typed: str) -> "SearchQuery":
        """Return the query for what was typed. SearchedWords in quotation marks are one term."""
        text = folded(typed)
        terms = tuple(term for term in (quoted or word for quoted, word in _TERM.findall(text)) if term)
        long_enough = terms if any(map(_is_long_enough, terms)) else ()
        number = _EXTENSION.sub("", text).removeprefix("#").strip()
        is_number = bool(number) and not any(sign.isalpha() or sign == "@" for sign in number)
        digits = digits_of(number) if is_number else ""
        if digits:
            # The digits are one number, however they are grouped.
            long_enough = (text,) if len(digits) >= FEWEST_DIGITS else ()
        return cls(long_enough, digits)

    @property
    def is_empty(self) -> bool:
        """Whether too little was typed to look for anything."""
        return not self.terms and not self.digits

    def fields(self, request: SearchedRequest) -> tuple[SearchField, ...]:
        """Return where a request has what is searched, the most telling field first; () if nowhere."""
        found = {*self._as_number(request), *self._as_words(request)}
        return tuple(field for field in SearchField if field in found)

    def _as_number(self, request: SearchedRequest) -> Iterator[SearchField]:
        if not self.digits:
            return
        if self.digits == str(request.number):
            yield SearchField.NUMBER
        if len(self.digits) < FEWEST_DIGITS:
            return
        if len(self.digits) == _REFERENCE_DIGITS and self.digits == request.reference:
            yield SearchField.REFERENCE
        ways = _ways_to_dial(self.digits)
        if any(_ends_or_holds(request.phone, way) for way in ways):
            yield SearchField.PHONE
        if len(self.digits) >= _DIGITS_WITHIN:
            for one in request.words:
                if any(_ends_or_holds(number, way) for number in one.numbers for way in ways):
                    yield one.field

    def _as_words(self, request: SearchedRequest) -> set[SearchField]:
        """Return the fields of the terms, if each of them is somewhere in the request."""
        every: set[SearchField] = set()
        whole = "".join(self.terms).replace(" ", "")
        if not self.digits and len(whole) > FEWEST_LETTERS and whole in request.name.replace(" ", ""):
            every.add(SearchField.NAME)
        found: set[SearchField] = set()
        for term in self.terms:
            with_term = set(_fields_with(term, request))
            if not with_term:
                return every
            found |= with_term
        return every | found


def _fields_with(term: str, request: SearchedRequest) -> Iterator[SearchField]:
    if term in request.name:
        yield SearchField.NAME
    if term in (request.email if "@" in term else request.email.partition("@")[0]):
        yield SearchField.EMAIL
    for one in request.words:
        if term in one.text:
            yield one.field


def _is_long_enough(term: str) -> bool:
    """One letter of a script without case can be a name: 李."""
    return len(term) >= FEWEST_LETTERS or unicodedata.category(term) == "Lo"


def _ways_to_dial(digits: str) -> tuple[str, ...]:
    """Return the digits as a number may be stored (E.164): without what is dialed before it."""
    ways = [digits]
    for way in ways:
        for dialed in ("011", "0", "1"):
            rest = way.removeprefix(dialed)
            if rest not in ways and len(rest) >= FEWEST_DIGITS:
                ways.append(rest)
    return tuple(ways)


def _ends_or_holds(number: str, digits: str) -> bool:
    return number.endswith(digits) or (len(digits) >= _DIGITS_WITHIN and digits in number)
