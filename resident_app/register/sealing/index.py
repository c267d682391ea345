"""Read both files once: every row becomes keyed hashes and a byte offset, or a reject."""

from dataclasses import dataclass

from sqlalchemy import Engine, insert

from resident_app.database import writing
from resident_app.register.disclosure import REQUEST_BYTES
from resident_app.register.sealing.csv_table import CsvRecord, CsvTable
from resident_app.register.sealing.plan import ProgressReporter
from resident_app.register.sealing.rows import (
    MOST_OFFICES,
    Rejected,
    RowRules,
    parse_disclosure_row,
    parse_roster_row,
    people_of_rejected,
    wanted_fields,
)
from resident_app.register.sealing.work_database import SealingJob
from resident_app.register.sealing.work_tables import (
    CardRow,
    DisclosureRow,
    RejectRow,
    UncertainPersonRow,
    WorkBase,
    WorkKeys,
)

_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class IndexSummary:
    """What is known only while reading: the sorted offices, and how many disclosures came too late."""

    offices: tuple[str, ...]
    after_cut_off: int


def index_files(
    engine: Engine,
    job: SealingJob,
    keys: WorkKeys,
    rules: RowRules,
    roster: CsvTable,
    disclosures: CsvTable,
    progress: ProgressReporter,
) -> IndexSummary:
    """Store every row of both files in the work database, in batches. Raises InputChanged."""
    batch = _Batch(engine, job.number)
    indexer = _Indexer(batch, keys, rules)
    total = roster.source.size + disclosures.source.size
    before = 0
    for table, index_record in ((roster, indexer.card), (disclosures, indexer.disclosure)):
        for record in table.records():
            index_record(record, table)
            if batch.is_full:
                batch.write()
                progress.update("reading", before + record.offset, total)
        table.source.check_unchanged()
        before += table.source.size
    batch.write()
    progress.update("reading", total, total)
    return IndexSummary(tuple(sorted(indexer.offices)), indexer.after_cut_off)


class _Batch:
    """Rows on their way to the work database: a few thousand in memory at most."""

    def __init__(self, engine: Engine, job: int):
        self._engine = engine
        self._job = job
        # In the order in which they are written.
        tables: tuple[type[WorkBase], ...] = (CardRow, DisclosureRow, UncertainPersonRow, RejectRow)
        self._rows: dict[type[WorkBase], list[dict[str, object]]] = {table: [] for table in tables}
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        return self._waiting >= _ROWS_AT_ONCE

    def add(self, table: type[WorkBase], record: CsvRecord, **values: object) -> None:
        """Add a row with the record's place in its file."""
        row = {"job": self._job, "line": record.line, **values}
        if table is not UncertainPersonRow:
            row |= {"offset": record.offset, "length": record.length}
        self._rows[table].append(row)
        self._waiting += 1

    def write(self) -> None:
        with writing(self._engine) as connection:
            for table, rows in self._rows.items():
                if rows:
                    connection.execute(insert(table), rows)
                    rows.clear()
        self._waiting = 0


class _Indexer:
    """Indexes one record after the other and counts what is not sealed."""

    def __init__(self, batch: _Batch, keys: WorkKeys, rules: RowRules):
        self._batch = batch
        self._keys = keys
        self._rules = rules
        self._seq = 0
        self.offices: set[str] = set()
        self.after_cut_off = 0

    def card(self, record: CsvRecord, table: CsvTable) -> None:
        self._seq += 1
        try:
            entry = parse_roster_row(wanted_fields(record, table.columns), self._rules)
        except Rejected as reason:
            self._batch.add(RejectRow, record, file="roster", reason=str(reason))
            return
        self._batch.add(
            CardRow,
            record,
            seq=self._seq,
            person=self._keys.person(entry.person),
            born=self._keys.born(entry.person, entry.facts),
            facts=self._keys.facts(entry.facts),
        )

    def disclosure(self, record: CsvRecord, table: CsvTable) -> None:
        self._seq += 1
        try:
            entry = parse_disclosure_row(wanted_fields(record, table.columns), self._rules)
            if not self._rules.is_before_cut_off(entry):
                self.after_cut_off += 1
                return
            self._add_office(entry.disclosure.office)
        except Rejected as reason:
            self._batch.add(RejectRow, record, file="disclosures", reason=str(reason))
            for person in people_of_rejected(record, table.columns):
                self._batch.add(UncertainPersonRow, record, person=self._keys.person(person))
            return
        self._batch.add(
            DisclosureRow,
            record,
            seq=self._seq,
            person=self._keys.person(entry.person),
            digest=self._keys.disclosure(entry),
            long_request=len(entry.disclosure.request.encode()) > REQUEST_BYTES,
        )

    def _add_office(self, office: str) -> None:
        """Remember an office. An envelope has two bytes for it. Raises Rejected."""
        if office not in self.offices and len(self.offices) == MOST_OFFICES:
            raise Rejected(f"there are more than {MOST_OFFICES:,} different offices")
        self.offices.add(office)
