"""Erase a request with everything that belongs to it, unless it is under legal hold.

Erasing takes one request, the one whose reference its sender has. Requests that the office merged with it are
kept: the office may have been wrong about who wrote them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.erasure_tables import RemovalReason
from resident_app.intake.message_tables import UNSENT, OutgoingRow, OutgoingState
from resident_app.intake.notice_tables import NoticeRow
from resident_app.intake.purge_receipts import log_erasure, write_purge_receipt
from resident_app.intake.request_tables import (
    DraftRow,
    HelpRequestRow,
    NoteRow,
    PresenceRow,
    RequestState,
    RequestTagRow,
    TimelineRow,
)

PERSON_ID = func.coalesce(HelpRequestRow.merged_into, HelpRequestRow.id)
"""The main request of a group. Requests that were merged are one group, and are kept or removed together."""

_DEPENDENT_ROWS = (
    ("note", NoteRow),
    ("entry", TimelineRow),
    ("outgoing", OutgoingRow),
    ("call", OfficeCallRow),
    ("attachment", AttachmentRow),
)
_TEXTS = (
    "spoken_language",
    "written_language",
    "topic",
    "secret_hash",
    "sealed_to",
    "outcome",
)
_NULLABLE = (
    "origin",
    "channel",
    "tried_on",
    "next_action_at",
    "call_back_officer",
    "call_back_interpreter",
    "closed_at",
    "erasure_requested_at",
    "contact_removed_at",
    "wrote_at",
    "undelivered_at",
)


class GroupMember(NamedTuple):
    """One request of a group."""

    id: int
    submission: bytes
    legal_hold: bool
    state: RequestState


def erase_request(
    connection: Connection, request: int, at: datetime, why: RemovalReason = RemovalReason.ERASED
) -> bool:
    """Erase a request, in the caller's transaction. What was merged into it is on its own again, and open.

    Its submission and the time remain. Returns False if it is under legal hold: then it is erased when the
    hold ends, and unsent messages are cancelled now.
    """
    members = locked_group(connection, request)
    own = next((member for member in members if member.id == request), None)
    if own is None:
        return True
    if own.legal_hold:
        cancel_for_request(connection, request, at)
        connection.execute(
            update(HelpRequestRow)
            .where(HelpRequestRow.id == request, HelpRequestRow.erasure_requested_at.is_(None))
            .values(erasure_requested_at=at)
        )
        return False
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.merged_into == request)
        .values(
            merged_into=None,
            state=RequestState.RECEIVED,
            closed_at=None,
            outcome="",
            version=HelpRequestRow.version + 1,
        )
    )
    empty_rows(connection, [own], at, why)
    return True


def locked_group(connection: Connection, request: int) -> list[GroupMember]:
    """Return the requests of a request's group that are not erased, and lock their rows."""
    group = select(PERSON_ID).where(HelpRequestRow.id == request).scalar_subquery()
    is_member = or_(HelpRequestRow.id == group, HelpRequestRow.merged_into == group)
    # Lock first, then read: a hold that another transaction just set is seen.
    connection.execute(
        select(HelpRequestRow.id).where(is_member).order_by(HelpRequestRow.id).with_for_update()
    ).all()
    chosen = select(
        HelpRequestRow.id, HelpRequestRow.submission, HelpRequestRow.legal_hold, HelpRequestRow.state
    )
    rows = connection.execute(
        chosen.where(is_member, HelpRequestRow.state != RequestState.ERASED).order_by(HelpRequestRow.id)
    )
    return [GroupMember(*row) for row in rows]


def empty_rows(
    connection: Connection, members: Sequence[GroupMember], at: datetime, why: RemovalReason
) -> None:
    """Empty these rows, under legal hold or not, and write purge receipts and the erasure log."""
    if not members:
        return
    remove_dependent_rows(connection, [member.id for member in members], why, at)
    connection.execute(
        update(HelpRequestRow)
        .where(_among(members))
        .values(
            dict.fromkeys(_TEXTS, "")
            | dict.fromkeys(_NULLABLE)
            | {
                "state": RequestState.ERASED,
                "sealed": b"",
                "selector": None,
                "assigned_to": None,
                "merged_into": None,
                "legal_hold": False,
                "priority": False,
                "received_at": at,
                "last_contact_at": at,
                "version": HelpRequestRow.version + 1,
            }
        )
    )
    log_erasure(connection, (member.submission for member in members), why, at)
    write_purge_receipt(connection, "request", why, len(members), at)


def remove_dependent_rows(connection: Connection, ids: Sequence[int], rule: str, at: datetime) -> None:
    """Remove the notes, timelines, messages, calls, attachments, notices and tags of these requests."""
    for passing in (PresenceRow, DraftRow, NoticeRow, RequestTagRow):
        connection.execute(delete(passing).where(passing.request_id.in_(ids)))
    for kind, table in _DEPENDENT_ROWS:
        removed = connection.execute(delete(table).where(table.request_id.in_(ids))).rowcount
        write_purge_receipt(connection, kind, rule, removed, at)


def _among(members: Sequence[GroupMember]) -> ColumnElement[bool]:
    return HelpRequestRow.id.in_([member.id for member in members])


def cancel_for_request(connection: Connection, request: int, at: datetime) -> None:
    """Cancel the unsent messages of a request. What the provider already has cannot be cancelled."""
    connection.execute(
        update(OutgoingRow)
        .where(OutgoingRow.request_id == request, OutgoingRow.state.in_(UNSENT))
        .values(state=OutgoingState.CANCELLED, ended_at=at)
    )
