"""Rate limits: at most so many attempts in any 24 hours, counted over all origins and processes together.

An attempt is reserved before the work is done, so that concurrent requests cannot pass a limit together. It
is given back if it turns out not to count. If a process dies before it settles a reservation, the reservation
counts once it is a minute old.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, deciding, lock_names, writing
from resident_app.security.capacity import Overloaded
from resident_app.security.daily_key import DailyKey

WINDOW = timedelta(hours=24)
UNSETTLED = timedelta(seconds=60)


class AttemptRow(Base):
    """One attempt under one limit. `counted` is the limit's name under that day's key (`daily_key`)."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_counted", "counted", "at"), Index("attempt_at", "at"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    reservation: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    counted: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[int] = mapped_column(Integer)
    """Seconds since 1970."""
    settled: Mapped[bool] = mapped_column(Boolean)


# Built once, because building a statement takes longer than running it.
_INSERT = insert(AttemptRow)
_STATES = (
    select(
        AttemptRow.counted,
        func.count().label("reserved"),
        func.count()
        .filter(or_(AttemptRow.settled, AttemptRow.at < bindparam("settled_by")))
        .label("counting"),
    )
    .where(AttemptRow.counted.in_(bindparam("names", expanding=True)), AttemptRow.at > bindparam("since"))
    .group_by(AttemptRow.counted)
)
_COUNT = update(AttemptRow).where(AttemptRow.reservation == bindparam("reserved")).values(settled=True)
_GIVE_BACK = delete(AttemptRow).where(AttemptRow.reservation == bindparam("reserved"))
_FORGET = delete(AttemptRow).where(AttemptRow.at <= bindparam("oldest"))


@dataclass(frozen=True, repr=False)
class RateLimit:
    """At most `most` attempts that count, for one `name` and one `purpose`, in 24 hours."""

    purpose: str
    name: str
    most: int


class LimitState(Enum):
    """Whether a limit allows one more attempt now."""

    OPEN = "open"
    IN_FLIGHT = "in flight"
    """Unsettled attempts may use up the limit. Ask again in a moment."""
    REACHED = "reached"


@dataclass(frozen=True)
class Reservation:
    """One attempt under every limit that was asked for, if `state` is open; else nothing is reserved."""

    state: LimitState
    id: bytes = b""


class RateLimiter:
    """Counts attempts in the database, under names that only the daily key can produce."""

    def __init__(self, engine: Engine, daily_key: DailyKey):
        self._engine = engine
        self._daily_key = daily_key

    def reserve(self, limits: Sequence[RateLimit], now: datetime) -> Reservation:
        """Reserve an attempt under each limit, or under none of them."""
        with writing(self._engine) as connection:
            buckets = [(limit, self._buckets(connection, limit, now)) for limit in limits]
            lock_names(connection, [names[0] for _, names in buckets])
            states = _states(connection, buckets, now)
            for state in (LimitState.REACHED, LimitState.IN_FLIGHT):
                if state in states:
                    return Reservation(state)
            reservation = Reservation(LimitState.OPEN, secrets.token_bytes(16))
            connection.execute(
                _INSERT,
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
        """Settle a reservation: the attempt counts."""
        with deciding(self._engine) as connection:
            connection.execute(_COUNT, {"reserved": reservation.id})

    def give_back(self, reservation: Reservation) -> None:
        """Remove a reservation: the attempt does not count."""
        with deciding(self._engine) as connection:
            connection.execute(_GIVE_BACK, {"reserved": reservation.id})

    def forget(self, now: datetime) -> None:
        """Delete attempts that no longer count, and the salts of past days."""
        with writing(self._engine) as connection:
            oldest = int((now - WINDOW).timestamp())
            connection.execute(_FORGET, {"oldest": oldest})
            self._daily_key.destroy_old(connection, now)

    def _buckets(self, connection: Connection, limit: RateLimit, now: datetime) -> tuple[bytes, ...]:
        return self._daily_key.under_each_salt(connection, now, f"{limit.purpose}|{limit.name}")


def _states(
    connection: Connection, buckets: Sequence[tuple[RateLimit, tuple[bytes, ...]]], now: datetime
) -> list[LimitState]:
    """Return the state of each limit, in the order of `buckets`."""
    since = int((now - WINDOW).timestamp())
    settled_by = int((now - UNSETTLED).timestamp())
    names = [name for _, each in buckets for name in each]
    rows = connection.execute(_STATES, {"names": names, "since": since, "settled_by": settled_by}).all()
    found = {row.counted: row for row in rows}
    return [_state([found[name] for name in each if name in found], limit.most) for limit, each in buckets]


def _state(rows: Sequence[Row[bytes, int, int]], most: int) -> LimitState:
    if sum(row.counting for row in rows) >= most:
        return LimitState.REACHED
    return LimitState.IN_FLIGHT if sum(row.reserved for row in rows) >= most else LimitState.OPEN


class RateLimited(Exception):
    """A rate limit is reached."""


@contextmanager
def rate_limited(
    attempts: RateLimiter,
    limits: Sequence[RateLimit],
    now: datetime,
    *,
    counts_all_the_same: Callable[[Exception], bool] = lambda _: False,
) -> Iterator[Reservation]:
    """Reserve an attempt under `limits` for the block. It counts unless the block gives it back or fails.

    `counts_all_the_same` decides whether an attempt counts after an error: the work may have been done.
    Raises RateLimited if a limit is reached, Overloaded if attempts in flight may still use it up.
    """
    reservation = attempts.reserve(limits, now)
    if reservation.state is LimitState.IN_FLIGHT:
        raise Overloaded
    if reservation.state is LimitState.REACHED:
        raise RateLimited
    try:
        yield reservation
    except Exception as error:
        (attempts.count if counts_all_the_same(error) else attempts.give_back)(reservation)
        raise
    attempts.count(reservation)
