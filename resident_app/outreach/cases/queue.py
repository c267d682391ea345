"""The queue: which requests match a view of it, and in which order. Longest without contact comes first."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from resident_app.configuration import Overdue
from resident_app.outreach.figures.milestones import was_reached, was_reopened
from resident_app.outreach.tables import OPEN, State, StoredRequest

PAGE = 50
NOBODY = "none"
_OPEN_STATES = [state.value for state in OPEN]


class Due(Enum):
    """How a request stands against the rules of config/casework.toml."""

    OVERDUE = "overdue"
    APPROACHING = "approaching"


class Order(Enum):
    WAITING = "waiting"
    """Longest without contact first."""
    NEXT_ACTION = "next"
    NEWEST = "newest"


@dataclass(frozen=True)
class View:
    """A view of the queue. Empty fields match everything; dates are days of receipt at the office."""

    states: tuple[str, ...] = tuple(_OPEN_STATES)
    languages: tuple[str, ...] = ()
    """Spoken or written."""
    spoken: str = ""
    topic: str = ""
    channel: str = ""
    door: str = ""
    officer: str = ""
    """An account's number, or `none`."""
    due: str = ""
    first_contact: bool = False
    """Only requests to which nobody has reached out."""
    reached: tuple[str, ...] = ()
    """Outcomes of calls: only requests that have one of them, or a reply."""
    reopened: bool = False
    outcome: str = ""
    since: date | None = None
    until: date | None = None
    order: Order = Order.WAITING

    def narrowed(self) -> bool:
        """Whether it shows less than every open request."""
        plain = View(order=self.order)
        return any(getattr(self, field.name) != getattr(plain, field.name) for field in fields(self))


@dataclass(frozen=True)
class Clocks:
    """What `now` is, and what that means by the office's rules and in its time zone."""

    now: datetime
    zone: ZoneInfo
    rules: Overdue

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def begins(self, day: date) -> datetime:
        """Midnight at the office."""
        return datetime.combine(day, time(), self.zone)


def due_of(row: Any, clocks: Clocks) -> Due | None:
    """How one request stands: a planned day that has passed, or too long since anybody reached out."""
    if row.state not in _OPEN_STATES:
        return None
    if row.next_action_on is not None:
        if row.next_action_on < clocks.today:
            return Due.OVERDUE
        return Due.APPROACHING if row.next_action_on == clocks.today else None
    rules = clocks.rules
    days = rules.again_days if row.last_contact_at > row.received_at else rules.first_contact_days
    left = row.last_contact_at + timedelta(days=days) - clocks.now
    if left < timedelta():
        return Due.OVERDUE
    return Due.APPROACHING if left < timedelta(days=rules.approaching_days) else None


def matching(view: View, clocks: Clocks) -> list[ColumnElement[bool]]:
    """The conditions of a view. Merged requests are part of the one they repeat."""
    return [
        StoredRequest.merged_into.is_(None),
        StoredRequest.state.in_(view.states),
        *_wanted(view, clocks),
        *_counted(view),
    ]


def _counted(view: View) -> Iterator[ColumnElement[bool]]:
    """What figures count by."""
    if view.spoken:
        yield StoredRequest.language == view.spoken
    if view.reached:
        yield was_reached(view.reached)
    if view.reopened:
        yield was_reopened()


def _wanted(view: View, clocks: Clocks) -> Iterator[ColumnElement[bool]]:
    if view.languages:
        yield or_(StoredRequest.language.in_(view.languages), StoredRequest.written.in_(view.languages))
    for name in ("topic", "channel", "door", "outcome"):
        if wanted := getattr(view, name):
            yield getattr(StoredRequest, name) == wanted
    if view.officer:
        yield (
            StoredRequest.officer.is_(None)
            if view.officer == NOBODY
            else StoredRequest.officer == int(view.officer)
        )
    if view.due:
        yield _is_due(Due(view.due), clocks)
    if view.first_contact:
        yield StoredRequest.last_contact_at <= StoredRequest.received_at
    if view.since:
        yield StoredRequest.received_at >= clocks.begins(view.since)
    if view.until:
        yield StoredRequest.received_at < clocks.begins(view.until + timedelta(days=1))


def _is_due(due: Due, clocks: Clocks) -> ColumnElement[bool]:
    """The same as `due_of`, for the database."""
    ahead = timedelta(days=clocks.rules.approaching_days)
    late = _waited_past(clocks, timedelta())
    planned = StoredRequest.next_action_on
    is_open = StoredRequest.state.in_(_OPEN_STATES)
    if due is Due.OVERDUE:
        return and_(is_open, or_(planned < clocks.today, and_(planned.is_(None), late)))
    soon = and_(planned.is_(None), ~late, _waited_past(clocks, ahead))
    return and_(is_open, or_(planned == clocks.today, soon))


def _waited_past(clocks: Clocks, ahead: timedelta) -> ColumnElement[bool]:
    """Whether the wait is longer than the rules allow, or will be within `ahead`."""
    contacted = StoredRequest.last_contact_at > StoredRequest.received_at
    again, first = (
        clocks.now + ahead - timedelta(days=days)
        for days in (clocks.rules.again_days, clocks.rules.first_contact_days)
    )
    return or_(
        and_(contacted, StoredRequest.last_contact_at < again),
        and_(~contacted, StoredRequest.last_contact_at < first),
    )


_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    Order.WAITING: (StoredRequest.last_contact_at.asc(), StoredRequest.id.asc()),
    Order.NEXT_ACTION: (
        case((StoredRequest.next_action_on.is_(None), 1), else_=0),
        StoredRequest.next_action_on.asc(),
        StoredRequest.last_contact_at.asc(),
    ),
    Order.NEWEST: (StoredRequest.received_at.desc(), StoredRequest.id.desc()),
}
_COLUMNS = (
    StoredRequest.id,
    StoredRequest.state,
    StoredRequest.language,
    StoredRequest.written,
    StoredRequest.topic,
    StoredRequest.channel,
    StoredRequest.door,
    StoredRequest.received_at,
    StoredRequest.last_contact_at,
    StoredRequest.next_action_on,
    StoredRequest.tried_on,
    StoredRequest.officer,
    StoredRequest.closed_at,
    StoredRequest.outcome,
    StoredRequest.held,
    StoredRequest.erase_wanted_at,
    StoredRequest.version,
)


def rows_of(connection: Connection, view: View, clocks: Clocks, page: int = 1) -> list[Any]:
    """One page of the queue, from 1."""
    statement = _ordered(view, clocks).limit(PAGE).offset((page - 1) * PAGE)
    return list(connection.execute(statement))


def every_row_of(connection: Connection, view: View, clocks: Clocks) -> Iterator[Any]:
    """All that match, without a cap."""
    return iter(connection.execute(_ordered(view, clocks)).yield_per(1000))


def rows_with(connection: Connection, ids: list[int]) -> list[Any]:
    """The requests with these numbers, erased ones left out, in the queue's usual order."""
    if not ids:
        return []
    chosen = select(*_COLUMNS).where(StoredRequest.id.in_(ids), StoredRequest.state != State.ERASED.value)
    return list(connection.execute(chosen.order_by(*_ORDERS[Order.WAITING])))


def count_of(connection: Connection, view: View, clocks: Clocks) -> int:
    return connection.execute(
        select(func.count()).select_from(StoredRequest).where(*matching(view, clocks))
    ).scalar_one()


def ids_of(connection: Connection, view: View, clocks: Clocks) -> list[int]:
    """Every request that matches, in the view's order."""
    statement = select(StoredRequest.id).where(*matching(view, clocks)).order_by(*_ORDERS[view.order])
    return list(connection.execute(statement).scalars())


def _ordered(view: View, clocks: Clocks) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(*matching(view, clocks)).order_by(*_ORDERS[view.order])
