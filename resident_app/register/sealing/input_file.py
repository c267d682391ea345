"""An input file before its rows are read: its encoding, and the digest that it is known by."""

import codecs
import os
import stat
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from resident_app.register.sealing.errors import InputChanged, NotReadableFile

_PIECE = 1024 * 1024
_HEAD = 1024

_UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UNMARKED = ("utf-8", "cp1252")


@dataclass(frozen=True)
class InputFile:
    """A file that was read to its end once. `start` is the length of its byte order mark."""

    path: Path
    encoding: str
    start: int
    size: int
    modified: int
    digest: bytes

    def check_unchanged(self) -> None:
        """Raises InputChanged if the file was written to since it was inspected."""
        status = self.path.stat()
        if (status.st_size, status.st_mtime_ns) != (self.size, self.modified):
            raise InputChanged(f"{self.path}: was changed while it was being read")


def inspect(path: Path) -> InputFile:
    """Find the encoding of `path` and its SHA-256.

    A byte order mark decides; then NUL bytes at every second place (UTF-16 without a mark);
    then whether the whole file is UTF-8; what is not must be Windows-1252.
    Raises NotReadableFile.
    """
    try:
        with path.open("rb") as file:
            return _inspect(path, file)
    except OSError as error:
        raise NotReadableFile(f"{path}: {error.strerror}") from None


def _inspect(path: Path, file: BinaryIO) -> InputFile:
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise NotReadableFile(f"{path}: must be a regular file, for its rows are read twice")
    head = file.read(_HEAD)
    file.seek(0)
    if head.startswith(_UTF32_MARKS):
        raise NotReadableFile(f"{path}: is UTF-32; save it as UTF-8")
    candidates, start = _candidates(head)
    decoders = {name: codecs.getincrementaldecoder(name)() for name in candidates}
    digest = sha256()
    for piece in iter(partial(file.read, _PIECE), b""):
        digest.update(piece)
        _drop_those_that_fail(decoders, piece)
    _drop_those_that_fail(decoders, b"", final=True)
    if not decoders:
        expected = "UTF-8, UTF-16 or Windows-1252" if candidates == _UNMARKED else candidates[0].upper()
        raise NotReadableFile(f"{path}: is not text in {expected}")
    encoding = next(name for name in candidates if name in decoders)
    return InputFile(path, encoding, start, status.st_size, status.st_mtime_ns, digest.digest())


def _candidates(head: bytes) -> tuple[tuple[str, ...], int]:
    """The encodings that the file may be in, best first, and the length of its mark."""
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


def _drop_those_that_fail(
    decoders: dict[str, codecs.IncrementalDecoder], piece: bytes, final: bool = False
) -> None:
    for name in tuple(decoders):
        try:
            decoders[name].decode(piece, final)
        except UnicodeDecodeError:
            del decoders[name]
