"""What a translation must keep of its English: placeholders, numbers, tags, its end, spaces."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?.?")
EVERYWHERE = "everywhere"

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_NUMBER = re.compile(r"[0-9]+")
_LATIN = "A-Za-zªºÀ-ÖØ-öø-ɏḀ-ỿＡ-Ｚａ-ｚ"
_LATIN_RUN = re.compile(rf"[{_LATIN}]+")
_ENDS = ".?:!"
# What may follow the end of a sentence: closing marks, and marks of writing direction.
_AFTER_AN_END = ')）]»”」』"\u200e\u200f'
_PAIRS = [tuple(pair) for pair in ("()", "（）", "[]", "{}", "«»", "“”", "「」", "『』")]


class Allowed(BaseModel):
    """translations/allowed.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latin: dict[str, tuple[str, ...]]
    same_as_english: dict[str, tuple[str, ...]]

    def latin_of(self, code: str) -> tuple[str, ...]:
        """Return the Latin words that a language may have, the longest first."""
        words = (*self.latin.get(EVERYWHERE, ()), *self.latin.get(code, ()))
        return tuple(sorted(words, key=len, reverse=True))


def load_allowed(path: Path) -> Allowed:
    return Allowed.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def mistakes_of(source: str, text: str, punctuation: Mapping[str, str]) -> Iterator[str]:
    """Yield what a translation lost of its English, or has too much.

    `punctuation` has the language's own marks for English ones; empty for a mark that it does not write.
    """
    if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(source)):
        yield "other placeholders"
    if not set(_numbers(source)) <= set(_numbers(text)):
        yield "a number is missing"
    if sorted(_TAG.findall(text)) != sorted(_TAG.findall(source)):
        yield "other tags"
    end = _end(source, {})
    if _end(text, punctuation) not in (end, "" if punctuation.get(end) == "" else end):
        yield "another end"
    if _edges(text) != _edges(source):
        yield "other spaces at an end"
    if re.search(r"\s\s", text) and not re.search(r"\s\s", source):
        yield "two spaces"
    for opening, closing in _PAIRS:
        if text.count(opening) != text.count(closing):
            yield f"{opening} without {closing}"
    if text.count('"') % 2:
        yield 'one " alone'


def latin_in(text: str, allowed: tuple[str, ...]) -> tuple[list[str], set[str]]:
    """Return the runs of Latin letters that are not allowed, and the allowed words that were there."""
    used = set()
    text = PLACEHOLDER.sub(" ", text)
    for word in allowed:
        text, times = re.subn(rf"(?<![{_LATIN}]){re.escape(word)}(?![{_LATIN}])", " ", text)
        if times:
            used.add(word)
    return _LATIN_RUN.findall(text), used


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(PLACEHOLDER.sub(" ", text))


def _end(text: str, punctuation: Mapping[str, str]) -> str:
    """The English mark that a text ends with, or nothing. Full-width marks are the same marks (NFKC)."""
    last = unicodedata.normalize("NFKC", text.rstrip().rstrip(_AFTER_AN_END)[-1:])
    return next((end for end in _ENDS if last in (end, punctuation.get(end) or end)), "")


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
