"""The audit log: typed events about what staff did, each chained to the one before by its hash."""

import json
import re
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256

from sqlalchemy import Connection, Index, Integer, String, Text, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment, lock_names

FIRST = "0" * 64
"""What the first event has for the hash before it."""

_APPENDING = b"audit log"
_CODE = re.compile(r"[a-zA-Z0-9_.:+-]{0,80}")


class Audited(Enum):
    """Every kind of event there is."""

    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_IN_LOCKED = "sign-in-locked"
    SIGNED_OUT = "signed-out"
    UNLOCKED = "unlocked"
    """The session was idle, or something grave was asked for, and the person proved who they are."""
    ACCOUNT_CHANGED = "account-changed"
    REQUEST_READ = "request-read"
    REQUEST_CHANGED = "request-changed"
    SEARCHED = "searched"
    MESSAGE_QUEUED = "message-queued"
    MESSAGE_RETRIED = "message-retried"
    REPLY_PLACED = "reply-placed"
    CALLED = "called"
    HOLD_CHANGED = "hold-changed"
    PURGED = "purged"
    EXPORT_ASKED = "export-asked"
    EXPORT_DECIDED = "export-decided"
    EXPORTED = "exported"
    KEY_CHANGED = "key-changed"
    HEAD_PRINTED = "head-printed"
    VERIFIED = "verified"
    """Somebody had the log's chain verified, in the console."""


class AuditEvent(Base):
    """One event. Numbers have no gap; `hash` covers everything in the row and the hash before it."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("audit_event_kind", "kind", "number"),
        Index("audit_event_staff", "staff", "number"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    staff: Mapped[int | None] = mapped_column(Integer)
    """Who did it; None: the system, or nobody who could sign in."""
    fields: Mapped[str] = mapped_column(Text)
    """A JSON object of numbers and codes: nothing a person wrote."""
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256, hex."""


def record(
    connection: Connection, kind: Audited, *, staff: int | None, at: datetime, **fields: int | str
) -> None:
    """Append an event, in the transaction of what it tells: neither is there without the other.

    `fields` are numbers and codes. Raises ValueError for words: no person's belong here.
    """
    for value in fields.values():
        if isinstance(value, str) and not _CODE.fullmatch(value):
            raise ValueError("an audit event holds numbers and codes")
    lock_log(connection)
    last = connection.execute(
        select(AuditEvent.number, AuditEvent.hash).order_by(AuditEvent.number.desc()).limit(1)
    ).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    text = json.dumps(fields, sort_keys=True)
    connection.execute(
        insert(AuditEvent).values(
            number=number,
            at=at,
            kind=kind.value,
            staff=staff,
            fields=text,
            previous=previous,
            hash=chained(previous, number, at, kind.value, staff, text),
        )
    )


def lock_log(connection: Connection) -> None:
    """Until the transaction ends nobody else appends to the log or removes from it."""
    lock_names(connection, [_APPENDING])


def chained(previous: str, number: int, at: datetime, kind: str, staff: int | None, fields: str) -> str:
    """The hash of an event: SHA-256 over the hash before it and all that it says."""
    said = json.dumps([previous, number, at.astimezone(UTC).isoformat(), kind, staff, fields])
    return sha256(said.encode()).hexdigest()
