"""Parse one row of either file into a typed value, or reject it with a reason.

A reason names the column and never repeats its contents, because the work database stores reasons.
Rows that conflict with other rows are rejected in `reconcile`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from resident_app.characters import readable
from resident_app.register.disclosure import OFFICE_CHARACTERS, RELEASED, Disclosure
from resident_app.register.facts import (
    Facts,
    NotACardNumber,
    NotADate,
    birth_date,
    issue_date,
    written_card_number,
)
from resident_app.register.sealing.csv_table import CsvColumns, CsvRecord

MOST_OFFICES = 65_535

# Spreadsheets and databases add midnight to a date.
_MIDNIGHT = r"(?:[ T](?:00?:00(?::00(?:\.0+)?)?Z?|12:00(?::00)? ?AM))?"
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})" + _MIDNIGHT, re.IGNORECASE)
_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})" + _MIDNIGHT, re.IGNORECASE)

# What a spreadsheet makes of a long number, and what programs write for "nothing": neither names a person.
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?E[+-]?[0-9]+", re.IGNORECASE)
_NULL_WORDS = frozenset(
    [
        *("null", "(null)", "nan", "none", "nil", "na", "n/a", "undefined", "unknown", "-", "--", "?", "."),
        *("#n/a", "#null!", "#value!", "#ref!", "#name?", "#num!", "#div/0!"),
    ]
)


class Rejected(ValueError):
    """A row that cannot be sealed. The message is the reason in the rejects file."""


@dataclass(frozen=True)
class RosterEntry:
    """A parsed row of the roster."""

    person: str
    facts: Facts


@dataclass(frozen=True)
class DisclosureEntry:
    """A parsed row of the disclosures."""

    person: str
    disclosure: Disclosure


@dataclass(frozen=True)
class RowRules:
    """What a valid row may contain. `today` is the day on which the sealing began."""

    today: date
    period_from: date
    period_to: date
    cut_off: date
    agencies: frozenset[str]
    grounds: frozenset[str]

    def is_before_cut_off(self, entry: DisclosureEntry) -> bool:
        """Return whether the disclosure may belong to an edition."""
        return entry.disclosure.answered_on < self.cut_off


def wanted_fields(record: CsvRecord, columns: CsvColumns) -> list[str]:
    """Return the wanted fields of a record. Raises Rejected."""
    if record.problem:
        raise Rejected(record.problem)
    if len(record.fields) != columns.width:
        raise Rejected(f"has {len(record.fields)} fields where the header has {columns.width}")
    return columns.pick(record.fields)


def parse_roster_row(fields: Sequence[str], rules: RowRules) -> RosterEntry:
    """Parse the fields of a roster row. Raises Rejected."""
    person, card_number, born_on, issued_on = fields
    try:
        card = written_card_number(card_number)
    except NotACardNumber:
        raise Rejected("card_number cannot be a card number") from None
    try:
        born = birth_date(*_parse_date_parts(born_on, "born_on"), today=rules.today)
    except NotADate:
        raise Rejected("born_on cannot be a birth date") from None
    try:
        issued = issue_date(*_parse_date_parts(issued_on, "issued_on"), born=born, today=rules.today)
    except NotADate:
        raise Rejected("issued_on cannot be the day on which this card was issued") from None
    return RosterEntry(_require_person(person), Facts(card, born, issued))


def parse_disclosure_row(fields: Sequence[str], rules: RowRules) -> DisclosureEntry:
    """Parse the fields of a disclosure row. Raises Rejected."""
    person, answered_on, agency, office, released, ground, request = fields
    year, month, day = _parse_date_parts(answered_on, "answered_on")
    try:
        answered = date(year, month, day)
    except ValueError:
        raise Rejected("answered_on is not a real day") from None
    if agency not in rules.agencies:
        raise Rejected("agency is not a code of config/codes.toml")
    if ground not in rules.grounds:
        raise Rejected("ground is not a code of config/codes.toml")
    if len(office) > OFFICE_CHARACTERS:
        raise Rejected(f"office is longer than {OFFICE_CHARACTERS} characters")
    for column, text in (("office", office), ("request", request)):
        if readable(text) != text:
            raise Rejected(f"{column} holds a character that cannot be shown")
    disclosure = Disclosure(answered, agency, office, _parse_released(released), ground, request)
    entry = DisclosureEntry(_require_person(person), disclosure)
    if rules.is_before_cut_off(entry) and not rules.period_from <= answered <= rules.period_to:
        raise Rejected("answered_on is outside the period")
    return entry


def people_of_rejected(record: CsvRecord, columns: CsvColumns) -> set[str]:
    """Return every person whom a rejected disclosure may be about.

    A row with too many or too few fields is counted from both ends. A row that is not valid CSV, or
    that spans several lines, is split at its delimiters. One person too many here is better than an
    answer of "not shared" for somebody whose row could not be read.
    """
    person_column = columns.positions[0]
    readings = [record.fields]
    lines = record.text.splitlines()
    if record.problem or len(record.fields) != columns.width or len(lines) > 1:
        readings += [line.split(columns.delimiter) for line in lines]
    people = {
        fields[position].strip(' \t\r\n"\xa0')
        for fields in readings
        for position in {person_column, len(fields) - columns.width + person_column}
        if 0 <= position < len(fields)
    }
    return people - {""}


def parse_date(text: str) -> date:
    """Parse YYYY-MM-DD or MM/DD/YYYY. Raises ValueError."""
    return date(*_parse_date_parts(text.strip(), "the date"))


def _parse_date_parts(text: str, column: str) -> tuple[int, int, int]:
    """Return year, month and day as written. Raises Rejected."""
    if match := _ISO.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _AMERICAN.fullmatch(text):
        return int(match[3]), int(match[1]), int(match[2])
    raise Rejected(f"{column} is not a date like 2017-05-31 or 05/31/2017")


def _require_person(text: str) -> str:
    if not text:
        raise Rejected("person is empty")
    if _SCIENTIFIC.fullmatch(text):
        raise Rejected("person is a number in scientific notation: a spreadsheet has cut its digits")
    if text.casefold() in _NULL_WORDS:
        raise Rejected("person is a word for nothing, such as NULL or #N/A")
    return text


def _parse_released(text: str) -> tuple[str, ...]:
    parts = {part.strip() for part in text.split("+")}
    if not parts <= set(RELEASED):
        raise Rejected(f"released is not {', '.join(RELEASED)}, joined by +")
    return tuple(part for part in RELEASED if part in parts)
