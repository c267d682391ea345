"""A CSV file as records: read once in order, and single records again by their byte offset."""

import csv
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from resident_app.register.sealing.input_file import (
    LONGEST_LINE,
    InputFile,
    InputLine,
    inspect_file,
    read_lines,
)
from resident_app.register.sealing.plan import InputChanged, UnreadableInput

ROSTER_COLUMNS = ("person", "card_number", "born_on", "issued_on")
DISCLOSURE_COLUMNS = ("person", "answered_on", "agency", "office", "released", "ground", "request")


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record of a CSV file. `line` counts from 1; `offset` and `length` are bytes."""

    text: str
    line: int
    offset: int
    length: int
    fields: Sequence[str] = ()
    problem: str = ""
    """Why the record has no fields."""


@dataclass(frozen=True)
class CsvColumns:
    """The positions of the wanted columns among `width` columns."""

    width: int
    positions: tuple[int, ...]

    def pick(self, fields: Sequence[str]) -> list[str]:
        """Return the wanted fields in the order of the contract, without surrounding space."""
        return [fields[position].strip() for position in self.positions]


@dataclass(frozen=True)
class CsvTable:
    """An open CSV file whose header was read."""

    source: InputFile
    columns: CsvColumns
    _descriptor: int

    def records(self) -> Iterator[CsvRecord]:
        """Yield every record after the header. Blank lines are skipped."""
        records = _read_records(self.source)
        next(records)
        yield from records

    def text_at(self, offset: int, length: int) -> str:
        """Return a record's text; safe on any thread. Raises InputChanged."""
        try:
            return os.pread(self._descriptor, length, offset).decode(self.source.encoding)
        except UnicodeDecodeError:
            raise self.changed() from None

    def fields_at(self, offset: int, length: int) -> list[str]:
        """Return the wanted fields of the record at `offset`. Raises InputChanged."""
        try:
            fields = next(csv.reader([self.text_at(offset, length)], strict=True))
            return self.columns.pick(fields)
        except (csv.Error, StopIteration, IndexError):
            raise self.changed() from None

    def changed(self) -> InputChanged:
        """Return the error to raise when a row is no longer what was indexed."""
        return InputChanged(f"{self.source.path}: was changed while it was being sealed")


@contextmanager
def open_table(path: Path, wanted: tuple[str, ...]) -> Iterator[CsvTable]:
    """Open a CSV file that has the `wanted` columns, in any order. Raises UnreadableInput."""
    source = inspect_file(path)
    columns = _find_columns(source, wanted)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield CsvTable(source, columns, descriptor)
    finally:
        os.close(descriptor)


def _find_columns(source: InputFile, wanted: tuple[str, ...]) -> CsvColumns:
    header = next(_read_records(source), None)
    if header is None:
        raise UnreadableInput(f"{source.path}: is empty; its first line should be {','.join(wanted)}")
    names = [_letters_and_digits(name) for name in header.fields]
    for name in wanted:
        count = names.count(_letters_and_digits(name))
        if count != 1:
            fault = "has more than one column" if count else "has no column"
            raise UnreadableInput(f"{source.path}: {fault} {name}")
    return CsvColumns(len(names), tuple(names.index(_letters_and_digits(name)) for name in wanted))


def _letters_and_digits(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


class _LineQueue:
    """The lines of a file, some of which can be put back."""

    def __init__(self, source: InputFile):
        self._lines = read_lines(source)
        self._returned: deque[InputLine] = deque()

    def next(self) -> InputLine | None:
        return self._returned.popleft() if self._returned else next(self._lines, None)

    def put_back(self, lines: Sequence[InputLine]) -> None:
        self._returned.extendleft(reversed(lines))


def _read_records(source: InputFile) -> Iterator[CsvRecord]:
    lines = _LineQueue(source)
    while (line := lines.next()) is not None:
        if not line.text.strip():
            continue
        if not line.complete:
            yield _broken(line, f"longer than {LONGEST_LINE:,} characters")
        elif "\x00" in line.text:
            yield _broken(line, "holds a NUL character")
        elif '"' in line.text:
            yield _quoted(line, lines)
        else:
            fields = line.text.rstrip("\r\n").split(",")
            yield CsvRecord(line.text, line.number, line.offset, line.length, fields)


def _quoted(first: InputLine, lines: _LineQueue) -> CsvRecord:
    """Read a record that may span several lines.

    If its quotes do not match, only its first line is broken. The lines after it are put back,
    so that one stray quote cannot swallow the rows of other people.
    """
    taken: list[InputLine] = []

    def feed() -> Iterator[str]:
        size, line = 0, first
        while True:
            taken.append(line)
            size += len(line.text)
            yield line.text
            following = lines.next()
            if following is None:
                return
            if (
                size + len(following.text) > LONGEST_LINE
                or not following.complete
                or "\x00" in following.text
            ):
                lines.put_back([following])
                return
            line = following

    try:
        fields = next(csv.reader(feed(), strict=True))
    except csv.Error:
        lines.put_back(taken[1:])
        return _broken(first, "its quotation marks do not match")
    text = "".join(line.text for line in taken)
    return CsvRecord(text, first.number, first.offset, sum(line.length for line in taken), fields)


def _broken(line: InputLine, problem: str) -> CsvRecord:
    return CsvRecord(line.text, line.number, line.offset, line.length, problem=problem)
