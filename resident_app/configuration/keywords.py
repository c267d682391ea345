"""Keywords in text messages, in people's own words: config/keywords.toml.

A message is a keyword if it consists of one phrase, said once or more, and of courtesy. One word that is
neither makes it a message for a person, who can understand "please don't stop helping me". Two
phrases are not added up: of 不要 ("unneeded" in Japanese) and 停止 ("stop") Chinese makes "don't stop".
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from pydantic import RootModel, model_validator

from resident_app.configuration.sections import Section

_SOURCE, _OTHER = "en", "other"
_MOST_TOKENS = 40
# Scripts whose words are written together: each of their characters is a token of its own.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "KHMER", "THAI", "LAO")
_ARABIC_VOWELS = frozenset(map(chr, (0x640, *range(0x64B, 0x653))))
_WITH_ACCENTS = ("LATIN", "CYRILLIC", "ARABIC")

Token = str
Phrase = tuple[tuple[Token, Token], ...]
"""Each token as it is written, and without its accents."""


class Keyword(Enum):
    """What a text message tells us to do."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True)
class FoundKeyword:
    """`language` is that of the words, "" if it is not one of ours. `is_bare`: without courtesy."""

    keyword: Keyword
    language: str
    is_bare: bool


class KeywordWords(Section):
    """The phrases of one language."""

    stop: tuple[str, ...]
    start: tuple[str, ...]
    help: tuple[str, ...]
    courtesy: tuple[str, ...]

    @cached_property
    def phrases(self) -> Mapping[Keyword | None, tuple[Phrase, ...]]:
        """The phrases of each keyword; those of courtesy under None."""
        written = {
            Keyword.STOP: self.stop,
            Keyword.START: self.start,
            Keyword.HELP: self.help,
            None: self.courtesy,
        }
        return {keyword: tuple(map(_phrase, phrases)) for keyword, phrases in written.items()}


class Keywords(RootModel[dict[str, KeywordWords]]):
    """The words of every language, by its code, in the order of the file."""

    @model_validator(mode="after")
    def _each_phrase_means_one_thing(self) -> "Keywords":
        meant: dict[tuple[Token, ...], Keyword | None] = {}
        for code, words in self.root.items():
            for keyword, phrases in words.phrases.items():
                for phrase in phrases:
                    if not phrase:
                        raise ValueError(f"{code} has a phrase without a letter")
                    for written in zip(*phrase, strict=True):
                        if meant.setdefault(written, keyword) is not keyword:
                            raise ValueError(f"{code}: {' '.join(written)!r} means two things")
        return self

    @property
    def languages(self) -> frozenset[str]:
        """The codes of the languages that have words here."""
        return frozenset(self.root) - {_OTHER}

    def find(self, body: str) -> FoundKeyword | None:
        """Return the keyword that a text message consists of, or None: it is for a person."""
        tokens = tuple(_tokens(body))
        if not 0 < len(tokens) <= _MOST_TOKENS:
            return None
        if all(len(token) == 1 and _script(token) == "LATIN" for token in tokens):
            tokens = ("".join(tokens),)
        there = {
            entry
            for start, token in enumerate(tokens)
            for entry in self._index.get(token, ())
            if _begins(tokens[start:], entry.phrase)
        }
        for keyword in Keyword:
            if _consists_of(tokens, keyword, there):
                is_bare = any(one.keyword is keyword and len(one.phrase) == len(tokens) for one in there)
                return FoundKeyword(keyword, self._language_of(tokens, keyword, there), is_bare)
        return None

    def _language_of(self, tokens: tuple[Token, ...], keyword: Keyword, there: set["_Entry"]) -> str:
        """Return the first language whose words, and the English ones, explain a message; "" if none does."""
        for code in (_SOURCE, *self.root):
            if _consists_of(tokens, keyword, {entry for entry in there if entry.code in (code, _SOURCE)}):
                return "" if code == _OTHER else code
        return ""

    @cached_property
    def _index(self) -> Mapping[Token, Sequence["_Entry"]]:
        """Every phrase, by the tokens that it may begin with."""
        index: dict[Token, list[_Entry]] = {}
        for code, words in self.root.items():
            for keyword, phrases in words.phrases.items():
                for phrase in phrases:
                    for token in set(phrase[0]):
                        index.setdefault(token, []).append(_Entry(keyword, code, phrase))
        return index


@dataclass(frozen=True)
class _Entry:
    """A phrase of a language. `keyword` is None for courtesy."""

    keyword: Keyword | None
    code: str
    phrase: Phrase


def _consists_of(tokens: tuple[Token, ...], keyword: Keyword, there: Iterable[_Entry]) -> bool:
    """Return whether tokens can be cut into one phrase of a keyword, once or more, and courtesy."""
    courtesy = {entry.phrase for entry in there if entry.keyword is None}
    phrases = {entry.phrase for entry in there if entry.keyword is keyword}
    return any(_can_be_cut(tokens, phrase, courtesy) for phrase in phrases)


def _can_be_cut(tokens: tuple[Token, ...], keyword: Phrase, courtesy: set[Phrase]) -> bool:
    reached = {(0, False)}
    for start in range(len(tokens)):
        for has_keyword in (False, True):
            if (start, has_keyword) in reached:
                reached |= {
                    (start + len(phrase), has_keyword or phrase is keyword)
                    for phrase in (keyword, *courtesy)
                    if _begins(tokens[start:], phrase)
                }
    return (len(tokens), True) in reached


def _begins(tokens: tuple[Token, ...], phrase: Phrase) -> bool:
    return len(tokens) >= len(phrase) and all(
        token in written for token, written in zip(tokens, phrase, strict=False)
    )


def _phrase(words: str) -> Phrase:
    return tuple((token, _without_accents(token)) for token in _tokens(words))


def _tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text, or the characters of a script without spaces, without case and punctuation.

    A full-width letter is that letter (NFKC). Marks belong to the letter before them.
    """
    token = ""
    for character in unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()):
        kind = unicodedata.category(character)
        # Marks of direction and joiners are not seen; Arabic is written with short vowels or without.
        if kind == "Cf" or character in _ARABIC_VOWELS:
            continue
        is_mark = kind.startswith("M")
        if not is_mark and not kind.startswith(("L", "N")):
            yield from filter(None, [token])
            token = ""
            continue
        if is_mark and not token:
            continue
        if token and not is_mark and (_is_unspaced(character) or _is_unspaced(token[0])):
            yield token
            token = ""
        token += character
    yield from filter(None, [token])


def _is_unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_UNSPACED)


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _without_accents(token: Token) -> Token:
    """Return a word as it is written on a keyboard without its accents: đ is d, إ is ا."""
    if _script(token[0]) not in _WITH_ACCENTS:
        return token
    bare = "".join(
        letter for letter in unicodedata.normalize("NFD", token) if not unicodedata.combining(letter)
    )
    return unicodedata.normalize("NFC", bare.replace("đ", "d"))
