"""Erasing a request, with everything that hangs on it and that was merged with it; not under legal hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from resident_app.outreach.keeping.proofs import Why, prove, remember_removed
from resident_app.outreach.messages.outbox import cancel_for_request
from resident_app.outreach.tables import (
    Entry,
    OfficeCall,
    Outgoing,
    Presence,
    State,
    StoredNote,
    StoredRequest,
)

GROUP = func.coalesce(StoredRequest.merged_into, StoredRequest.id)
"""The request that stands for a person: requests of one person are one group, and share its fate."""

_PARTS = (("note", StoredNote), ("entry", Entry), ("outgoing", Outgoing), ("call", OfficeCall))
_TEXTS = ("door", "language", "written", "topic", "channel", "secret_hash", "sealed_to", "outcome")
_TIMES = ("tried_on", "next_action_on", "closed_at", "erase_wanted_at", "contact_removed_at")


def erase_group(connection: Connection, request: int, at: datetime, why: Why = Why.ERASED) -> bool:
    """Erase a request and all that were merged with it. False: under legal hold, they go when it ends.

    Of each there stays its submission, that it was erased, and when. In the caller's transaction.
    """
    members = locked_group(connection, request)
    if any(member.held for member in members):
        for member in members:
            cancel_for_request(connection, member.id, at)
        connection.execute(
            update(StoredRequest)
            .where(_among(members), StoredRequest.erase_wanted_at.is_(None))
            .values(erase_wanted_at=at)
        )
        return False
    empty_rows(connection, members, at, why)
    return True


def locked_group(connection: Connection, request: int) -> Sequence[Any]:
    """id, submission, held and state of a group's requests; nobody else changes them in this transaction."""
    group = select(GROUP).where(StoredRequest.id == request).scalar_subquery()
    is_member = or_(StoredRequest.id == group, StoredRequest.merged_into == group)
    # Locked first and read then: who held one of them a moment ago is seen.
    connection.execute(
        select(StoredRequest.id).where(is_member).order_by(StoredRequest.id).with_for_update()
    ).all()
    chosen = select(StoredRequest.id, StoredRequest.submission, StoredRequest.held, StoredRequest.state)
    return connection.execute(
        chosen.where(is_member, StoredRequest.state != State.ERASED.value).order_by(StoredRequest.id)
    ).all()


def empty_rows(connection: Connection, members: Sequence[Any], at: datetime, why: Why) -> None:
    """Take everything out of these requests, held or not, with the proof and the ledger's lines."""
    if not members:
        return
    remove_parts(connection, members, why.value, at)
    connection.execute(
        update(StoredRequest)
        .where(_among(members))
        .values(
            dict.fromkeys(_TEXTS, "")
            | dict.fromkeys(_TIMES)
            | {
                "state": State.ERASED.value,
                "sealed": b"",
                "selector": None,
                "officer": None,
                "merged_into": None,
                "held": False,
                "received_at": at,
                "last_contact_at": at,
                "version": StoredRequest.version + 1,
            }
        )
    )
    remember_removed(connection, (member.submission for member in members), why, at)
    prove(connection, "request", why.value, len(members), at)


def remove_parts(connection: Connection, members: Sequence[Any], rule: str, at: datetime) -> None:
    """Remove what hangs on these requests: notes, timeline, messages, calls."""
    ids = [member.id for member in members]
    connection.execute(delete(Presence).where(Presence.request.in_(ids)))
    for kind, table in _PARTS:
        removed = connection.execute(delete(table).where(table.request.in_(ids))).rowcount
        prove(connection, kind, rule, removed, at)


def _among(members: Sequence[Any]) -> Any:
    return StoredRequest.id.in_([member.id for member in members])
