"""The audit log: typed events about what staff did. Each event holds the hash of the event before it."""

import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, Index, Integer, String, Text, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment, lock_names

FIRST = "0" * 64
"""The previous hash of the first event."""

_APPENDING = b"audit log"
_CODE = re.compile(r"[a-zA-Z0-9_.:+-]{0,80}")


class Audited(StrEnum):
    """The kinds of events."""

    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_IN_LOCKED = "sign-in-locked"
    SIGNED_OUT = "signed-out"
    UNLOCKED = "unlocked"
    """The person reauthenticated, after the session was idle or before a sensitive action."""
    ACCOUNT_CHANGED = "account-changed"
    ROW_VERSION = "row-version"
    """A row by which somebody has a right was written. The event names its table, number and version."""
    ROW_REFUSED = "row-refused"
    """A row was found that this system did not write, or an older one that was put back."""
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
    """The chain was verified, in the console."""


class AuditEvent(Base):
    """One event. Numbers have no gap. `hash` covers the whole row and the hash before it."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("audit_event_kind", "kind", "number"),
        Index("audit_event_actor", "actor_id", "number"),
        Index(
            "audit_event_version",
            "fields",
            sqlite_where=text("kind = 'row-version'"),
            postgresql_where=text("kind = 'row-version'"),
        ),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None] = mapped_column(Integer)
    """Who did it; None: the system, or nobody who could sign in."""
    fields: Mapped[str] = mapped_column(Text)
    """A JSON object of numbers and codes, nothing that a person wrote."""
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256, hex."""


def record(
    connection: Connection, kind: Audited, *, actor_id: int | None, at: datetime, **fields: int | str
) -> None:
    """Append an event, in the transaction of the change that it records.

    `fields` are numbers and codes. Raises ValueError for anything else, such as words that a person wrote.
    """
    for value in fields.values():
        if isinstance(value, str) and not _CODE.fullmatch(value):
            raise ValueError("a field of an audit event is a number or a code")
    lock_log(connection)
    last = connection.execute(
        select(AuditEvent.number, AuditEvent.hash).order_by(AuditEvent.number.desc()).limit(1)
    ).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    said = json.dumps(fields, sort_keys=True)
    connection.execute(
        insert(AuditEvent).values(
            number=number,
            at=at,
            kind=kind.value,
            actor_id=actor_id,
            fields=said,
            previous=previous,
            hash=chained(previous, number, at, kind.value, actor_id, said),
        )
    )


def lock_log(connection: Connection) -> None:
    """Lock the log against other writers until the transaction ends."""
    lock_names(connection, [_APPENDING])


def chained(previous: str, number: int, at: datetime, kind: str, actor_id: int | None, fields: str) -> str:
    """Return the hash of an event (SHA-256, hex) over the previous hash and all its columns."""
    said = json.dumps([previous, number, at.astimezone(UTC).isoformat(), kind, actor_id, fields])
    return sha256(said.encode()).hexdigest()
