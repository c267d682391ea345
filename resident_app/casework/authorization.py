"""Authorize what is sent and rung: a row that nobody at the office wrote, or that was put back, does nothing.

The console authorizes a message or a call in the transaction in which somebody asks for it, with a MAC
(HMAC-SHA256) under a key that console and worker share and no database holds. It covers the row's id, all
that the row would do (what is sealed, too), and the number of the audit event of that moment. The worker
believes it only while the audit log has no later event that ends it: that the message was sent, failed, was
cancelled or was asked for again, or that this phone was rung. So a row that was copied, changed or put back
is refused.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, or_, select

from resident_app.database import reading
from resident_app.security import audit_log, event_log
from resident_app.security.audit_log import Audited, AuditEvent

_EVENT_BYTES = 8
_PURPOSE = "sent and rung"
_ENDING = (Audited.MESSAGE_ENDED, Audited.MESSAGE_RETRIED, Audited.RANG, Audited.NOTICES_CHANGED)


@dataclass(frozen=True, repr=False)
class Dispatch:
    """What would be sent or rung. `name` and `id` name it in the audit log, such as `message` 12.

    `contents` is all that it would do: numbers, addresses, words. `ended_as` is the name in the event that
    ends it, if that is another one.
    """

    name: str
    id: int
    contents: Sequence[str | int | bool | None]
    ended_as: str = ""


def authorize(connection: Connection, dispatch: Dispatch, event: int) -> bytes:
    """Return the authorization to store with the row. `event` is the number of the event that asks for it."""
    key = audit_log.audit_log_of(connection).keys.newest
    return event.to_bytes(_EVENT_BYTES, "big") + _mac(key.derived(_PURPOSE), dispatch, event)


def is_authorized(connection: Connection, dispatch: Dispatch, authorization: bytes | None) -> bool:
    """Return whether somebody at the office asked for this, and it has not ended since.

    Raises AuditLogDamaged: while the end of the audit log is gone or changed, nothing is sent or rung.
    """
    audit_log.audit_log_of(connection).newest(connection)
    event = _authentic_event(connection, dispatch, authorization)
    return event is not None and not _has_ended(connection, dispatch, event)


def is_authentic(connection: Connection, dispatch: Dispatch, authorization: bytes | None) -> bool:
    """Return whether somebody at the office asked for this at some time."""
    return _authentic_event(connection, dispatch, authorization) is not None


def note_log_end(engine: Engine) -> None:
    """Note the newest event after a transaction that appended one: from now on its loss is seen."""
    with reading(engine) as connection:
        audit_log.audit_log_of(connection).newest(connection)


def record_refused(connection: Connection, table: str, row: int, request: int | None, at: datetime) -> None:
    """Record that a row is not authorized, in the audit log and as an event."""
    event_log.row_refused(table)
    about = {} if request is None else {"request": request}
    audit_log.record(connection, Audited.ROW_REFUSED, actor_id=None, at=at, table=table, row=row, **about)


def _authentic_event(connection: Connection, dispatch: Dispatch, authorization: bytes | None) -> int | None:
    """Return the number of the event that asked for this, or None if the MAC is not of our keys."""
    stored = authorization or b""
    event, mac = int.from_bytes(stored[:_EVENT_BYTES], "big"), stored[_EVENT_BYTES:]
    for key in audit_log.audit_log_of(connection).keys.keys:
        if hmac.compare_digest(mac, _mac(key.derived(_PURPOSE), dispatch, event)):
            return event
    return None


def _has_ended(connection: Connection, dispatch: Dispatch, event: int) -> bool:
    named = f'"{dispatch.ended_as or dispatch.name}": {dispatch.id}'
    ended = select(AuditEvent.number).where(
        AuditEvent.kind.in_([kind.value for kind in _ENDING]),
        AuditEvent.number > event,
        or_(*(AuditEvent.fields.contains(named + after, autoescape=True) for after in (",", "}"))),
    )
    return connection.execute(ended.limit(1)).one_or_none() is not None


def _mac(key: bytes, dispatch: Dispatch, event: int) -> bytes:
    said = json.dumps([dispatch.name, dispatch.id, event, *dispatch.contents])
    return hmac.digest(key, said.encode(), "sha256")
