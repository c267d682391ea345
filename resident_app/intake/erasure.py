"""Erasing a request, with everything that hangs on it and that was merged with it; not under legal hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.erasure_tables import RemovalReason
from resident_app.intake.message_tables import UNSENT, OutgoingRow, OutgoingState
from resident_app.intake.purge_receipts import log_erasure, write_purge_receipt
from resident_app.intake.request_tables import HelpRequestRow, NoteRow, PresenceRow, RequestState, TimelineRow

PERSON_ID = func.coalesce(HelpRequestRow.merged_into, HelpRequestRow.id)
"""The request that stands for a person: requests of one person are one group, and share its fate."""

_DEPENDENT_ROWS = (
    ("note", NoteRow),
    ("entry", TimelineRow),
    ("outgoing", OutgoingRow),
    ("call", OfficeCallRow),
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
    "next_action_on",
    "closed_at",
    "erasure_requested_at",
    "contact_removed_at",
)


def erase_group(
    connection: Connection, request: int, at: datetime, why: RemovalReason = RemovalReason.ERASED
) -> bool:
    """Erase a request and all that were merged with it. False: under legal hold, they go when it ends.

    Of each there stays its submission, that it was erased, and when. In the caller's transaction.
    """
    members = locked_group(connection, request)
    if any(member.legal_hold for member in members):
        for member in members:
            cancel_for_request(connection, member.id, at)
        connection.execute(
            update(HelpRequestRow)
            .where(_among(members), HelpRequestRow.erasure_requested_at.is_(None))
            .values(erasure_requested_at=at)
        )
        return False
    empty_rows(connection, members, at, why)
    return True


def locked_group(connection: Connection, request: int) -> Sequence[Any]:
    """Return id, submission, legal_hold and state of a group's requests, and lock their rows."""
    group = select(PERSON_ID).where(HelpRequestRow.id == request).scalar_subquery()
    is_member = or_(HelpRequestRow.id == group, HelpRequestRow.merged_into == group)
    # Locked first and read then: who held one of them a moment ago is seen.
    connection.execute(
        select(HelpRequestRow.id).where(is_member).order_by(HelpRequestRow.id).with_for_update()
    ).all()
    chosen = select(
        HelpRequestRow.id, HelpRequestRow.submission, HelpRequestRow.legal_hold, HelpRequestRow.state
    )
    return connection.execute(
        chosen.where(is_member, HelpRequestRow.state != RequestState.ERASED).order_by(HelpRequestRow.id)
    ).all()


def empty_rows(connection: Connection, members: Sequence[Any], at: datetime, why: RemovalReason) -> None:
    """Take everything out of these requests, held or not, with the proof and the ledger's lines."""
    if not members:
        return
    remove_dependent_rows(connection, members, why, at)
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
                "received_at": at,
                "last_contact_at": at,
                "version": HelpRequestRow.version + 1,
            }
        )
    )
    log_erasure(connection, (member.submission for member in members), why, at)
    write_purge_receipt(connection, "request", why, len(members), at)


def remove_dependent_rows(connection: Connection, members: Sequence[Any], rule: str, at: datetime) -> None:
    """Remove what hangs on these requests: notes, timeline, messages, calls."""
    ids = [member.id for member in members]
    connection.execute(delete(PresenceRow).where(PresenceRow.request_id.in_(ids)))
    for kind, table in _DEPENDENT_ROWS:
        removed = connection.execute(delete(table).where(table.request_id.in_(ids))).rowcount
        write_purge_receipt(connection, kind, rule, removed, at)


def _among(members: Sequence[Any]) -> Any:
    return HelpRequestRow.id.in_([member.id for member in members])


def cancel_for_request(connection: Connection, request: int, at: datetime) -> None:
    """Nothing more goes out for a request; what the provider has already is out."""
    connection.execute(
        update(OutgoingRow)
        .where(OutgoingRow.request_id == request, OutgoingRow.state.in_(UNSENT))
        .values(state=OutgoingState.CANCELLED, ended_at=at)
    )
