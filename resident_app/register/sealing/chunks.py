"""Chunks of cards in the work database: claimed under a lease, stored once.

A lease that ran out, because its machine died, lets anyone claim the chunk again. Sealing is
the same each time, so a chunk that two have sealed does no harm: the first one stored stays.
"""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, func, or_, select, update

from resident_app.database import reading, writing
from resident_app.register.sealing.work_tables import ChunkRow

_PATIENCE_SECONDS = 20.0
"""When nothing else is left, a chunk that another process has held this long is done twice."""


@dataclass(frozen=True)
class Chunk:
    """Cards with `first` <= seq <= `last`, `cards` of them."""

    number: int
    first: int
    last: int
    cards: int


class Chunks:
    """A job's chunks as one process sees them. Any thread may call any method."""

    def __init__(self, engine: Engine, job: int, lease_seconds: float):
        self._engine = engine
        self._job = job
        self._lease = lease_seconds
        self._owner = secrets.token_hex(8)

    def claim(self) -> Chunk | None:
        """A chunk for the caller alone, for as long as the lease runs; None if there is none now."""
        with writing(self._engine) as connection:
            now = _now(connection)
            free = or_(ChunkRow.lease_until.is_(None), ChunkRow.lease_until <= now)
            late = and_(
                ChunkRow.owner != self._owner,
                ChunkRow.lease_until <= now + self._lease - _PATIENCE_SECONDS,
            )
            for available in (free, late):
                row = self._claim(connection, available, until=now + self._lease)
                if row is not None:
                    return row
        return None

    def store(self, chunk: Chunk, sealed: bytes) -> None:
        """Keep a sealed chunk, unless another was first."""
        with writing(self._engine) as connection:
            connection.execute(
                update(ChunkRow).where(self._left(), ChunkRow.number == chunk.number).values(sealed=sealed)
            )

    def give_back(self) -> None:
        """End this process's leases, so that no one has to wait for them."""
        with writing(self._engine) as connection:
            connection.execute(
                update(ChunkRow)
                .where(self._left(), ChunkRow.owner == self._owner)
                .values(owner=None, lease_until=None)
            )

    def cards_left(self) -> int:
        """How many cards are in chunks that are not sealed yet."""
        with reading(self._engine) as connection:
            left = connection.execute(
                select(func.coalesce(func.sum(ChunkRow.cards), 0)).where(self._left())
            ).scalar_one()
        return int(left)

    def others_are_at_work(self) -> bool:
        """Whether there is a chunk left that this process does not hold itself."""
        not_mine = or_(ChunkRow.owner.is_(None), ChunkRow.owner != self._owner)
        with reading(self._engine) as connection:
            return bool(connection.execute(select(exists().where(self._left(), not_mine))).scalar_one())

    def sealed(self) -> Iterator[tuple[int, bytes]]:
        """Every sealed chunk's number and contents."""
        with reading(self._engine) as connection:
            rows = connection.execution_options(yield_per=32).execute(
                select(ChunkRow.number, ChunkRow.sealed)
                .where(ChunkRow.job == self._job, ChunkRow.sealed.is_not(None))
                .order_by(ChunkRow.number)
            )
            for number, sealed in rows:
                assert sealed is not None
                yield number, sealed

    def _claim(self, connection: Connection, available: ColumnElement[bool], until: float) -> Chunk | None:
        candidate = (
            select(ChunkRow.number)
            .where(self._left(), available)
            .order_by(ChunkRow.number)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        row = connection.execute(
            update(ChunkRow)
            .where(ChunkRow.job == self._job, ChunkRow.number == candidate)
            .values(owner=self._owner, lease_until=until)
            .returning(ChunkRow.number, ChunkRow.first, ChunkRow.last, ChunkRow.cards)
        ).one_or_none()
        return None if row is None else Chunk(*row)

    def _left(self) -> ColumnElement[bool]:
        return and_(ChunkRow.job == self._job, ChunkRow.sealed.is_(None))


def _now(connection: Connection) -> float:
    """Seconds since 1970; by the database's clock where machines share one."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())
    return time.time()
