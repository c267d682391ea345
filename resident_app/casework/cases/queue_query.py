"""The queue: which requests match a view, and in which order. Longest without contact comes first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.casework.cases.timeline_conditions import was_given, was_reached, was_reopened
from resident_app.configuration.casework import Overdue
from resident_app.configuration.codes import SILENT_CALLER
from resident_app.configuration.office_calendar import OfficeCalendar
from resident_app.contact_points import Channel, Origin
from resident_app.database import Base
from resident_app.intake.request_tables import OPEN, HelpRequestRow, RequestState, RequestTagRow

PAGE = 50
NOBODY = "none"
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class DueState(Enum):
    """Whether a request is overdue by the rules of config/casework.toml, or due now."""

    OVERDUE = "overdue"
    NOW = "now"
    """The sender wrote, and waits for an answer."""
    APPROACHING = "approaching"


class QueueOrder(Enum):
    WAITING = "waiting"
    """Whose sender wrote, then those with priority, then new requests with a topic that comes first, then
    longest without contact."""
    NEXT_ACTION = "next"
    NEWEST = "newest"


class WaitingRequest(Protocol):
    """What decides whether a request is due."""

    @property
    def state(self) -> RequestState: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def last_contact_at(self) -> datetime: ...
    @property
    def next_action_at(self) -> datetime | None: ...
    @property
    def wrote_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class QueueRow:
    """A request as the queue lists it."""

    id: int
    state: RequestState
    spoken_language: str
    written_language: str
    topic: str
    channel: Channel | None
    origin: Origin | None
    received_at: datetime
    last_contact_at: datetime
    next_action_at: datetime | None
    tried_on: date | None
    assigned_to: int | None
    priority: bool
    closed_at: datetime | None
    outcome: str
    legal_hold: bool
    erasure_requested_at: datetime | None
    version: int
    wrote_at: datetime | None
    undelivered_at: datetime | None


@dataclass(frozen=True)
class QueueView:
    """A view of the queue. Empty fields match everything; dates are days of receipt at the office."""

    states: tuple[str, ...] = OPEN
    languages: tuple[str, ...] = ()
    """Spoken or written."""
    spoken: str = ""
    topic: str = ""
    channel: str = ""
    origin: str = ""
    officer: str = ""
    """An account's number, or `none`."""
    given: bool = False
    """Only requests that somebody else assigned to `officer`, who has not opened them since."""
    priority: bool = False
    tag: str = ""
    due: str = ""
    first_contact: bool = False
    """Only requests to which nobody has reached out."""
    reached: tuple[str, ...] = ()
    """Outcomes of calls: only requests that have one of them, or a reply."""
    reopened: bool = False
    wrote: bool = False
    """Only requests whose sender wrote and waits for an answer."""
    undelivered: bool = False
    """Only requests to which a message did not arrive."""
    outcome: str = ""
    since: date | None = None
    until: date | None = None
    order: QueueOrder = QueueOrder.WAITING

    def narrowed(self) -> bool:
        """Whether it shows less than every open request."""
        plain = QueueView(order=self.order)
        return any(getattr(self, field.name) != getattr(plain, field.name) for field in fields(self))


@dataclass(frozen=True)
class QueueClock:
    """The current time, with the office's calendar and rules."""

    now: datetime
    calendar: OfficeCalendar
    rules: Overdue
    first: tuple[str, ...] = ()
    """Topics whose new requests come first in the queue."""

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    @property
    def plans_late_before(self) -> datetime:
        """A plan for an earlier time than this is overdue."""
        return self.now - timedelta(minutes=self.rules.plan_late_minutes)

    def day_of(self, at: datetime) -> date:
        """Return the day it was at the office."""
        return at.astimezone(self.calendar.zone).date()

    def begins(self, day: date) -> datetime:
        """Midnight at the office."""
        return datetime.combine(day, time(), self.calendar.zone)


def due_state(row: WaitingRequest, clocks: QueueClock) -> DueState | None:
    """Return whether a request is overdue, or due because its sender wrote, whatever is planned."""
    if row.state not in OPEN:
        return None
    due = _due_by_rules(row, clocks)
    return DueState.NOW if row.wrote_at is not None and due is not DueState.OVERDUE else due


def _due_by_rules(row: WaitingRequest, clocks: QueueClock) -> DueState | None:
    """Return whether the time of a plan has passed, or it is too long since anybody reached out.

    A plan allows a longer wait for the next contact, never for the first one.
    """
    planned, rules = row.next_action_at, clocks.rules
    if planned is not None and planned < clocks.plans_late_before:
        return DueState.OVERDUE
    days = rules.first_contact_days
    if row.last_contact_at > row.received_at:
        days = rules.again_days if planned is None else max(rules.plan_days, rules.again_days)
    allowed = clocks.day_of(row.last_contact_at) + timedelta(days=days)
    last_day = clocks.calendar.first_working_day(allowed)
    if last_day < clocks.today:
        return DueState.OVERDUE
    if planned is not None and clocks.day_of(planned) <= clocks.today:
        return DueState.APPROACHING
    soon = clocks.today + timedelta(days=rules.approaching_days)
    return DueState.APPROACHING if last_day < soon else None


def matching(view: QueueView, clocks: QueueClock) -> list[ColumnElement[bool]]:
    """Return the conditions of a view. A merged request is part of the one it was merged into."""
    return [
        HelpRequestRow.merged_into.is_(None),
        HelpRequestRow.state.in_(view.states),
        *_wanted(view, clocks),
        *_waiting(view),
        *_marked(view),
        *_counted(view),
    ]


def _marked(view: QueueView) -> Iterator[ColumnElement[bool]]:
    """What officers marked requests with."""
    if view.priority:
        yield HelpRequestRow.priority.is_(True)
    if view.tag:
        yield HelpRequestRow.id.in_(select(RequestTagRow.request_id).where(RequestTagRow.tag == view.tag))


def _counted(view: QueueView) -> Iterator[ColumnElement[bool]]:
    """What figures count by."""
    if view.spoken:
        yield HelpRequestRow.spoken_language == view.spoken
    if view.reached:
        yield was_reached(view.reached)
    if view.reopened:
        yield was_reopened()


def _waiting(view: QueueView) -> Iterator[ColumnElement[bool]]:
    """What a request waits for."""
    if view.wrote:
        yield HelpRequestRow.wrote_at.is_not(None)
    if view.undelivered:
        yield HelpRequestRow.undelivered_at.is_not(None)
    if view.first_contact:
        yield HelpRequestRow.last_contact_at <= HelpRequestRow.received_at


def _wanted(view: QueueView, clocks: QueueClock) -> Iterator[ColumnElement[bool]]:
    if view.languages:
        yield or_(
            HelpRequestRow.spoken_language.in_(view.languages),
            HelpRequestRow.written_language.in_(view.languages),
        )
    for name in ("topic", "channel", "origin", "outcome"):
        if wanted := getattr(view, name):
            yield getattr(HelpRequestRow, name) == wanted
    if view.officer:
        yield (
            HelpRequestRow.assigned_to.is_(None)
            if view.officer == NOBODY
            else HelpRequestRow.assigned_to == int(view.officer)
        )
        if view.given and view.officer != NOBODY:
            yield was_given(int(view.officer))
    if view.due:
        yield _is_due(DueState(view.due), clocks)
    if view.since:
        yield HelpRequestRow.received_at >= clocks.begins(view.since)
    if view.until:
        yield HelpRequestRow.received_at < clocks.begins(view.until + timedelta(days=1))


def _is_due(due: DueState, clocks: QueueClock) -> ColumnElement[bool]:
    """The same as `due_state`, for the database."""
    soon = clocks.today + timedelta(days=clocks.rules.approaching_days)
    planned = func.coalesce(HelpRequestRow.next_action_at, _NEVER)
    late = or_(planned < clocks.plans_late_before, _due_before(clocks, clocks.today))
    is_open = HelpRequestRow.state.in_(OPEN)
    if due is DueState.OVERDUE:
        return and_(is_open, late)
    wrote = HelpRequestRow.wrote_at.is_not(None)
    if due is DueState.NOW:
        return and_(is_open, wrote, ~late)
    tomorrow = clocks.begins(clocks.today + timedelta(days=1))
    return and_(is_open, ~late, ~wrote, or_(planned < tomorrow, _due_before(clocks, soon)))


def _due_before(clocks: QueueClock, day: date) -> ColumnElement[bool]:
    """Whether the last day that the rules allow is before `day`.

    That last day is a working day, so the wait must have been allowed until the working day before `day`.
    """
    contacted = HelpRequestRow.last_contact_at > HelpRequestRow.received_at
    planned = HelpRequestRow.next_action_at.is_not(None)
    latest, rules = clocks.calendar.last_working_day_before(day), clocks.rules

    def waited(days: int) -> ColumnElement[bool]:
        return HelpRequestRow.last_contact_at < clocks.begins(latest - timedelta(days=days - 1))

    return or_(
        and_(~contacted, waited(rules.first_contact_days)),
        and_(contacted, ~planned, waited(rules.again_days)),
        and_(contacted, planned, waited(max(rules.plan_days, rules.again_days))),
    )


_WROTE_FIRST = case((HelpRequestRow.wrote_at.is_(None), 1), else_=0)
_PRIORITY_FIRST = case((HelpRequestRow.priority, 0), else_=1)
# Who pressed no key may not have called at all: everybody else comes first.
_SILENT_LAST = case((HelpRequestRow.topic == SILENT_CALLER, 1), else_=0)
# Any: the columns that requests are sorted by have several types.
_ORDERS: dict[QueueOrder, tuple[ColumnElement[Any], ...]] = {
    QueueOrder.WAITING: (
        _WROTE_FIRST,
        _PRIORITY_FIRST,
        _SILENT_LAST,
        HelpRequestRow.last_contact_at.asc(),
        HelpRequestRow.id.asc(),
    ),
    QueueOrder.NEXT_ACTION: (
        _WROTE_FIRST,
        _SILENT_LAST,
        case((HelpRequestRow.next_action_at.is_(None), 1), else_=0),
        HelpRequestRow.next_action_at.asc(),
        HelpRequestRow.last_contact_at.asc(),
    ),
    QueueOrder.NEWEST: (_SILENT_LAST, HelpRequestRow.received_at.desc(), HelpRequestRow.id.desc()),
}
_COLUMNS = tuple(getattr(HelpRequestRow, field.name) for field in fields(QueueRow))


def _order_of(view: QueueView, clocks: QueueClock) -> tuple[ColumnElement[Any], ...]:
    order = _ORDERS[view.order]
    if view.order is not QueueOrder.WAITING or not clocks.first:
        return order
    is_new = HelpRequestRow.last_contact_at <= HelpRequestRow.received_at
    comes_first = and_(HelpRequestRow.topic.in_(clocks.first), is_new)
    return (*order[:2], case((comes_first, 0), else_=1), *order[2:])


def queue_page(
    connection: Connection,
    view: QueueView,
    clocks: QueueClock,
    page: int = 1,
    length: int = PAGE,
    *,
    offset: int = 0,
) -> list[QueueRow]:
    """Return one page of the queue. Pages count from 1; `offset` is added to their beginning."""
    statement = _ordered(view, clocks).limit(length).offset((page - 1) * length + offset)
    return [QueueRow(*row) for row in connection.execute(statement)]


def every_row(connection: Connection, view: QueueView, clocks: QueueClock) -> Iterator[QueueRow]:
    """Yield every request that matches, without a limit."""
    return (QueueRow(*row) for row in connection.execute(_ordered(view, clocks)).yield_per(1000))


def rows_by_id(connection: Connection, ids: list[int]) -> list[QueueRow]:
    """Return the requests with these ids that are not erased, in the queue's usual order."""
    if not ids:
        return []
    chosen = select(*_COLUMNS).where(HelpRequestRow.id.in_(ids), HelpRequestRow.state != RequestState.ERASED)
    rows = connection.execute(chosen.order_by(*_ORDERS[QueueOrder.WAITING]))
    return [QueueRow(*row) for row in rows]


def count_matches(connection: Connection, view: QueueView, clocks: QueueClock) -> int:
    return connection.execute(
        select(func.count()).select_from(HelpRequestRow).where(*matching(view, clocks))
    ).scalar_one()


def count_each(connection: Connection, views: Sequence[QueueView], clocks: QueueClock) -> list[int]:
    """Return how many requests match each view, with one statement."""
    counts = [func.count().filter(*matching(view, clocks)) for view in views]
    states = {state for view in views for state in view.states}
    statement = select(*counts).select_from(HelpRequestRow).where(HelpRequestRow.state.in_(states))
    return list(connection.execute(statement).one())


def matching_ids(connection: Connection, view: QueueView, clocks: QueueClock) -> list[int]:
    """Return the id of every request that matches, in the view's order."""
    statement = select(HelpRequestRow.id).where(*matching(view, clocks)).order_by(*_order_of(view, clocks))
    return list(connection.execute(statement).scalars())


def tags_of(connection: Connection, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Return the tags of these requests; a request without one is not in it."""
    chosen = select(RequestTagRow.request_id, RequestTagRow.tag).where(RequestTagRow.request_id.in_(numbers))
    tags: dict[int, list[str]] = {}
    for number, tag in connection.execute(chosen.order_by(RequestTagRow.tag)):
        tags.setdefault(number, []).append(tag)
    return tags


# Any: the types of the columns are those of QueueRow's fields.
def _ordered(view: QueueView, clocks: QueueClock) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(*matching(view, clocks)).order_by(*_order_of(view, clocks))


class SavedViewRow(Base):
    """A view of the queue that a staff member saved under a name."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(400))
    """The query string of the queue's address."""
