"""The audit log: typed events about what staff did. Each event holds the keyed hash of the event before it.

Only an engine that holds the audit keys (`with_audit_log`) can record. Recording raises AuditLogDamaged when
the log's end is not what this process knows, so that nothing is done or shown without an event.
"""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from weakref import WeakSet

from sqlalchemy import Connection, Engine, Index, Integer, String, Text, cast, insert, select
from sqlalchemy.engine import Transaction
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment, lock_names
from resident_app.security.audit_event import StoredEvent
from resident_app.security.audit_keys import AuditKeys

FIRST = "0" * 64
"""The previous hash of the first event."""

_APPENDING = b"audit log"
_OPTION = "audit_log"
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
    TWO_PEOPLE = "two-people"
    """Two established people are there for the first time: from now on one is not enough."""
    ONE_PERSON = "one-person"
    """One person did alone what needs two, because there were none, or in an emergency."""
    REQUEST_READ = "request-read"
    REQUEST_CHANGED = "request-changed"
    REPLY_READ = "reply-read"
    """A reply that belongs to no request was shown."""
    ATTACHMENT_READ = "attachment-read"
    """A file of a request, or of a reply that belongs to none, was shown."""
    SEARCHED = "searched"
    MESSAGE_QUEUED = "message-queued"
    MESSAGE_RETRIED = "message-retried"
    MESSAGE_ENDED = "message-ended"
    """A message was sent, or failed until a person retries it."""
    REPLY_PLACED = "reply-placed"
    CALLED = "called"
    RANG = "rang"
    """A phone was rung for a call. The field is whose, and the call's number."""
    HOLD_CHANGED = "hold-changed"
    PURGED = "purged"
    EXPORT_ASKED = "export-asked"
    EXPORT_DECIDED = "export-decided"
    EXPORTED = "exported"
    TEMPLATE_CHANGED = "template-changed"
    """A template of the office was written, translated, reviewed or retired."""
    INTERPRETER_CHANGED = "interpreter-changed"
    """An interpreter was added, changed or retired. The field `service` is its id."""
    NOTICES_CHANGED = "notices-changed"
    """Where a staff member gets e-mail about notices was stored, or the e-mail was turned off."""
    KEY_CHANGED = "key-changed"
    HEAD_PRINTED = "head-printed"
    VERIFIED = "verified"
    """The chain was verified, in the console."""
    CHAIN_KEYED = "chain-keyed"
    """The chain is keyed from here on. The event names the last one without a key."""


class AuditEvent(Base):
    """One event. Numbers have no gap. `hash` covers the whole row and the hash before it."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("audit_event_kind", "kind", "number"),
        Index("audit_event_actor", "actor_id", "number"),
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
    """HMAC-SHA256, hex; SHA-256 in an event without a key."""
    key_id: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """The key's id. Empty: from before version 0.3.0, when the chain had no key."""
    version_event: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """The number of the newest event with a row's version, this one included; 0: there is none."""


class AuditLogDamaged(Exception):
    """The log's end was changed or cut off, or has another key, so nothing can be appended.

    The message says what to do.
    """


class AuditKeyMissing(RuntimeError):
    """This process holds no audit key, so it can record nothing."""


COLUMNS = (
    AuditEvent.number,
    # As text, so that a damaged time is a finding instead of an error.
    cast(AuditEvent.at, String).label("at"),
    AuditEvent.kind,
    AuditEvent.actor_id,
    AuditEvent.fields,
    AuditEvent.previous,
    AuditEvent.hash,
    AuditEvent.key_id,
    AuditEvent.version_event,
)
"""The columns of a StoredEvent."""


RowKey = tuple[str, int]
"""A table and the id of a row."""


@dataclass(frozen=True)
class KnownVersions:
    """The newest versions of rows, from the events of versions between two: `below` < number <= `newest`."""

    newest: int
    below: int
    versions: Mapping[RowKey, int]


class AuditLog:
    """The log as one process knows it: its keys, and the newest event that it has seen."""

    def __init__(self, keys: AuditKeys):
        self.keys = keys
        self._mutex = threading.Lock()
        self._seen = 0
        self._appending: WeakSet[Transaction] = WeakSet()
        self.versions = KnownVersions(0, 0, {})
        """What `row_versions` verified."""

    def newest(self, connection: Connection) -> StoredEvent | None:
        """Return the newest event, or None of an empty log. Raises AuditLogDamaged."""
        # Read before the row is: what another thread commits meanwhile is no fault.
        seen = self._seen
        newest = last_event(connection)
        if (newest.number if newest else 0) < seen:
            raise AuditLogDamaged("the end of the audit log is gone; see `flask audit verify`")
        if newest is None:
            return None
        if not newest.key_id:
            raise AuditLogDamaged("the audit log is not keyed yet; run `flask audit begin`")
        if self.keys.find(str(newest.key_id)) is None:
            raise AuditLogDamaged("the audit log's newest event has a key that AUDIT_KEY_FILE lacks")
        if not newest.is_intact(self.keys):
            raise AuditLogDamaged("the audit log's newest event was changed; see `flask audit verify`")
        if not self.is_appending(connection):
            with self._mutex:
                self._seen = max(self._seen, newest.number)
        return newest

    def append(
        self,
        connection: Connection,
        last: StoredEvent | None,
        kind: Audited,
        actor_id: int | None,
        at: datetime,
        fields: Mapping[str, int | str],
    ) -> StoredEvent:
        """Append an event after `last`, and return it.

        The caller's transaction has locked the log, and verified `last`.
        """
        event = self._next(connection, last, kind, actor_id, at, fields)
        connection.execute(insert(AuditEvent), asdict(event))
        return event

    def append_each(
        self,
        connection: Connection,
        last: StoredEvent | None,
        events: Sequence[tuple[Audited, Mapping[str, int | str]]],
        actor_id: int | None,
        at: datetime,
    ) -> list[int]:
        """Append several events with one statement, like `append`. Returns their numbers."""
        rows = []
        for kind, fields in events:
            last = self._next(connection, last, kind, actor_id, at, fields)
            rows.append(asdict(last))
        connection.execute(insert(AuditEvent), rows)
        return [int(row["number"]) for row in rows]

    def _next(
        self,
        connection: Connection,
        last: StoredEvent | None,
        kind: Audited,
        actor_id: int | None,
        at: datetime,
        fields: Mapping[str, int | str],
    ) -> StoredEvent:
        """Return the event that comes after `last`, and note that this transaction appends."""
        for value in fields.values():
            if isinstance(value, str) and not _CODE.fullmatch(value):
                raise ValueError("a field of an audit event is a number or a code")
        number = last.number + 1 if last else 1
        version_event = int(str(last.version_event)) if last else 0
        if kind is Audited.ROW_VERSION:
            fields = {**fields, "after": version_event}
            version_event = number
        event = StoredEvent(
            number=number,
            at=at,
            kind=kind.value,
            actor_id=actor_id,
            fields=json.dumps(dict(fields), sort_keys=True),
            previous=str(last.hash) if last else FIRST,
            key_id=self.keys.newest.id,
            version_event=version_event,
        )
        transaction = connection.get_transaction()
        if transaction is not None:
            self._appending.add(transaction)
        return replace(event, hash=event.under(self.keys))

    def is_appending(self, connection: Connection) -> bool:
        """Return whether this transaction has appended: what it reads may yet be rolled back."""
        return connection.get_transaction() in self._appending


def with_audit_log(engine: Engine, keys: AuditKeys) -> Engine:
    """Return the engine, over the same connections, with the keys by which it records and verifies."""
    return engine.execution_options(**{_OPTION: AuditLog(keys)})


def holds_audit_log(connection: Connection) -> bool:
    """Return whether this connection's process may record events. The public process may not."""
    return _OPTION in connection.get_execution_options()


def audit_log_of(connection: Connection) -> AuditLog:
    """Return the log of a connection. Raises AuditKeyMissing."""
    found = connection.get_execution_options().get(_OPTION)
    if not isinstance(found, AuditLog):
        raise AuditKeyMissing("this process holds no audit key")
    return found


def record(
    connection: Connection, kind: Audited, *, actor_id: int | None, at: datetime, **fields: int | str
) -> int:
    """Append an event, in the transaction of the change that it records. Return its number.

    `fields` are numbers and codes. Raises ValueError for anything else, such as words that a person wrote;
    AuditLogDamaged if the log's end is not what it should be; AuditKeyMissing.
    """
    [number] = record_each(connection, [(kind, fields)], actor_id=actor_id, at=at)
    return number


def record_each(
    connection: Connection,
    events: Sequence[tuple[Audited, Mapping[str, int | str]]],
    *,
    actor_id: int | None,
    at: datetime,
) -> list[int]:
    """Append several events of one person at one time, like `record`. Returns their numbers."""
    if not events:
        return []
    log = audit_log_of(connection)
    lock_log(connection)
    return log.append_each(connection, log.newest(connection), events, actor_id, at)


def last_event(connection: Connection) -> StoredEvent | None:
    """Return the newest event as it is stored, or None of an empty log."""
    row = connection.execute(select(*COLUMNS).order_by(AuditEvent.number.desc()).limit(1)).one_or_none()
    return StoredEvent(*row) if row else None


def lock_log(connection: Connection) -> None:
    """Lock the log against other writers until the transaction ends."""
    lock_names(connection, [_APPENDING])
