"""Conditions on a request's timeline for reports and the queue: contacted, reached, reopened."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from resident_app.casework.messages.reply_weight import ReplyWeight
from resident_app.configuration.keywords import Keyword
from resident_app.contact_points import Channel
from resident_app.intake.message_tables import OutgoingRow, OutgoingState, TextDelivery
from resident_app.intake.request_tables import (
    OPEN,
    SPOKE,
    EntryKind,
    HelpRequestRow,
    RequestState,
    TimelineRow,
)

_MESSAGES = (EntryKind.TEXT_OUT, EntryKind.EMAIL_OUT)
_REPLIES = (EntryKind.TEXT_IN, EntryKind.EMAIL_IN)
_NOBODY_ANSWERED = (ReplyWeight.AUTOMATIC.value, Keyword.STOP.value, Keyword.START.value)
NOT_ARRIVED = "not-arrived"
"""The code of a message's entry once it is known that the message did not arrive."""

IS_CLOSING: ColumnElement[bool] = and_(
    TimelineRow.kind == EntryKind.STATE, TimelineRow.code == RequestState.CLOSED
)

_SPOKE_AT_ONCE: ColumnElement[bool] = and_(
    TimelineRow.kind == EntryKind.TAKEN_DOWN, TimelineRow.detail == SPOKE
)
"""Whoever took the request down spoke with the person."""

IS_CONTACT: ColumnElement[bool] = or_(
    TimelineRow.kind == EntryKind.CALL,
    _SPOKE_AT_ONCE,
    and_(
        TimelineRow.kind.in_(_MESSAGES),
        or_(
            and_(TimelineRow.outgoing_id.is_(None), TimelineRow.code != NOT_ARRIVED),
            and_(
                OutgoingRow.state == OutgoingState.SENT,
                or_(OutgoingRow.channel == Channel.EMAIL, OutgoingRow.delivery == TextDelivery.DELIVERED),
            ),
        ),
    ),
)
"""The office reached out, whether or not anybody answered. A text message counts once it has arrived, and an
e-mail once the mail server took it, unless it was returned. Of one that was sent long ago only the entry is
left. Join OutgoingRow to use this."""


def is_spoken_contact(reached: Collection[str]) -> ColumnElement[bool]:
    """The person was spoken with, by a call's outcomes that say so, or wrote back."""
    spoke = and_(TimelineRow.kind == EntryKind.CALL, TimelineRow.code.in_(reached))
    replied = and_(TimelineRow.kind.in_(_REPLIES), TimelineRow.code.not_in(_NOBODY_ANSWERED))
    return or_(spoke, _SPOKE_AT_ONCE, replied)


def was_reached(reached: Collection[str]) -> ColumnElement[bool]:
    """A request whose timeline says that the person was reached."""
    return HelpRequestRow.id.in_(select(TimelineRow.request_id).where(is_spoken_contact(reached)))


def was_reopened() -> ColumnElement[bool]:
    """A request that was closed and reopened at some time, whether or not it is closed now."""
    closed = select(TimelineRow.request_id).where(IS_CLOSING)
    closed_twice = closed.group_by(TimelineRow.request_id).having(func.count() > 1)
    is_open = HelpRequestRow.state.in_(OPEN)
    return or_(HelpRequestRow.id.in_(closed_twice), and_(is_open, HelpRequestRow.id.in_(closed)))


def was_given(officer: int) -> ColumnElement[bool]:
    """A request that somebody else assigned to an officer, who has not opened it since."""
    later = aliased(TimelineRow)
    seen = select(later.id).where(
        later.request_id == TimelineRow.request_id,
        later.id > TimelineRow.id,
        later.actor_id == officer,
    )
    given = select(TimelineRow.id).where(
        TimelineRow.request_id == HelpRequestRow.id,
        TimelineRow.kind == EntryKind.ASSIGNED,
        TimelineRow.subject == officer,
        TimelineRow.actor_id != officer,
        ~seen.exists(),
    )
    return given.exists()
