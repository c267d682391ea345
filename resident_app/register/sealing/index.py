"""The one reading of both files: every row becomes keyed hashes and a byte offset, or a reject."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, insert

from resident_app.database import writing
from resident_app.register.disclosure import REQUEST_BYTES
from resident_app.register.sealing.csv_table import CsvRecord, CsvTable
from resident_app.register.sealing.job import SealingJob
from resident_app.register.sealing.plan import Watcher
from resident_app.register.sealing.rows import (
    MOST_OFFICES,
    DisclosureRow,
    Rejected,
    RowRules,
    people_of_rejected,
    read_card,
    read_release,
    wanted_fields,
)
from resident_app.register.sealing.work_keys import WorkKeys
from resident_app.register.sealing.work_tables import CardRow, DoubtRow, RejectRow, ReleaseRow, WorkBase

_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Indexed:
    """What only the reading itself can tell. `offices` are sorted."""

    offices: tuple[str, ...]
    left_out: int


def index_files(
    engine: Engine,
    job: SealingJob,
    keys: WorkKeys,
    rules: RowRules,
    roster: CsvTable,
    disclosures: CsvTable,
    watcher: Watcher,
) -> Indexed:
    """Put every row of both files into the work database, in batches. Raises InputChanged."""
    batch = _Batch(engine, job.number)
    reading = _Reading(batch, keys, rules)
    total = roster.source.size + disclosures.source.size
    before = 0
    for table, read in ((roster, reading.card), (disclosures, reading.release)):
        for record in table.records():
            read(record, table)
            if batch.is_full:
                batch.write()
                watcher.at("reading", before + record.offset, total)
        table.source.check_unchanged()
        before += table.source.size
    batch.write()
    watcher.at("reading", total, total)
    return Indexed(tuple(sorted(reading.offices)), reading.left_out)


class _Batch:
    """Rows on their way to the work database; never more than a few thousand in memory."""

    def __init__(self, engine: Engine, job: int):
        self._engine = engine
        self._job = job
        self._rows: dict[type[WorkBase], list[dict[str, Any]]] = {
            table: [] for table in (CardRow, ReleaseRow, DoubtRow, RejectRow)
        }
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        return self._waiting >= _ROWS_AT_ONCE

    def add(self, table: type[WorkBase], record: CsvRecord, **values: object) -> None:
        place = {"line": record.line, "offset": record.offset, "length": record.length}
        if table is DoubtRow:
            place = {"line": record.line}
        self._rows[table].append({"job": self._job, **place, **values})
        self._waiting += 1

    def write(self) -> None:
        with writing(self._engine) as connection:
            for table, rows in self._rows.items():
                if rows:
                    connection.execute(insert(table), rows)
                    rows.clear()
        self._waiting = 0


class _Reading:
    """Reads one record after the other, and counts what is not sealed."""

    def __init__(self, batch: _Batch, keys: WorkKeys, rules: RowRules):
        self._batch = batch
        self._keys = keys
        self._rules = rules
        self._seq = 0
        self.offices: set[str] = set()
        self.left_out = 0

    def card(self, record: CsvRecord, table: CsvTable) -> None:
        self._seq += 1
        try:
            card = read_card(wanted_fields(record, table.columns), self._rules)
        except Rejected as reason:
            self._batch.add(RejectRow, record, file="roster", reason=str(reason))
            return
        self._batch.add(
            CardRow,
            record,
            seq=self._seq,
            person=self._keys.person(card.person),
            facts=self._keys.facts(card.facts),
        )

    def release(self, record: CsvRecord, table: CsvTable) -> None:
        self._seq += 1
        try:
            release = read_release(wanted_fields(record, table.columns), self._rules)
            if not self._rules.belongs(release):
                self.left_out += 1
                return
            self._note_office(release.disclosure.office)
        except Rejected as reason:
            self._batch.add(RejectRow, record, file="disclosures", reason=str(reason))
            for person in people_of_rejected(record, table.columns):
                self._batch.add(DoubtRow, record, person=self._keys.person(person))
            return
        self._add_release(record, release)

    def _add_release(self, record: CsvRecord, release: DisclosureRow) -> None:
        self._batch.add(
            ReleaseRow,
            record,
            seq=self._seq,
            person=self._keys.person(release.person),
            said=self._keys.release(release),
            long_request=len(release.disclosure.request.encode()) > REQUEST_BYTES,
        )

    def _note_office(self, office: str) -> None:
        """An envelope gives an office two bytes. Raises Rejected."""
        if office not in self.offices and len(self.offices) == MOST_OFFICES:
            raise Rejected(f"there are more than {MOST_OFFICES:,} different offices")
        self.offices.add(office)
