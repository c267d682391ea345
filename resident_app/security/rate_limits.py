"""Rate limits: at most so many attempts in a window, counted over all origins and processes together.

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
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from resident_app.configuration.limits import SourceLimits
from resident_app.database import deciding, lock_names, writing
from resident_app.security import event_log
from resident_app.security.capacity import Overloaded
from resident_app.security.limit_keys import LimitKey
from resident_app.security.request_source import RequestSource, SourceKind
from resident_app.short_lived import ShortLivedBase

DAY = timedelta(hours=24)
UNSETTLED = timedelta(seconds=60)
# More than any limit: one row of this weight is a pause.
_PAUSE = 1_000_000_000


class AttemptColumns:
    """One attempt under one limit. `counted` is the limit's name under a key."""

    __tablename__: str

    reservation: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    counted: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    at: Mapped[int] = mapped_column(Integer)
    """Seconds since 1970."""
    expires_at: Mapped[int] = mapped_column(Integer)
    """Seconds since 1970: it does not count from then on."""
    settled: Mapped[bool] = mapped_column(Boolean)
    weight: Mapped[int] = mapped_column(Integer)
    """1; for a pause, more than any limit."""

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Index, Index]:  # noqa: N805 - SQLAlchemy passes the class
        return (
            Index(f"{cls.__tablename__}_counted", "counted", "expires_at"),
            Index(f"{cls.__tablename__}_expires_at", "expires_at"),
        )


class AttemptRow(AttemptColumns, ShortLivedBase):
    __tablename__ = "attempt"


@dataclass(frozen=True, repr=False)
class RateLimit:
    """At most `most` attempts that count, for one `name` and one `purpose`, in `window`.

    With `drawn_to`, the limit is drawn at random for each name and period of a window's length, from `most`
    to `drawn_to`: nobody can tell from it whether others have tried. Once it is reached, the name is paused
    for a whole window, so that nobody measures the same draw twice. All limits of a purpose have one window.

    With `is_shared`, people who have nothing to do with each other count together: reaching the limit is an
    event, and refuses nobody.
    """

    purpose: str
    name: str
    most: int
    window: timedelta = DAY
    drawn_to: int | None = None
    is_shared: bool = False


def source_limit(
    purpose: str, source: RequestSource, limits: SourceLimits, *, refuses_callers: bool = True
) -> RateLimit:
    """Return what `limits` allow one source in 24 hours. Withheld numbers together are a shared one.

    So is each calling number unless `refuses_callers`: many people may have one phone.
    """
    is_shared = source.kind is SourceKind.WITHHELD
    if source.kind is SourceKind.CALLER:
        is_shared = not refuses_callers
    return RateLimit(
        f"{purpose} {source.kind.value}",
        source.name,
        source.limit(limits),
        is_shared=is_shared,
    )


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
    purpose: str = ""
    """Of the first limit that is not open."""


class _Statements:
    """What is done with one table. Built once, because building a statement takes longer than running it."""

    def __init__(self, table: type[AttemptColumns]):
        self.insert = insert(table)
        self.states = (
            select(
                table.counted,
                func.sum(table.weight).label("reserved"),
                func.coalesce(
                    func.sum(table.weight).filter(or_(table.settled, table.at < bindparam("settled_by"))), 0
                ).label("counting"),
            )
            .where(table.counted.in_(bindparam("names", expanding=True)), table.expires_at > bindparam("now"))
            .group_by(table.counted)
        )
        reserved = table.reservation == bindparam("reserved")
        self.count = update(table).where(reserved).values(settled=True)
        self.give_back = delete(table).where(reserved)
        self.forget = delete(table).where(table.expires_at <= bindparam("now"))


@dataclass(frozen=True)
class _Counted:
    """A limit with the names that it counts under, and how many attempts it allows now."""

    limit: RateLimit
    names: tuple[bytes, ...]
    most: int


class RateLimiter:
    """Counts attempts in a table, under names that only the key can produce."""

    def __init__(self, engine: Engine, key: LimitKey, table: type[AttemptColumns] = AttemptRow):
        self._engine = engine
        self._key = key
        self._do = _Statements(table)
        self._alarmed: dict[str, datetime] = {}

    def reserve(self, limits: Sequence[RateLimit], now: datetime) -> Reservation:
        """Reserve an attempt under each limit, or under none of them."""
        if not limits:
            return Reservation(LimitState.OPEN)
        with writing(self._engine) as connection:
            each = [self._counted(connection, limit, now) for limit in limits]
            lock_names(connection, [one.names[0] for one in each])
            states = self._states(connection, each, now)
            for state in (LimitState.REACHED, LimitState.IN_FLIGHT):
                if state in states:
                    return Reservation(state, purpose=limits[states.index(state)].purpose)
            reservation = Reservation(LimitState.OPEN, secrets.token_bytes(16))
            connection.execute(self._do.insert, [_row(reservation.id, one, now) for one in each])
            return reservation

    def count(self, reservation: Reservation) -> None:
        """Settle a reservation: the attempt counts."""
        with deciding(self._engine) as connection:
            connection.execute(self._do.count, {"reserved": reservation.id})

    def give_back(self, reservation: Reservation) -> None:
        """Remove a reservation: the attempt does not count."""
        with deciding(self._engine) as connection:
            connection.execute(self._do.give_back, {"reserved": reservation.id})

    def digest_today(self, name: str, now: datetime) -> bytes:
        """Return a name under today's key, 32 bytes."""
        with writing(self._engine) as connection:
            return self._key.digests(connection, name, int(DAY.total_seconds()), now)[0]

    def forget(self, now: datetime) -> None:
        """Delete attempts that no longer count, and the salts that they counted under."""
        with writing(self._engine) as connection:
            connection.execute(self._do.forget, {"now": int(now.timestamp())})
            self._key.forget(connection, now)

    def _counted(self, connection: Connection, limit: RateLimit, now: datetime) -> _Counted:
        window = int(limit.window.total_seconds())
        name = f"{limit.purpose}|{limit.name}"
        names = self._key.digests(connection, name, window, now)
        if limit.drawn_to is None:
            return _Counted(limit, names, limit.most)
        period = int(now.timestamp()) // window
        drawn = self._key.digests(connection, f"drawn|{period}|{name}", window, now)[0]
        most = limit.most + int.from_bytes(drawn[:8], "big") % (limit.drawn_to - limit.most + 1)
        return _Counted(limit, names, most)

    def _states(self, connection: Connection, each: Sequence[_Counted], now: datetime) -> list[LimitState]:
        """Return the state of each limit, in the order of `each`."""
        found = connection.execute(
            self._do.states,
            {
                "names": [name for one in each for name in one.names],
                "now": int(now.timestamp()),
                "settled_by": int((now - UNSETTLED).timestamp()),
            },
        ).all()
        reserved = {row.counted: (int(row.reserved), int(row.counting)) for row in found}
        return [self._state(connection, one, reserved, now) for one in each]

    def _state(
        self, connection: Connection, one: _Counted, found: dict[bytes, tuple[int, int]], now: datetime
    ) -> LimitState:
        rows = [found[name] for name in one.names if name in found]
        counting = sum(counting for _, counting in rows)
        if counting < one.most:
            is_full = not one.limit.is_shared and sum(reserved for reserved, _ in rows) >= one.most
            return LimitState.IN_FLIGHT if is_full else LimitState.OPEN
        if one.limit.is_shared:
            self._raise_alarm(one.limit.purpose, now)
            return LimitState.OPEN
        if one.limit.drawn_to is not None and counting < _PAUSE:
            pause = _row(secrets.token_bytes(16), one, now) | {"settled": True, "weight": _PAUSE}
            connection.execute(self._do.insert, [pause])
        return LimitState.REACHED

    def _raise_alarm(self, purpose: str, now: datetime) -> None:
        """Log that a shared limit is reached, at most once an hour."""
        if purpose not in self._alarmed or now - self._alarmed[purpose] >= timedelta(hours=1):
            self._alarmed[purpose] = now
            event_log.limit_reached(purpose)


def _row(reservation: bytes, one: _Counted, now: datetime) -> dict[str, Any]:
    return {
        "reservation": reservation,
        "counted": one.names[0],
        "at": int(now.timestamp()),
        "expires_at": int((now + one.limit.window).timestamp()),
        "settled": False,
        "weight": 1,
    }


class RateLimited(Exception):
    """A rate limit is reached. `purpose` is the limit's."""

    def __init__(self, purpose: str = ""):
        super().__init__()
        self.purpose = purpose


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
        raise RateLimited(reservation.purpose)
    try:
        yield reservation
    except Exception as error:
        (attempts.count if counts_all_the_same(error) else attempts.give_back)(reservation)
        raise
    attempts.count(reservation)
