"""The requests that came in a period, as figures count them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from resident_app.outreach.cases.queue import Clocks, Due, due_of
from resident_app.outreach.figures.milestones import IS_CLOSING, IS_CONTACT, is_reaching
from resident_app.outreach.figures.waits import ENDLESS, Wait
from resident_app.outreach.tables import Entry, Outgoing, State, StoredRequest


@dataclass(frozen=True)
class Period:
    """The days on which requests came, both included; a day is the office's."""

    since: date
    until: date


class Measure(Enum):
    CAME = "came"
    WAITING = "waiting"
    """Open, and nobody has reached out."""
    OVERDUE = "overdue"
    REACHED = "reached"
    CLOSED = "closed"
    REOPENED = "reopened"


class Column(NamedTuple):
    """What is counted; `outcome` narrows what was closed."""

    measure: Measure
    outcome: str = ""


class Way(NamedTuple):
    """By which door a request came, and by which channel its sender wants to be reached."""

    door: str
    channel: str


class Asked(NamedTuple):
    """One request, as figures count it."""

    language: str
    way: Way
    wait: Wait
    counts_as: tuple[Column, ...]


def counted(
    connection: Connection, period: Period, clocks: Clocks, reached: Collection[str]
) -> Iterator[Asked]:
    """The requests of a period as they stand now, without those erased or merged into another.

    `reached` are the outcomes of calls in which the person was spoken with.
    """
    for row in connection.execute(_requests(period, clocks, reached)):
        yield Asked(row.language, Way(row.door, row.channel), _wait(row, clocks.now), _columns(row, clocks))


def _requests(period: Period, clocks: Clocks, reached: Collection[str]) -> Select[*tuple[Any, ...]]:
    chosen: ColumnElement[bool] = and_(
        StoredRequest.received_at >= clocks.begins(period.since),
        StoredRequest.received_at < clocks.begins(period.until + timedelta(days=1)),
        StoredRequest.merged_into.is_(None),
        StoredRequest.state != State.ERASED.value,
    )
    timeline = (
        select(
            Entry.request,
            func.min(case((IS_CONTACT, Entry.at))).label("contact_at"),
            func.max(case((is_reaching(reached), 1), else_=0)).label("reached"),
            func.sum(case((IS_CLOSING, 1), else_=0)).label("closings"),
        )
        .join(StoredRequest, StoredRequest.id == Entry.request)
        .outerjoin(Outgoing, Outgoing.id == Entry.outgoing)
        .where(chosen)
        .group_by(Entry.request)
        .subquery()
    )
    return (
        select(
            StoredRequest.language,
            StoredRequest.door,
            StoredRequest.channel,
            StoredRequest.state,
            StoredRequest.outcome,
            StoredRequest.received_at,
            StoredRequest.last_contact_at,
            StoredRequest.next_action_on,
            timeline.c.contact_at,
            timeline.c.reached,
            timeline.c.closings,
        )
        .outerjoin(timeline, timeline.c.request == StoredRequest.id)
        .where(chosen)
    )


def _has_contact(row: Any) -> bool:
    """By the queue's own measure, so that a figure and its list agree."""
    return bool(row.last_contact_at > row.received_at)


def _wait(row: Any, now: datetime) -> Wait:
    """Until the office first reached out."""
    if _has_contact(row):
        first = row.contact_at or row.last_contact_at
        return Wait(max(0.0, (first - row.received_at).total_seconds()), ended=True)
    if row.state == State.CLOSED.value:
        return ENDLESS
    return Wait(max(0.0, (now - row.received_at).total_seconds()), ended=False)


def _columns(row: Any, clocks: Clocks) -> tuple[Column, ...]:
    is_closed = row.state == State.CLOSED.value
    found = [Column(Measure.CAME)]
    if is_closed:
        found += [Column(Measure.CLOSED), Column(Measure.CLOSED, row.outcome)]
    elif not _has_contact(row):
        found.append(Column(Measure.WAITING))
    if due_of(row, clocks) is Due.OVERDUE:
        found.append(Column(Measure.OVERDUE))
    if row.reached:
        found.append(Column(Measure.REACHED))
    if (row.closings or 0) > (1 if is_closed else 0):
        found.append(Column(Measure.REOPENED))
    return tuple(found)
