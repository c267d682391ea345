"""One row of either file as a typed value, or the reason why it is rejected.

A reason names the column and never repeats what stands in it: reasons are kept in the work
database. Which rows the *other* rows rule out is decided in `settle`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from resident_app.characters import readable
from resident_app.register.disclosure import RELEASED, Disclosure
from resident_app.register.facts import (
    Facts,
    NotACardNumber,
    NotADate,
    birth_date,
    issue_date,
    written_card_number,
)
from resident_app.register.sealing.csv_table import CsvColumns, CsvRecord

LONGEST_OFFICE = 120
MOST_OFFICES = 65_535

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


class Rejected(ValueError):
    """A row that is not sealed; the message is the reason that the rejects file gives."""


@dataclass(frozen=True)
class RosterCard:
    """A row of the roster."""

    person: str
    facts: Facts


@dataclass(frozen=True)
class DisclosureRow:
    """A row of the disclosures."""

    person: str
    disclosure: Disclosure


@dataclass(frozen=True)
class RowRules:
    """What a row may hold. `today` is the day on which the sealing began."""

    today: date
    period_from: date
    period_to: date
    cut_off: date
    agencies: frozenset[str]
    grounds: frozenset[str]

    def belongs(self, release: DisclosureRow) -> bool:
        """Whether a release belongs to an edition: those on and after the cut-off never do."""
        return release.disclosure.answered_on < self.cut_off


def wanted_fields(record: CsvRecord, columns: CsvColumns) -> list[str]:
    """The wanted fields of a record. Raises Rejected."""
    if record.problem:
        raise Rejected(record.problem)
    if len(record.fields) != columns.width:
        raise Rejected(f"has {len(record.fields)} fields where the header has {columns.width}")
    return columns.pick(record.fields)


def read_card(fields: Sequence[str], rules: RowRules) -> RosterCard:
    """A row of the roster. Raises Rejected."""
    person, card_number, born_on, issued_on = fields
    try:
        card = written_card_number(card_number)
    except NotACardNumber:
        raise Rejected("card_number cannot be a card number") from None
    try:
        born = birth_date(*_written_date(born_on, "born_on"), today=rules.today)
    except NotADate:
        raise Rejected("born_on cannot be a birth date") from None
    try:
        issued = issue_date(*_written_date(issued_on, "issued_on"), born=born, today=rules.today)
    except NotADate:
        raise Rejected("issued_on cannot be the day on which this card was issued") from None
    return RosterCard(_person(person), Facts(card, born, issued))


def read_release(fields: Sequence[str], rules: RowRules) -> DisclosureRow:
    """A row of the disclosures. Raises Rejected."""
    person, answered_on, agency, office, released, ground, request = fields
    year, month, day = _written_date(answered_on, "answered_on")
    try:
        answered = date(year, month, day)
    except ValueError:
        raise Rejected("answered_on is not a real day") from None
    if agency not in rules.agencies:
        raise Rejected("agency is not a code of config/codes.toml")
    if ground not in rules.grounds:
        raise Rejected("ground is not a code of config/codes.toml")
    if len(office) > LONGEST_OFFICE:
        raise Rejected(f"office is longer than {LONGEST_OFFICE} characters")
    for column, text in (("office", office), ("request", request)):
        if readable(text) != text:
            raise Rejected(f"{column} holds a character that cannot be shown")
    disclosure = Disclosure(answered, agency, office, _released(released), ground, request)
    release = DisclosureRow(_person(person), disclosure)
    if rules.belongs(release) and not rules.period_from <= answered <= rules.period_to:
        raise Rejected("answered_on is outside the period")
    return release


def people_of_rejected(record: CsvRecord, columns: CsvColumns) -> Iterator[str]:
    """Everyone whom a rejected disclosure may be about.

    A row with too many or too few fields is counted from both ends, and one that is no CSV, or
    that ran over several lines, is taken apart at its commas: to doubt one person too many is
    better than to tell one "not shared" whose row could not be read.
    """
    place = columns.positions[0]
    readings = [record.fields]
    lines = record.text.splitlines()
    if record.problem or len(record.fields) != columns.width or len(lines) > 1:
        readings += [line.split(",") for line in lines]
    found = {
        fields[position].strip(' \t\r\n"\xa0')
        for fields in readings
        for position in {place, len(fields) - columns.width + place}
        if 0 <= position < len(fields)
    }
    yield from found - {""}


def parse_date(text: str) -> date:
    """A day written YYYY-MM-DD or MM/DD/YYYY. Raises ValueError."""
    return date(*_written_date(text.strip(), "the date"))


def _written_date(text: str, column: str) -> tuple[int, int, int]:
    """Year, month, day as written. Raises Rejected."""
    if match := _ISO.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _AMERICAN.fullmatch(text):
        return int(match[3]), int(match[1]), int(match[2])
    raise Rejected(f"{column} is not a date like 2017-05-31 or 05/31/2017")


def _person(text: str) -> str:
    if not text:
        raise Rejected("person is empty")
    return text


def _released(text: str) -> tuple[str, ...]:
    parts = {part.strip() for part in text.split("+")}
    if not parts <= set(RELEASED):
        raise Rejected(f"released is not {', '.join(RELEASED)}, joined by +")
    return tuple(part for part in RELEASED if part in parts)
