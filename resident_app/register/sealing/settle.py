"""What only all rows together can tell: who is in conflict, who has no card, what stands twice.

Set-based SQL, so that memory stays flat however many rows there are. The last step lays out
the chunks and opens the job to every worker, in the same transaction.
"""

from dataclasses import asdict
from itertools import islice
from math import ceil
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
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
from sqlalchemy import String as Text
from sqlalchemy.orm import InstrumentedAttribute, aliased

from resident_app.register.sealing.job import SealingJob
from resident_app.register.sealing.plan import SealingCounts
from resident_app.register.sealing.work_tables import (
    CardRow,
    ChunkRow,
    DoubtRow,
    JobRow,
    RejectRow,
    ReleaseRow,
)

MOST_CARDS_IN_A_CHUNK = 64
_CHUNKS_FOR_EACH_WORKER = 32
"""With fewer, the last chunk of one worker would keep the others waiting."""

_ROWS_AT_ONCE = 1_000

_CONFLICT = "two persons have a card with this number, birth date and issue date"
_NO_CARD = "person has no accepted card in the roster"
_DOUBT = ("the disclosure on line ", " was rejected, so what was disclosed of this person is not known")


def settle(
    connection: Connection,
    job: SealingJob,
    dictionary: bytes,
    left_out: int,
    accept_rejects: bool,
    workers: int,
) -> None:
    """Reject and merge across rows, then open the job, unless its rejects are not accepted.

    Conflicts come first, so that both persons' rows are rejected however often they are
    repeated; merging comes last, so that every rejected line is listed.
    """
    _analyze(connection)
    _reject_conflicts(connection, job.number)
    if accept_rejects:
        _reject_doubtful(connection, job.number)
    _reject_without_card(connection, job.number)
    counts = SealingCounts(
        repeated_cards=_merge(connection, job.number, CardRow, CardRow.facts, CardRow.person),
        repeated_disclosures=_merge(connection, job.number, ReleaseRow, ReleaseRow.person, ReleaseRow.said),
        left_out=left_out,
        rejects=_count(connection, RejectRow.job == job.number),
        cards=_count(connection, CardRow.job == job.number),
        long_requests=_count(connection, and_(ReleaseRow.job == job.number, ReleaseRow.long_request)),
    )
    _lay_out_chunks(connection, job.number, counts.cards, workers)
    connection.execute(
        update(JobRow)
        .where(JobRow.number == job.number)
        .values(is_open=accept_rejects or not counts.rejects, dictionary=dictionary, counts=asdict(counts))
    )


def _analyze(connection: Connection) -> None:
    """Let the database know how many rows there are before it plans the joins over them.

    Without, SQLite walks all of a job's cards for every card.
    """
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


def _reject_doubtful(connection: Connection, job: int) -> None:
    first_line = (
        select(func.min(DoubtRow.line))
        .where(DoubtRow.job == CardRow.job, DoubtRow.person == CardRow.person)
        .scalar_subquery()
    )
    in_doubt = exists().where(DoubtRow.job == CardRow.job, DoubtRow.person == CardRow.person)
    reason = literal(_DOUBT[0]).concat(cast(first_line, Text)).concat(_DOUBT[1])
    _reject(connection, job, CardRow, in_doubt, reason)


def _reject_without_card(connection: Connection, job: int) -> None:
    has_card = exists().where(CardRow.job == ReleaseRow.job, CardRow.person == ReleaseRow.person)
    _reject(connection, job, ReleaseRow, ~has_card, literal(_NO_CARD))


def _reject(
    connection: Connection,
    job: int,
    table: type[CardRow] | type[ReleaseRow],
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
    table: type[CardRow] | type[ReleaseRow],
    *same: InstrumentedAttribute[Any],
) -> int:
    """Keep the first of rows that are the `same`; return how many went."""
    earlier = aliased(table)
    repeated = exists().where(
        earlier.job == table.job,
        *(getattr(earlier, column.key) == column for column in same),
        earlier.seq < table.seq,
    )
    return connection.execute(delete(table).where(table.job == job, repeated)).rowcount


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).where(which)).scalar_one()


def _lay_out_chunks(connection: Connection, job: int, cards: int, workers: int) -> None:
    size = min(MOST_CARDS_IN_A_CHUNK, max(1, ceil(cards / (workers * _CHUNKS_FOR_EACH_WORKER))))
    in_order = select(CardRow.seq).where(CardRow.job == job).order_by(CardRow.seq)
    streamed = connection.execute(in_order.execution_options(yield_per=_ROWS_AT_ONCE)).scalars()
    chunks = (
        {"job": job, "number": number, "first": seqs[0], "last": seqs[-1], "cards": len(seqs)}
        for number, seqs in enumerate(streamed.partitions(size))
    )
    while some := list(islice(chunks, _ROWS_AT_ONCE)):
        connection.execute(insert(ChunkRow), some)
