"""An input file as text: its encoding, its SHA-256, and its physical lines with their byte offsets."""

import codecs
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from resident_app.register.sealing.plan import InputChanged, UnreadableInput

LONGEST_LINE = 128 * 1024
"""Characters, as the csv module's own limit for a field."""
BLOCK_BYTES = 64 * 1024

_DIGEST_BLOCK_BYTES = 1024 * 1024
_HEAD_BYTES = 1024

# What a person may hand over in place of a CSV file, by its first bytes.
_OTHER_FILES = {
    b"PK\x03\x04": "is an Excel workbook; save it as CSV",
    b"\xd0\xcf\x11\xe0": "is an Excel workbook; save it as CSV",
    b"%PDF": "is a PDF; it should be a CSV file",
}
_UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UNMARKED = ("utf-8", "cp1252")
# A \r at the end of a block may be half of \r\n: it waits for the next block.
_LINE_END = re.compile(r"\r\n|\n|\r(?=[^\n])")


@dataclass(frozen=True)
class InputFile:
    """A file that was read to its end once. `start` is the length of its byte order mark."""

    path: Path
    encoding: str
    start: int
    size: int
    modified_ns: int
    sha256: bytes

    def check_unchanged(self) -> None:
        """Raise InputChanged if the file was written to since it was inspected."""
        status = self.path.stat()
        if (status.st_size, status.st_mtime_ns) != (self.size, self.modified_ns):
            raise InputChanged(f"{self.path}: was changed while it was being read")


@dataclass(frozen=True, slots=True)
class InputLine:
    """One line with its end. `number` counts from 1; `offset` and `length` are bytes."""

    text: str
    number: int
    offset: int
    length: int
    complete: bool = True
    """False when the line is too long: `text` and `length` then cover only its beginning."""


def inspect_file(path: Path) -> InputFile:
    """Find the encoding of `path` and its SHA-256.

    A byte order mark decides; then NUL bytes in every second position (UTF-16 without a mark);
    then whether the whole file is valid UTF-8; otherwise it must be Windows-1252.
    Raises UnreadableInput.
    """
    try:
        with path.open("rb") as file:
            return _inspect(path, file)
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}") from None


def read_lines(source: InputFile, block_bytes: int = BLOCK_BYTES) -> Iterator[InputLine]:
    """Yield every line of the file; a line ends with \\n, \\r\\n or \\r. Memory is bounded.

    Raises InputChanged if the file is no longer in the encoding that was found.
    """
    cursor = _LineCursor(source)
    rest = ""
    with source.path.open("rb") as file:
        file.seek(source.start)
        try:
            for text in _decoded_blocks(file, source.encoding, block_bytes):
                rest += text
                begin = 0
                for match in _LINE_END.finditer(rest):
                    yield cursor.take(rest[begin : match.end()])
                    begin = match.end()
                rest = cursor.skip_if_too_long(rest[begin:])
        except UnicodeDecodeError:
            raise InputChanged(f"{source.path}: was changed while it was being read") from None
    if rest or cursor.is_skipping:
        yield cursor.take(rest)


def _inspect(path: Path, file: BinaryIO) -> InputFile:
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableInput(f"{path}: must be a regular file, because its rows are read twice")
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    for first_bytes, fault in _OTHER_FILES.items():
        if head.startswith(first_bytes):
            raise UnreadableInput(f"{path}: {fault}")
    if head.startswith(_UTF32_MARKS):
        raise UnreadableInput(f"{path}: is UTF-32; save it as UTF-8")
    candidates, start = _candidate_encodings(head)
    decoders = {name: codecs.getincrementaldecoder(name)() for name in candidates}
    digest = sha256()
    for block in iter(partial(file.read, _DIGEST_BLOCK_BYTES), b""):
        digest.update(block)
        _drop_failing(decoders, block)
    _drop_failing(decoders, b"", final=True)
    if not decoders:
        expected = "UTF-8, UTF-16 or Windows-1252" if candidates == _UNMARKED else candidates[0].upper()
        raise UnreadableInput(f"{path}: is not text in {expected}")
    encoding = next(name for name in candidates if name in decoders)
    return InputFile(path, encoding, start, status.st_size, status.st_mtime_ns, digest.digest())


def _candidate_encodings(head: bytes) -> tuple[tuple[str, ...], int]:
    """Return the possible encodings, best first, and the length of the byte order mark."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return (encoding,), len(mark)
    pairs = len(head) // 2
    even, odd = head[: 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    # Headers, dates and card numbers are ASCII, so one byte of most pairs is zero.
    if odd > pairs * 0.4 and even < pairs * 0.1:
        return ("utf-16-le",), 0
    if even > pairs * 0.4 and odd < pairs * 0.1:
        return ("utf-16-be",), 0
    return _UNMARKED, 0


def _drop_failing(decoders: dict[str, codecs.IncrementalDecoder], block: bytes, final: bool = False) -> None:
    for name in tuple(decoders):
        try:
            decoders[name].decode(block, final)
        except UnicodeDecodeError:
            del decoders[name]


def _decoded_blocks(file: BinaryIO, encoding: str, block_bytes: int) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    while block := file.read(block_bytes):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


class _LineCursor:
    """The position of the next line, and how much of a line that is too long was skipped."""

    def __init__(self, source: InputFile):
        self._encoding = source.encoding
        self._number = 1
        self._offset = source.start
        self._beginning = ""
        self._skipped_bytes = 0

    @property
    def is_skipping(self) -> bool:
        return self._skipped_bytes > 0

    def take(self, text: str) -> InputLine:
        complete = not self._beginning and len(text) <= LONGEST_LINE
        length = self._skipped_bytes + self._byte_length(text)
        kept = text if complete else (self._beginning or text[:LONGEST_LINE])
        kept_length = length if complete else self._byte_length(kept)
        line = InputLine(kept, self._number, self._offset, kept_length, complete)
        self._number += 1
        self._offset += length
        self._beginning, self._skipped_bytes = "", 0
        return line

    def skip_if_too_long(self, rest: str) -> str:
        """Drop all but the beginning of a line that is too long and has no end yet."""
        if len(rest) <= LONGEST_LINE:
            return rest
        waiting = "\r" if rest.endswith("\r") else ""
        self._beginning = self._beginning or rest[:LONGEST_LINE]
        self._skipped_bytes += self._byte_length(rest.removesuffix("\r"))
        return waiting

    def _byte_length(self, text: str) -> int:
        if self._encoding == "cp1252":
            return len(text)
        if text.isascii():
            return len(text) * (1 if self._encoding == "utf-8" else 2)
        return len(text.encode(self._encoding))
