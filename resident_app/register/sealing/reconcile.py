"""Reject and merge rows that only make sense together, then open the job; and list what was rejected.

Set-based SQL, so that memory stays flat however many rows there are. Rejecting, merging, dividing
the cards into chunks and opening the job are one transaction.
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    String,
    and_,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from resident_app.characters import neutralize_formula
from resident_app.database import reading
from resident_app.register.sealing.csv_table import CsvTable
from resident_app.register.sealing.plan import SealingCounts
from resident_app.register.sealing.work_database import SealingJob
from resident_app.register.sealing.work_tables import (
    CardRow,
    ChunkRow,
    DisclosureRow,
    JobRow,
    RejectRow,
    UncertainPersonRow,
)

REJECTS_HEADER = ("file", "line", "reason", "row")
MOST_CARDS_IN_A_CHUNK = 64

_CHUNKS_PER_WORKER = 32
"""With fewer chunks, the last one would keep the other workers waiting for longer."""
_ROWS_AT_ONCE = 1_000

_CONFLICT = "two persons have a card with this number, birth date and issue date"
_TWO_BIRTH_DATES = "this person's cards have different birth dates, so the rows are not of one person"
_NO_CARD = "person has no accepted card in the roster"
_UNCERTAIN = (
    "the disclosure on line ",
    " was rejected, so what was disclosed of this person is not known",
)


def reconcile(
    connection: Connection,
    job: SealingJob,
    dictionary: bytes,
    after_cut_off: int,
    accept_rejects: bool,
    workers: int,
) -> None:
    """Reject and merge across rows, then open the job, unless it has rejects that are not accepted.

    Conflicts come first, so that the rows of both persons are rejected however often they are
    repeated. Merging comes last, so that every rejected line is listed.
    """
    _analyze(connection)
    _reject_conflicts(connection, job.number)
    _reject_two_birth_dates(connection, job.number)
    if accept_rejects:
        _reject_uncertain(connection, job.number)
    _reject_without_card(connection, job.number)
    counts = SealingCounts(
        repeated_cards=_merge(connection, job.number, CardRow, CardRow.facts, CardRow.person),
        repeated_disclosures=_merge(
            connection, job.number, DisclosureRow, DisclosureRow.person, DisclosureRow.digest
        ),
        after_cut_off=after_cut_off,
        rejects=_count(connection, RejectRow.job == job.number),
        cards=_count(connection, CardRow.job == job.number),
        long_requests=_count(connection, and_(DisclosureRow.job == job.number, DisclosureRow.long_request)),
    )
    _create_chunks(connection, job.number, counts.cards, workers)
    connection.execute(
        update(JobRow)
        .where(JobRow.number == job.number)
        .values(is_open=accept_rejects or not counts.rejects, dictionary=dictionary, counts=asdict(counts))
    )


def write_rejects(
    path: Path, engine: Engine, job: SealingJob, roster: CsvTable, disclosures: CsvTable
) -> None:
    """Write the job's rejects to `path`, mode 0600. If there are none, remove a file of an earlier run.

    The rows come from the input files, because the work database stores only their offsets.
    """
    if not job.counts.rejects:
        path.unlink(missing_ok=True)
        return
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REJECTS_HEADER)
        for name, table in (("roster", roster), ("disclosures", disclosures)):
            writer.writerows(_rejects(engine, job, name, table))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _analyze(connection: Connection) -> None:
    """Give the query planner row counts: without them, SQLite scans all of a job's cards for every card."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA analysis_limit=1000"))
    connection.execute(text("ANALYZE sealing_card"))
    connection.execute(text("ANALYZE sealing_disclosure"))


def _reject_conflicts(connection: Connection, job: int) -> None:
    of_two_persons = (
        select(CardRow.facts)
        .where(CardRow.job == job)
        .group_by(CardRow.facts)
        .having(func.count(CardRow.person.distinct()) > 1)
    )
    _reject(connection, job, CardRow, CardRow.facts.in_(of_two_persons), literal(_CONFLICT))


def _reject_two_birth_dates(connection: Connection, job: int) -> None:
    """Reject every row of a person whose cards disagree: a spreadsheet may have made one id of several."""
    people = (
        select(CardRow.person)
        .where(CardRow.job == job)
        .group_by(CardRow.person)
        .having(func.count(CardRow.born.distinct()) > 1)
    )
    for table in (DisclosureRow, CardRow):
        _reject(connection, job, table, table.person.in_(people), literal(_TWO_BIRTH_DATES))


def _reject_uncertain(connection: Connection, job: int) -> None:
    """Reject the cards of every person whom a rejected disclosure may be about."""
    same_person = (UncertainPersonRow.job == CardRow.job, UncertainPersonRow.person == CardRow.person)
    first_line = select(func.min(UncertainPersonRow.line)).where(*same_person).scalar_subquery()
    reason = literal(_UNCERTAIN[0]).concat(cast(first_line, String)).concat(_UNCERTAIN[1])
    _reject(connection, job, CardRow, exists().where(*same_person), reason)


def _reject_without_card(connection: Connection, job: int) -> None:
    has_card = exists().where(CardRow.job == DisclosureRow.job, CardRow.person == DisclosureRow.person)
    _reject(connection, job, DisclosureRow, ~has_card, literal(_NO_CARD))


def _reject(
    connection: Connection,
    job: int,
    table: type[CardRow] | type[DisclosureRow],
    which: ColumnElement[bool],
    reason: ColumnElement[str],
) -> None:
    """Move rows to the rejects."""
    file = literal("roster" if table is CardRow else "disclosures")
    connection.execute(
        insert(RejectRow).from_select(
            ["job", "file", "line", "offset", "length", "reason"],
            select(table.job, file, table.line, table.offset, table.length, reason).where(
                table.job == job, which
            ),
        )
    )
    rejected = exists().where(
        RejectRow.job == table.job, RejectRow.file == file, RejectRow.line == table.line
    )
    connection.execute(delete(table).where(table.job == job, rejected))


def _merge(
    connection: Connection,
    job: int,
    table: type[CardRow] | type[DisclosureRow],
    *same: InstrumentedAttribute[Any],
) -> int:
    """Keep the first of the rows that agree in the columns `same`; return how many were deleted."""
    earlier = aliased(table)
    repeated = exists().where(
        earlier.job == table.job,
        *(getattr(earlier, column.key) == column for column in same),
        earlier.seq < table.seq,
    )
    return connection.execute(delete(table).where(table.job == job, repeated)).rowcount


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).where(which)).scalar_one()


def _create_chunks(connection: Connection, job: int, cards: int, workers: int) -> None:
    size = min(MOST_CARDS_IN_A_CHUNK, max(1, ceil(cards / (workers * _CHUNKS_PER_WORKER))))
    in_order = select(CardRow.seq).where(CardRow.job == job).order_by(CardRow.seq)
    streamed = connection.execute(in_order.execution_options(yield_per=_ROWS_AT_ONCE)).scalars()
    chunks = (
        {"job": job, "number": number, "first": seqs[0], "last": seqs[-1], "cards": len(seqs)}
        for number, seqs in enumerate(streamed.partitions(size))
    )
    while batch := list(islice(chunks, _ROWS_AT_ONCE)):
        connection.execute(insert(ChunkRow), batch)


def _rejects(
    engine: Engine, job: SealingJob, name: str, table: CsvTable
) -> Iterator[tuple[str, int, str, str]]:
    with reading(engine) as connection:
        rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
            select(RejectRow.line, RejectRow.offset, RejectRow.length, RejectRow.reason)
            .where(RejectRow.job == job.number, RejectRow.file == name)
            .order_by(RejectRow.line)
        )
        for line, offset, length, reason in rows:
            yield (
                table.source.path.name,
                line,
                reason,
                neutralize_formula(table.text_at(offset, length).rstrip("\r\n")),
            )
