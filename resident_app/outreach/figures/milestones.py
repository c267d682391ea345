"""What a request's timeline says of it, for figures and the queue alike: reached, opened again."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, func, or_, select

from resident_app.outreach.tables import (
    OPEN,
    Entry,
    EntryKind,
    Outgoing,
    OutgoingState,
    State,
    StoredRequest,
)

_MESSAGES = (EntryKind.TEXT_OUT.value, EntryKind.EMAIL_OUT.value)
_REPLIES = (EntryKind.TEXT_IN.value, EntryKind.EMAIL_IN.value)

IS_CLOSING: ColumnElement[bool] = and_(Entry.kind == EntryKind.STATE.value, Entry.code == State.CLOSED.value)

IS_CONTACT: ColumnElement[bool] = or_(
    Entry.kind == EntryKind.CALL.value,
    and_(
        Entry.kind.in_(_MESSAGES),
        or_(Entry.outgoing.is_(None), Outgoing.state == OutgoingState.SENT.value),
    ),
)
"""The office reached out, whether or not anybody answered. A message that waits to be sent, or failed, is
none; one that went out long ago is in the timeline alone. For a selection beside which Outgoing is joined."""


def is_reaching(reached: Collection[str]) -> ColumnElement[bool]:
    """The person was spoken with, by a call's outcomes that say so, or wrote back."""
    spoke = and_(Entry.kind == EntryKind.CALL.value, Entry.code.in_(reached))
    return or_(spoke, Entry.kind.in_(_REPLIES))


def was_reached(reached: Collection[str]) -> ColumnElement[bool]:
    """A request whose timeline has an entry of that kind."""
    return StoredRequest.id.in_(select(Entry.request).where(is_reaching(reached)))


def was_reopened() -> ColumnElement[bool]:
    """A request that was closed and then opened again, be it closed now or not."""
    closed = select(Entry.request).where(IS_CLOSING)
    closed_twice = closed.group_by(Entry.request).having(func.count() > 1)
    is_open = StoredRequest.state.in_([state.value for state in OPEN])
    return or_(StoredRequest.id.in_(closed_twice), and_(is_open, StoredRequest.id.in_(closed)))
