"""A CSV file as records: read through once in order, and single ones again by their place."""

import csv
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from resident_app.register.sealing.errors import InputChanged, NotReadableFile
from resident_app.register.sealing.input_file import InputFile, inspect
from resident_app.register.sealing.lines import LONGEST_LINE, FileLine, lines

ROSTER = ("person", "card_number", "born_on", "issued_on")
DISCLOSURES = ("person", "answered_on", "agency", "office", "released", "ground", "request")


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record of a CSV file. `line` counts from 1, `offset` and `length` are bytes."""

    text: str
    line: int
    offset: int
    length: int
    fields: Sequence[str] = ()
    problem: str = ""
    """Why there are no fields to read."""


@dataclass(frozen=True)
class CsvColumns:
    """Where the wanted columns stand among `width` columns."""

    width: int
    positions: tuple[int, ...]

    def pick(self, fields: Sequence[str]) -> list[str]:
        """The wanted fields, in the order of the contract, without surrounding space."""
        return [fields[position].strip() for position in self.positions]


@dataclass(frozen=True)
class CsvTable:
    """An open CSV file whose header was read."""

    source: InputFile
    columns: CsvColumns
    _descriptor: int

    def records(self) -> Iterator[CsvRecord]:
        """Every record after the header. Blank lines are skipped."""
        found = _records(self.source)
        next(found)
        yield from found

    def text_at(self, offset: int, length: int) -> str:
        """A record's own text. Any thread may call it. Raises InputChanged."""
        try:
            return os.pread(self._descriptor, length, offset).decode(self.source.encoding)
        except UnicodeDecodeError:
            raise InputChanged(f"{self.source.path}: was changed while it was being sealed") from None

    def fields_at(self, offset: int, length: int) -> list[str]:
        """The wanted fields of the record at `offset`. Raises InputChanged."""
        try:
            fields = next(csv.reader([self.text_at(offset, length)], strict=True))
            return self.columns.pick(fields)
        except (csv.Error, StopIteration, IndexError):
            raise InputChanged(f"{self.source.path}: was changed while it was being sealed") from None


@contextmanager
def open_table(path: Path, wanted: tuple[str, ...]) -> Iterator[CsvTable]:
    """Open a CSV file with the `wanted` columns, in any order. Raises NotReadableFile."""
    source = inspect(path)
    columns = _columns(source, wanted)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield CsvTable(source, columns, descriptor)
    finally:
        os.close(descriptor)


def _columns(source: InputFile, wanted: tuple[str, ...]) -> CsvColumns:
    header = next(_records(source), None)
    if header is None:
        raise NotReadableFile(f"{source.path}: is empty; its first line should be {','.join(wanted)}")
    names = [_plain(name) for name in header.fields]
    for name in wanted:
        if names.count(_plain(name)) != 1:
            fault = "has no column" if _plain(name) not in names else "has more than one column"
            raise NotReadableFile(f"{source.path}: {fault} {name}")
    return CsvColumns(len(names), tuple(names.index(_plain(name)) for name in wanted))


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _records(source: InputFile) -> Iterator[CsvRecord]:
    with source.path.open("rb") as file:
        found = lines(file, source)
        held: deque[FileLine] = deque()
        following = partial(_following, found, held)
        while (line := following()) is not None:
            if not line.text.strip():
                continue
            if not line.whole:
                yield _broken(line, f"longer than {LONGEST_LINE:,} characters")
            elif "\x00" in line.text:
                yield _broken(line, "holds a NUL character")
            elif '"' in line.text:
                yield _quoted(line, found, held)
            else:
                yield CsvRecord(
                    line.text, line.number, line.offset, line.length, line.text.rstrip("\r\n").split(",")
                )


def _following(found: Iterator[FileLine], held: deque[FileLine]) -> FileLine | None:
    return held.popleft() if held else next(found, None)


def _quoted(first: FileLine, found: Iterator[FileLine], held: deque[FileLine]) -> CsvRecord:
    """A record that may go on over several lines.

    When its quotes do not match, only its first line is broken: the lines after it are given
    back, so that one stray quote cannot swallow the rows of other people.
    """
    taken: list[FileLine] = []

    def feed() -> Iterator[str]:
        size, line = 0, first
        while True:
            taken.append(line)
            size += len(line.text)
            yield line.text
            after = _following(found, held)
            if after is None:
                return
            if size + len(after.text) > LONGEST_LINE or not after.whole or "\x00" in after.text:
                held.appendleft(after)
                return
            line = after

    try:
        fields = next(csv.reader(feed(), strict=True))
    except csv.Error:
        held.extendleft(reversed(taken[1:]))
        return _broken(first, "its quotation marks do not match")
    return CsvRecord(
        "".join(line.text for line in taken),
        first.number,
        first.offset,
        sum(line.length for line in taken),
        fields,
    )


def _broken(line: FileLine, problem: str) -> CsvRecord:
    return CsvRecord(line.text, line.number, line.offset, line.length, problem=problem)
