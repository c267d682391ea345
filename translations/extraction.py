"""Finds the words of config/ for each domain (the interface of babel.messages.extract)."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from resident_app.configuration.codes import SPOKEN_TABLES

_NOTES = {
    "agencies": "An agency that got information.",
    "grounds": "A reason that an agency gave; after 'The reason they gave', or a sentence of its own.",
    "application_may_show": "Something that a license application may show; in a list.",
    "released": "Something that DOL gave to an agency; in a list.",
    "systems": "Records that an answer is based on; in a list.",
    "topics": "A choice under 'What is it about?'.",
    "times": "A choice under 'When is a good time to reach you?'.",
}

Found = Iterator[tuple[int, None, str, list[str]]]
"""Line, function, message and comments of each message."""
WordsWithNotes = Iterator[tuple[str, str]]
Words = Callable[[Mapping[str, Any]], WordsWithNotes]


def written_words(fileobj: IO[bytes], _keywords: object, _comment_tags: object, options: object) -> Found:
    """The words of config/codes.toml or organizations.toml that pages show."""
    return _words(fileobj, _written)


def spoken_words(fileobj: IO[bytes], _keywords: object, _comment_tags: object, options: object) -> Found:
    """The words of config/codes.toml that callers hear."""
    return _words(fileobj, _spoken)


def _words(fileobj: IO[bytes], words: Words) -> Found:
    source = fileobj.read().decode()
    for text, note in words(tomllib.loads(source)):
        line = source[: source.find(text)].count("\n") + 1
        yield line, None, text, [f"NOTE: {note}"]


def _written(content: Mapping[str, Any]) -> WordsWithNotes:
    for organization in content.get("organization", ()):
        if organization.get("serves"):
            yield organization["serves"], f"Whom {organization['name']} helps, or with what."
    for table, note in _NOTES.items():
        for text in content.get(table, {}).values():
            yield text, note


def _spoken(content: Mapping[str, Any]) -> WordsWithNotes:
    for table in SPOKEN_TABLES:
        spoken = content.get("spoken", {}).get(table, {})
        for code, text in content.get(table, {}).items():
            yield spoken.get(code, text), _NOTES[table]
