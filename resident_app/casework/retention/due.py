"""Statements that select what is due. Nothing is that is under legal hold or merged with such a request."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, exists, func, or_, select, table
from sqlalchemy.orm import InstrumentedAttribute, aliased

from resident_app.casework.reports.export_requests import ExportRow
from resident_app.casework.retention import schedule
from resident_app.casework.retention.schedule import RetentionRule
from resident_app.database import Moment
from resident_app.intake.call_tables import CallStage, OfficeCallRow
from resident_app.intake.erasure import PERSON_ID
from resident_app.intake.erasure_tables import ErasureLogRow
from resident_app.intake.message_tables import InboundRow, InboundState, OutgoingRow, OutgoingState
from resident_app.intake.request_tables import (
    EntryKind,
    HelpRequestRow,
    NoteRow,
    PresenceRow,
    RequestState,
    TimelineRow,
)
from resident_app.security.audit_log import AuditEvent

STAFF_SESSION = table("staff_session", column("id"), column("created_at", Moment))
"""Named here because casework may not import the package that defines it."""

_WHOLE = aliased(HelpRequestRow)
_HELD_GROUPS = select(PERSON_ID).where(HelpRequestRow.legal_hold)
_HELD = select(HelpRequestRow.id).where(PERSON_ID.in_(_HELD_GROUPS))
_ENDED = (OutgoingState.SENT, OutgoingState.CANCELLED)


def due_requests(setting: str, before: datetime) -> Select[Any]:
    """Select the main requests of groups that are due."""
    latest = func.coalesce(HelpRequestRow.closed_at, HelpRequestRow.last_contact_at)
    if setting == schedule.REQUEST.setting:
        own = and_(HelpRequestRow.state == RequestState.CLOSED, HelpRequestRow.closed_at <= before)
        is_alive: ColumnElement[bool] = latest > before
    else:
        own = and_(
            HelpRequestRow.state.not_in((RequestState.CLOSED, RequestState.ERASED)),
            HelpRequestRow.last_contact_at <= before,
        )
        is_alive = or_(latest > before, _was_heard_of_after(before))
        own = and_(own, ~_was_heard_of_after(before))
    alive = select(HelpRequestRow.merged_into).where(HelpRequestRow.merged_into.is_not(None), is_alive)
    return select(HelpRequestRow.id).where(
        HelpRequestRow.merged_into.is_(None),
        own,
        HelpRequestRow.id.not_in(alive),
        HelpRequestRow.id.not_in(_HELD_GROUPS),
    )


def due_contacts(before: datetime) -> Select[Any]:
    """Select the requests whose group's main request was closed long enough ago."""
    is_closed = exists().where(
        _WHOLE.id == PERSON_ID, _WHOLE.state == RequestState.CLOSED, _WHOLE.closed_at <= before
    )
    return select(HelpRequestRow.id).where(
        HelpRequestRow.contact_removed_at.is_(None),
        HelpRequestRow.state != RequestState.ERASED,
        is_closed,
        PERSON_ID.not_in(_HELD_GROUPS),
    )


def due_events(before: datetime) -> Select[Any]:
    """Select the audit events before the first one that is kept."""
    first_kept = select(func.min(AuditEvent.number)).where(AuditEvent.at > before).scalar_subquery()
    return select(AuditEvent.number).where(
        AuditEvent.at <= before, or_(first_kept.is_(None), AuditEvent.number < first_kept)
    )


def due_rows(rule: RetentionRule, before: datetime) -> Select[Any]:
    """Select the keys of rows that depend on their age alone, and whose request is not under legal hold."""
    keys, condition = _PLAIN[rule](before)
    return select(*keys).where(condition)


def all_due(rule: RetentionRule, before: datetime) -> Select[Any]:
    """Select everything that a rule would remove."""
    if rule in (schedule.REQUEST, schedule.OPEN_REQUEST):
        return select(HelpRequestRow.id).where(PERSON_ID.in_(due_requests(rule.setting, before)))
    if rule is schedule.CONTACT:
        return due_contacts(before)
    if rule is schedule.AUDIT:
        return due_events(before)
    return due_rows(rule, before)


def _was_heard_of_after(before: datetime) -> ColumnElement[bool]:
    """The sender added something, or the office did more than read the request."""
    added = select(NoteRow.id).where(NoteRow.request_id == HelpRequestRow.id, NoteRow.received_at > before)
    done = select(TimelineRow.id).where(
        TimelineRow.request_id == HelpRequestRow.id,
        TimelineRow.at > before,
        TimelineRow.kind != EntryKind.READ,
    )
    return or_(added.exists(), done.exists())


def _not_held(request: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return or_(request.is_(None), request.not_in(_HELD))


def _outgoing(before: datetime) -> tuple[tuple[Any, ...], ColumnElement[bool]]:
    """A failed message stays as long as its request is open: a person decides about it."""
    closed = select(HelpRequestRow.id).where(HelpRequestRow.state == RequestState.CLOSED)
    failed = and_(
        OutgoingRow.state == OutgoingState.FAILED,
        or_(OutgoingRow.request_id.is_(None), OutgoingRow.request_id.in_(closed)),
    )
    is_over = or_(OutgoingRow.state.in_(_ENDED), failed)
    return (OutgoingRow.id,), and_(is_over, OutgoingRow.ended_at <= before, _not_held(OutgoingRow.request_id))


def _incoming(before: datetime) -> tuple[tuple[Any, ...], ColumnElement[bool]]:
    return (InboundRow.id,), and_(InboundRow.state == InboundState.UNPLACED, InboundRow.received_at <= before)


def _calls(before: datetime) -> tuple[tuple[Any, ...], ColumnElement[bool]]:
    is_over = and_(OfficeCallRow.stage == CallStage.ENDED, OfficeCallRow.updated_at <= before)
    return (OfficeCallRow.id,), and_(is_over, _not_held(OfficeCallRow.request_id))


def _erased(before: datetime) -> tuple[tuple[Any, ...], ColumnElement[bool]]:
    is_old = and_(HelpRequestRow.state == RequestState.ERASED, HelpRequestRow.received_at <= before)
    return (HelpRequestRow.id,), and_(is_old, ~HelpRequestRow.legal_hold)


_PLAIN: dict[RetentionRule, Callable[[datetime], tuple[tuple[Any, ...], ColumnElement[bool]]]] = {
    schedule.OUTGOING: _outgoing,
    schedule.INCOMING: _incoming,
    schedule.CALL: _calls,
    schedule.PRESENCE: lambda before: (
        (PresenceRow.request_id, PresenceRow.account_id),
        PresenceRow.seen_at <= before,
    ),
    schedule.SESSION: lambda before: ((STAFF_SESSION.c.id,), STAFF_SESSION.c.created_at <= before),
    schedule.EXPORT: lambda before: ((ExportRow.id,), ExportRow.requested_at <= before),
    schedule.ERASED: _erased,
    schedule.ERASURE_LOG: lambda before: ((ErasureLogRow.submission,), ErasureLogRow.at <= before),
}
