"""A CSV file as records: read once in order, and single records again by their byte offset."""

import csv
import os
import re
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
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
DISCLOSURE_COLUMNS = ("person", "answered_on", "agency", "office", "released", "ground", "request")

# Excel's own line that names the delimiter.
_SEP_LINE = re.compile(r"\s*\"?sep=([,;\t])\"?\s*", re.IGNORECASE)
_BLANK = ' \t\r\n"\xa0\ufeff'


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
    delimiter: str = ","

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
        records = _read_records(self.source, self.columns.delimiter)
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
            text = self.text_at(offset, length)
            fields = next(csv.reader([text], strict=True, delimiter=self.columns.delimiter))
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
    """Find the delimiter under which the header has every wanted column once. Raises UnreadableInput."""
    first = next(read_lines(source), None)
    declared = _SEP_LINE.fullmatch(first.text) if first is not None else None
    fault, most = "", -1
    for delimiter in [declared[1]] if declared else DELIMITERS:
        header = next(_read_records(source, delimiter), None)
        if header is None:
            raise UnreadableInput(f"{source.path}: is empty; its first line should be {','.join(wanted)}")
        names = [_letters_and_digits(name) for name in header.fields]
        counts = {name: names.count(_letters_and_digits(name)) for name in wanted}
        if all(count == 1 for count in counts.values()):
            positions = tuple(names.index(_letters_and_digits(name)) for name in wanted)
            return CsvColumns(len(names), positions, delimiter)
        found = sum(count > 0 for count in counts.values())
        if found > most:
            most, fault = found, _fault_of(counts, delimiter, header.text)
    raise UnreadableInput(f"{source.path}: {fault}")


def _fault_of(counts: dict[str, int], delimiter: str, header: str) -> str:
    """Say what is wrong with a header, and with which delimiter it was read."""
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        return f"has more than one column {twice[0]}"
    missing = [name for name, count in counts.items() if not count]
    if len(missing) < len(counts):
        return f"has no column {missing[0]} (it seems to be {DELIMITERS[delimiter]}-separated)"
    other = next((sign for sign in "|:" if header.count(sign) >= len(counts) - 1), "")
    if other:
        return f"its columns seem to be separated by {other} ; save it with commas, semicolons or tabs"
    return f"its first line is not a header; it should be {','.join(counts)}"


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


def _read_records(source: InputFile, delimiter: str) -> Iterator[CsvRecord]:
    """Yield every record; a `sep=` line, blank lines and rows of empty fields are skipped."""
    lines = _LineQueue(source)
    while (line := lines.next()) is not None:
        if not line.text.strip(_BLANK + delimiter) or (line.number == 1 and _SEP_LINE.fullmatch(line.text)):
            continue
        if not line.complete:
            yield _broken(line, f"longer than {LONGEST_LINE:,} characters")
        elif "\x00" in line.text:
            yield _broken(line, "holds a NUL character")
        elif '"' in line.text:
            yield _quoted(line, lines, delimiter)
        else:
            fields = line.text.rstrip("\r\n").split(delimiter)
            yield CsvRecord(line.text, line.number, line.offset, line.length, fields)


def _quoted(first: InputLine, lines: _LineQueue, delimiter: str) -> CsvRecord:
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
        fields = next(csv.reader(feed(), strict=True, delimiter=delimiter))
    except csv.Error:
        lines.put_back(taken[1:])
        return _broken(first, "its quotation marks do not match")
    text = "".join(line.text for line in taken)
    return CsvRecord(text, first.number, first.offset, sum(line.length for line in taken), fields)


def _broken(line: InputLine, problem: str) -> CsvRecord:
    return CsvRecord(line.text, line.number, line.offset, line.length, problem=problem)
