"""Attempt limits: so many in any 24 hours, together over both doors and all processes.

A place is reserved before the work is done, so that concurrent requests cannot pass
a limit together, and given back if the attempt turns out not to count. A reservation that
nobody settles, because its process died, counts once it is a minute old.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import (
    Boolean,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    Row,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, writing
from resident_app.safeguards.daily_key import DailyKey

WINDOW = timedelta(hours=24)
UNSETTLED = timedelta(seconds=60)


class Attempt(Base):
    """One attempt under one limit. `counted` is keyed by the day; see daily_key."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_counted", "counted", "at"), Index("attempt_at", "at"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    reservation: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    counted: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[int] = mapped_column(Integer)
    """Seconds since 1970."""
    settled: Mapped[bool] = mapped_column(Boolean)


@dataclass(frozen=True, repr=False)
class Limit:
    """At most `most` attempts that count, for one `name` and one `purpose`, in 24 hours."""

    purpose: str
    name: str
    most: int


class Standing(Enum):
    """How a limit stands for whoever asks."""

    OPEN = "open"
    IN_FLIGHT = "in flight"
    """Attempts under way may use up the limit: ask again in a moment."""
    REACHED = "reached"


@dataclass(frozen=True)
class Reservation:
    """A place under every limit, if `standing` is open."""

    standing: Standing
    id: bytes = b""


class Attempts:
    """Counts attempts in the database under a daily key."""

    def __init__(self, engine: Engine, daily_key: DailyKey):
        self._engine = engine
        self._daily_key = daily_key

    def reserve(self, limits: Sequence[Limit], now: datetime) -> Reservation:
        """Take a place under each limit, or under none of them."""
        with writing(self._engine) as connection:
            buckets = [(limit, self._buckets(connection, limit, now)) for limit in limits]
            _take_turn(connection, [names[0] for _, names in buckets])
            standings = _standings(connection, buckets, now)
            for standing in (Standing.REACHED, Standing.IN_FLIGHT):
                if standing in standings:
                    return Reservation(standing)
            reservation = Reservation(Standing.OPEN, secrets.token_bytes(16))
            connection.execute(
                insert(Attempt),
                [
                    {
                        "reservation": reservation.id,
                        "counted": names[0],
                        "at": int(now.timestamp()),
                        "settled": False,
                    }
                    for _, names in buckets
                ],
            )
            return reservation

    def count(self, reservation: Reservation) -> None:
        """The attempt counts."""
        with writing(self._engine) as connection:
            connection.execute(
                update(Attempt).where(Attempt.reservation == reservation.id).values(settled=True)
            )

    def give_back(self, reservation: Reservation) -> None:
        """The attempt does not count."""
        with writing(self._engine) as connection:
            connection.execute(delete(Attempt).where(Attempt.reservation == reservation.id))

    def forget(self, now: datetime) -> None:
        """Remove what no longer counts, and the salts of past days."""
        with writing(self._engine) as connection:
            oldest = int((now - WINDOW).timestamp())
            connection.execute(delete(Attempt).where(Attempt.at <= oldest))
            self._daily_key.destroy_old(connection, now)

    def _buckets(self, connection: Connection, limit: Limit, now: datetime) -> tuple[bytes, ...]:
        return self._daily_key.under_each_salt(connection, now, f"{limit.purpose}|{limit.name}")


def _take_turn(connection: Connection, names: Sequence[bytes]) -> None:
    """One at a time for each name. SQLite has one writer anyway; PostgreSQL is asked for locks."""
    if connection.dialect.name == "postgresql":
        for name in sorted(names):
            key = int.from_bytes(name[:8], "big", signed=True)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _standings(
    connection: Connection, buckets: Sequence[tuple[Limit, tuple[bytes, ...]]], now: datetime
) -> list[Standing]:
    """How each limit stands."""
    since = int((now - WINDOW).timestamp())
    settled_by = int((now - UNSETTLED).timestamp())
    names = [name for _, each in buckets for name in each]
    rows = connection.execute(
        select(
            Attempt.counted,
            func.count().label("taken"),
            func.count().filter(or_(Attempt.settled, Attempt.at < settled_by)).label("counting"),
        )
        .where(Attempt.counted.in_(names), Attempt.at > since)
        .group_by(Attempt.counted)
    ).all()
    found = {row.counted: row for row in rows}
    return [_standing([found[name] for name in each if name in found], limit.most) for limit, each in buckets]


def _standing(rows: Sequence[Row[bytes, int, int]], most: int) -> Standing:
    if sum(row.counting for row in rows) >= most:
        return Standing.REACHED
    return Standing.IN_FLIGHT if sum(row.taken for row in rows) >= most else Standing.OPEN
