"""The physical lines of a text file, each with its place in bytes. Memory is bounded by one block."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from resident_app.register.sealing.errors import InputChanged
from resident_app.register.sealing.input_file import InputFile

LONGEST_LINE = 128 * 1024
"""Characters, as the csv module's own limit for a field."""

_BLOCK = 64 * 1024
# A \r at the end of a block may be half of \r\n: it waits for the next block.
_END = re.compile(r"\r\n|\n|\r(?=[^\n])")


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line with its end. `number` counts from 1, `offset` and `length` are bytes."""

    text: str
    number: int
    offset: int
    length: int
    whole: bool = True
    """False when the line is too long: `text` and `length` are then its beginning."""


def lines(file: BinaryIO, source: InputFile) -> Iterator[FileLine]:
    """Every line of `file`, which is open at its beginning; ends are \\n, \\r\\n or \\r.

    Raises InputChanged if it is no longer in the encoding that was found.
    """
    file.seek(source.start)
    place = _LineCursor(source)
    rest = ""
    try:
        for text in _texts(file, source.encoding):
            rest += text
            begin = 0
            for match in _END.finditer(rest):
                yield place.take(rest[begin : match.end()])
                begin = match.end()
            rest = place.skip_if_too_long(rest[begin:])
    except UnicodeDecodeError:
        raise InputChanged(f"{source.path}: was changed while it was being read") from None
    if rest or place.is_skipping:
        yield place.take(rest)


def _texts(file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    while block := file.read(_BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


class _LineCursor:
    """Where the next line begins, and what was already skipped of one that is too long."""

    def __init__(self, source: InputFile):
        self._encoding = source.encoding
        self._number = 1
        self._offset = source.start
        self._beginning = ""
        self._skipped = 0

    @property
    def is_skipping(self) -> bool:
        return self._skipped > 0

    def take(self, text: str) -> FileLine:
        whole = not self._beginning and len(text) <= LONGEST_LINE
        length = self._skipped + self._bytes(text)
        kept = text if whole else (self._beginning or text[:LONGEST_LINE])
        line = FileLine(kept, self._number, self._offset, length if whole else self._bytes(kept), whole)
        self._number += 1
        self._offset += length
        self._beginning, self._skipped = "", 0
        return line

    def skip_if_too_long(self, rest: str) -> str:
        """Forget all but the beginning of a line that has no end yet and is too long already."""
        if len(rest) <= LONGEST_LINE:
            return rest
        waiting = "\r" if rest.endswith("\r") else ""
        self._beginning = self._beginning or rest[:LONGEST_LINE]
        self._skipped += self._bytes(rest.removesuffix("\r"))
        return waiting

    def _bytes(self, text: str) -> int:
        if self._encoding == "cp1252":
            return len(text)
        if text.isascii():
            return len(text) * (1 if self._encoding == "utf-8" else 2)
        return len(text.encode(self._encoding))
