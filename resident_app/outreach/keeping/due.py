"""What is due to be removed, as statements: nothing under legal hold, nor merged with what is."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, exists, func, or_, select, table
from sqlalchemy.orm import InstrumentedAttribute, aliased

from resident_app.database import Moment
from resident_app.outreach.keeping import schedule
from resident_app.outreach.keeping.erasing import GROUP
from resident_app.outreach.keeping.schedule import Rule
from resident_app.outreach.tables import (
    CallStage,
    Entry,
    EntryKind,
    Export,
    Incoming,
    OfficeCall,
    Outgoing,
    OutgoingState,
    Presence,
    Removal,
    State,
    StoredNote,
    StoredRequest,
)
from resident_app.safeguards.audit import AuditEvent

STAFF_SESSION = table("staff_session", column("id"), column("created_at", Moment))
"""Its own table is the console's, which knows this room and is not known by it."""

_WHOLE = aliased(StoredRequest)
_HELD_GROUPS = select(GROUP).where(StoredRequest.held)
_HELD = select(StoredRequest.id).where(GROUP.in_(_HELD_GROUPS))
_ENDED = (OutgoingState.SENT.value, OutgoingState.CANCELLED.value)


def due_requests(setting: str, before: datetime) -> Select[Any]:
    """The requests that stand for persons and are due, each with all that was merged into it."""
    latest = func.coalesce(StoredRequest.closed_at, StoredRequest.last_contact_at)
    if setting == schedule.REQUEST.setting:
        own = and_(StoredRequest.state == State.CLOSED.value, StoredRequest.closed_at <= before)
        is_alive: ColumnElement[bool] = latest > before
    else:
        own = and_(
            StoredRequest.state.not_in((State.CLOSED.value, State.ERASED.value)),
            StoredRequest.last_contact_at <= before,
        )
        is_alive = or_(latest > before, _was_heard_of_after(before))
        own = and_(own, ~_was_heard_of_after(before))
    alive = select(StoredRequest.merged_into).where(StoredRequest.merged_into.is_not(None), is_alive)
    return select(StoredRequest.id).where(
        StoredRequest.merged_into.is_(None),
        own,
        StoredRequest.id.not_in(alive),
        StoredRequest.id.not_in(_HELD_GROUPS),
    )


def due_contacts(before: datetime) -> Select[Any]:
    """Requests whose contact details go: of persons whose request was closed long enough ago."""
    is_closed = exists().where(
        _WHOLE.id == GROUP, _WHOLE.state == State.CLOSED.value, _WHOLE.closed_at <= before
    )
    return select(StoredRequest.id).where(
        StoredRequest.contact_removed_at.is_(None),
        StoredRequest.state != State.ERASED.value,
        is_closed,
        GROUP.not_in(_HELD_GROUPS),
    )


def due_events(before: datetime) -> Select[Any]:
    """Audit events before the first one that is young enough."""
    first_kept = select(func.min(AuditEvent.number)).where(AuditEvent.at > before).scalar_subquery()
    return select(AuditEvent.number).where(
        AuditEvent.at <= before, or_(first_kept.is_(None), AuditEvent.number < first_kept)
    )


def due_rows(rule: Rule, before: datetime) -> Select[Any]:
    """The keys of rows that go by their time alone; and not while their request is under hold."""
    keys, condition = _PLAIN[rule](before)
    return select(*keys).where(condition)


def all_due(rule: Rule, before: datetime) -> Select[Any]:
    """Everything that a rule would remove."""
    if rule in (schedule.REQUEST, schedule.OPEN_REQUEST):
        return select(StoredRequest.id).where(GROUP.in_(due_requests(rule.setting, before)))
    if rule is schedule.CONTACT:
        return due_contacts(before)
    if rule is schedule.AUDIT:
        return due_events(before)
    return due_rows(rule, before)


def _was_heard_of_after(before: datetime) -> ColumnElement[bool]:
    """Its sender added to it, or the office did more than read it."""
    added = select(StoredNote.id).where(
        StoredNote.request == StoredRequest.id, StoredNote.received_at > before
    )
    done = select(Entry.id).where(
        Entry.request == StoredRequest.id, Entry.at > before, Entry.kind != EntryKind.READ.value
    )
    return or_(added.exists(), done.exists())


def _not_held(request: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return or_(request.is_(None), request.not_in(_HELD))


def _outgoing(before: datetime) -> tuple[tuple[Any, ...], ColumnElement[bool]]:
    """One that failed waits for a person as long as its request is open."""
    closed = select(StoredRequest.id).where(StoredRequest.state == State.CLOSED.value)
    failed = and_(
        Outgoing.state == OutgoingState.FAILED.value,
        or_(Outgoing.request.is_(None), Outgoing.request.in_(closed)),
    )
    is_over = or_(Outgoing.state.in_(_ENDED), failed)
    return (Outgoing.id,), and_(is_over, Outgoing.ended_at <= before, _not_held(Outgoing.request))


def _incoming(before: datetime) -> tuple[tuple[Any, ...], ColumnElement[bool]]:
    return (Incoming.id,), and_(Incoming.state == "unplaced", Incoming.received_at <= before)


def _calls(before: datetime) -> tuple[tuple[Any, ...], ColumnElement[bool]]:
    is_over = and_(OfficeCall.stage == CallStage.ENDED.value, OfficeCall.updated_at <= before)
    return (OfficeCall.id,), and_(is_over, _not_held(OfficeCall.request))


def _erased(before: datetime) -> tuple[tuple[Any, ...], ColumnElement[bool]]:
    is_old = and_(StoredRequest.state == State.ERASED.value, StoredRequest.received_at <= before)
    return (StoredRequest.id,), and_(is_old, ~StoredRequest.held)


_PLAIN: dict[Rule, Callable[[datetime], tuple[tuple[Any, ...], ColumnElement[bool]]]] = {
    schedule.OUTGOING: _outgoing,
    schedule.INCOMING: _incoming,
    schedule.CALL: _calls,
    schedule.PRESENCE: lambda before: ((Presence.request, Presence.staff), Presence.seen_at <= before),
    schedule.SESSION: lambda before: ((STAFF_SESSION.c.id,), STAFF_SESSION.c.created_at <= before),
    schedule.EXPORT: lambda before: ((Export.id,), Export.wanted_at <= before),
    schedule.ERASED: _erased,
    schedule.LEDGER: lambda before: ((Removal.submission,), Removal.at <= before),
}
