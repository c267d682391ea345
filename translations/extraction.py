"""Finds the words of config/codes.toml and organisations.toml (babel.messages.extract's interface)."""

import tomllib
from collections.abc import Iterator
from typing import IO, Any

_SAID_OF = {
    "agencies": "Phone. Page. An agency that got information.",
    "grounds": "Phone. Page. A reason that an agency gave; after the words 'The reason they gave'.",
    "released": "Phone. Page. Something that DOL gave to an agency; in a list.",
    "systems": "Records that an answer is based on; in a list.",
    "topics": "A choice under 'What is it about?'.",
    "times": "A choice under 'When is a good time to reach you?'.",
}


def toml_words(
    fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Line, function, message and comments of each word."""
    source = fileobj.read().decode()
    for text, said in _words(tomllib.loads(source)):
        line = source[: source.find(text)].count("\n") + 1
        yield line, None, text, [f"NOTE: {said}"]


def _words(tables: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each message with what is said of it."""
    for organisation in tables.pop("organisation", ()):
        if organisation.get("serves"):
            yield organisation["serves"], f"Whom {organisation['name']} helps, or with what."
    for table, words in tables.items():
        for text in words.values():
            yield text, _SAID_OF[table]
