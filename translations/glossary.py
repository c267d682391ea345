"""The glossary: the translation of each term, and whether a catalogue uses it."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from translations.wording import PLACEHOLDER


class _GlossaryEntry(BaseModel):
    """A term in glossary.toml. Every other key is the code of a language."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, tuple[str, ...]]

    english: tuple[str, ...]
    but_not: tuple[str, ...] = ()
    apart_from: str = ""


@dataclass(frozen=True)
class Term:
    """One term: its English phrases, and its words in each language."""

    name: str
    english: tuple[str, ...]
    but_not: tuple[str, ...]
    apart_from: str
    words: Mapping[str, tuple[str, ...]]

    def is_in(self, source: str) -> bool:
        """Return whether an English message uses the term."""
        return bool(self._wanted.search(self._without_others(source)))

    def _without_others(self, source: str) -> str:
        source = PLACEHOLDER.sub(" ", source)
        return self._other.sub(" ", source) if self.but_not else source

    @cached_property
    def _wanted(self) -> re.Pattern[str]:
        return whole_words(self.english)

    @cached_property
    def _other(self) -> re.Pattern[str]:
        return whole_words(self.but_not)


class Glossary:
    """Every term. It remembers which words it found, to report those that nothing uses."""

    def __init__(self, terms: Iterable[Term]):
        self._terms = {term.name: term for term in terms}
        self._met: set[tuple[str, str, str]] = set()

    def mistakes_of(self, code: str, source: str, text: str) -> Iterator[str]:
        """Yield the terms of an English message for which a translation uses other words."""
        used = {name for name, term in self._terms.items() if term.is_in(source)}
        for name in sorted(used):
            term = self._terms[name]
            if code not in term.words:
                yield f"glossary.toml has no words for {name!r}"
            elif not self._found(term, code, text):
                yield f"{name!r} is not called {' or '.join(term.words[code])}"
            other = term.apart_from
            if other and other not in used and self._found(self._terms[other], code, text):
                yield f"{name!r} is called what {other!r} is"

    def not_used(self, sources: Iterable[str]) -> Iterator[str]:
        """Yield English that no message has, and words that no catalogue had so far."""
        whole = "\n".join(PLACEHOLDER.sub(" ", source) for source in sources)
        for term in self._terms.values():
            for phrase in (*term.english, *term.but_not):
                if not whole_words([phrase]).search(whole):
                    yield f"{term.name}: not used: {phrase}"
            for code, words in term.words.items():
                for word in words:
                    if (term.name, code, word) not in self._met:
                        yield f"{term.name}: not used: {code}: {word}"

    def _found(self, term: Term, code: str, text: str) -> bool:
        met = [word for word in term.words.get(code, ()) if _pattern(word).search(text)]
        self._met.update((term.name, code, word) for word in met)
        return bool(met)


def load_glossary(path: Path) -> Glossary:
    """Read glossary.toml. Raises pydantic's ValidationError."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = TypeAdapter(dict[str, _GlossaryEntry]).validate_python(content)
    return Glossary(
        Term(name, entry.english, entry.but_not, entry.apart_from, entry.__pydantic_extra__)
        for name, entry in entries.items()
    )


def whole_words(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of English phrases as whole words, the longest first."""
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)


def _pattern(word: str) -> re.Pattern[str]:
    """A glossary's word: `*` is the rest of a word, `…` other words of the sentence."""
    escaped = re.escape(word).replace(re.escape("*"), r"\S*").replace(r"\ …\ ", r"\s(?:[^.。।።]*\s)?")
    return re.compile(escaped, re.IGNORECASE)
