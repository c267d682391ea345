"""Who waits now, whenever the request came: by language and by channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from resident_app.casework.cases.queue_query import NOBODY, DueState, QueueClock, QueueView, matching
from resident_app.contact_points import Channel
from resident_app.intake.request_tables import HelpRequestRow

OPEN_NOW = QueueView()
NO_CONTACT = QueueView(first_contact=True)
OVERDUE = QueueView(due=DueState.OVERDUE.value)
NOBODYS = QueueView(officer=NOBODY)


@dataclass(frozen=True)
class WaitingGroup:
    """The open requests of one language or channel, now. `group` is its code."""

    group: str | None
    count: int
    no_contact: int
    """To which nobody has reached out."""
    overdue: int
    waiting: int
    """That are overdue or without contact."""
    nobodys: int
    """That are assigned to nobody."""
    oldest: datetime | None
    """When the oldest of those without contact came."""


def waiting_by_language(connection: Connection, clocks: QueueClock) -> list[WaitingGroup]:
    """Return the open requests by spoken language, the language with the most overdue first."""
    return _waiting_by(connection, HelpRequestRow.spoken_language, clocks)


def waiting_by_channel(connection: Connection, clocks: QueueClock) -> list[WaitingGroup]:
    """Return the open requests by the channel that people chose, the one with the most overdue first."""
    return _waiting_by(connection, HelpRequestRow.channel, clocks)


def in_total(groups: Sequence[WaitingGroup]) -> WaitingGroup:
    """Return all groups as one."""
    return WaitingGroup(
        "",
        sum(one.count for one in groups),
        sum(one.no_contact for one in groups),
        sum(one.overdue for one in groups),
        sum(one.waiting for one in groups),
        sum(one.nobodys for one in groups),
        min((one.oldest for one in groups if one.oldest), default=None),
    )


def _waiting_by(
    connection: Connection,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[Channel | None],
    clocks: QueueClock,
) -> list[WaitingGroup]:
    no_contact, overdue, nobodys = (matching(view, clocks) for view in (NO_CONTACT, OVERDUE, NOBODYS))
    found = connection.execute(
        select(
            column,
            func.count(),
            func.count().filter(*no_contact),
            func.count().filter(*overdue),
            func.count().filter(or_(and_(*no_contact), and_(*overdue))),
            func.count().filter(*nobodys),
            func.min(HelpRequestRow.received_at).filter(*no_contact),
        )
        .where(*matching(OPEN_NOW, clocks))
        .group_by(column)
    )
    groups = [WaitingGroup(*row) for row in found]
    return sorted(groups, key=lambda one: (-one.overdue, -one.no_contact, -one.count, one.group or ""))
