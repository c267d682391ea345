"""The requests that were received in a period, as reports count them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from resident_app.casework.cases.queue_query import DueState, QueueClock, due_state
from resident_app.casework.cases.timeline_conditions import IS_CLOSING, IS_CONTACT, is_spoken_contact
from resident_app.casework.reports.time_to_contact import NEVER_CONTACTED, TimeToContact
from resident_app.contact_points import Channel, Origin
from resident_app.intake.message_tables import OutgoingRow
from resident_app.intake.request_tables import HelpRequestRow, RequestState, TimelineRow


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


class ReportColumn(NamedTuple):
    """What is counted; `outcome` narrows what was closed."""

    measure: Measure
    outcome: str = ""


class OriginAndChannel(NamedTuple):
    """Where a request came from, and by which channel its sender wants to be reached."""

    origin: Origin
    channel: str
    """Empty if the person left no way to be reached."""


class CountedRequest(NamedTuple):
    """One request, as reports count it."""

    language: str
    way: OriginAndChannel
    wait: TimeToContact
    counts_as: tuple[ReportColumn, ...]


@dataclass(frozen=True)
class _RequestRow:
    """What is read of one request, in the order of the columns that `_requests` selects."""

    spoken_language: str
    origin: Origin
    channel: Channel | None
    state: RequestState
    outcome: str
    received_at: datetime
    last_contact_at: datetime
    next_action_at: datetime | None
    wrote_at: datetime | None
    contact_at: datetime | None
    """The first time that the office reached out, by the timeline."""
    reached: int | None
    """1 if the person was reached. None, as for `closings`, if the timeline is empty."""
    closings: int | None


def counted(
    connection: Connection, period: Period, clocks: QueueClock, reached: Collection[str]
) -> Iterator[CountedRequest]:
    """Yield the requests of a period, without those that were erased or merged into another.

    `reached` are the outcomes of calls in which the person was spoken with.
    """
    for values in connection.execute(_requests(period, clocks, reached)):
        row = _RequestRow(*values)
        yield CountedRequest(
            row.spoken_language,
            OriginAndChannel(row.origin, row.channel or ""),
            _wait(row, clocks.now),
            _columns(row, clocks),
        )


# Any: the types of the columns are those of _RequestRow's fields.
def _requests(period: Period, clocks: QueueClock, reached: Collection[str]) -> Select[*tuple[Any, ...]]:
    chosen: ColumnElement[bool] = and_(
        HelpRequestRow.received_at >= clocks.begins(period.since),
        HelpRequestRow.received_at < clocks.begins(period.until + timedelta(days=1)),
        HelpRequestRow.merged_into.is_(None),
        HelpRequestRow.state != RequestState.ERASED,
    )
    timeline = (
        select(
            TimelineRow.request_id,
            func.min(case((IS_CONTACT, TimelineRow.at))).label("contact_at"),
            func.max(case((is_spoken_contact(reached), 1), else_=0)).label("reached"),
            func.sum(case((IS_CLOSING, 1), else_=0)).label("closings"),
        )
        .join(HelpRequestRow, HelpRequestRow.id == TimelineRow.request_id)
        .outerjoin(OutgoingRow, OutgoingRow.id == TimelineRow.outgoing_id)
        .where(chosen)
        .group_by(TimelineRow.request_id)
        .subquery()
    )
    return (
        select(
            HelpRequestRow.spoken_language,
            HelpRequestRow.origin,
            HelpRequestRow.channel,
            HelpRequestRow.state,
            HelpRequestRow.outcome,
            HelpRequestRow.received_at,
            HelpRequestRow.last_contact_at,
            HelpRequestRow.next_action_at,
            HelpRequestRow.wrote_at,
            timeline.c.contact_at,
            timeline.c.reached,
            timeline.c.closings,
        )
        .outerjoin(timeline, timeline.c.request_id == HelpRequestRow.id)
        .where(chosen)
    )


def _has_contact(row: _RequestRow) -> bool:
    """By the queue's own measure, so that a figure and its list agree."""
    return bool(row.last_contact_at > row.received_at)


def _wait(row: _RequestRow, now: datetime) -> TimeToContact:
    """Until the office first reached out."""
    if _has_contact(row):
        first = row.contact_at or row.last_contact_at
        return TimeToContact(max(0.0, (first - row.received_at).total_seconds()), ended=True)
    if row.state == RequestState.CLOSED:
        return NEVER_CONTACTED
    return TimeToContact(max(0.0, (now - row.received_at).total_seconds()), ended=False)


def _columns(row: _RequestRow, clocks: QueueClock) -> tuple[ReportColumn, ...]:
    is_closed = row.state == RequestState.CLOSED
    found = [ReportColumn(Measure.CAME)]
    if is_closed:
        found += [ReportColumn(Measure.CLOSED), ReportColumn(Measure.CLOSED, row.outcome)]
    elif not _has_contact(row):
        found.append(ReportColumn(Measure.WAITING))
    if due_state(row, clocks) is DueState.OVERDUE:
        found.append(ReportColumn(Measure.OVERDUE))
    if row.reached:
        found.append(ReportColumn(Measure.REACHED))
    if (row.closings or 0) > (1 if is_closed else 0):
        found.append(ReportColumn(Measure.REOPENED))
    return tuple(found)
