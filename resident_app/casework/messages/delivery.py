"""The state of an outgoing message, as workers change it.

Each change is one conditional write, so a step that runs twice or late changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select, update

from resident_app.contact_points import Channel
from resident_app.database import lock_names
from resident_app.intake.message_tables import ON_THE_WAY, DeliveryError, OutgoingRow, OutgoingState
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

_HANDED_OVER = (OutgoingState.QUEUED, OutgoingState.SENDING)
_ERASURE_REQUESTED = exists().where(
    HelpRequestRow.id == OutgoingRow.request_id, HelpRequestRow.erasure_requested_at.is_not(None)
)


@dataclass(frozen=True)
class DeliveryAttempt:
    """The `number`-th try of a round of the message with this key."""

    key: str
    round: int
    number: int


@dataclass(frozen=True, repr=False)
class BegunDelivery:
    """What a try needs. `uncertain`: an earlier one may have sent the message."""

    id: int
    request_id: int | None
    channel: Channel
    created_at: datetime
    sealed: bytes
    authorization: bytes | None
    uncertain: bool


def due(connection: Connection, channel: Channel, now: datetime, limit: int) -> list[DeliveryAttempt]:
    """Return the next tries of messages that are in no queue and whose time has come, the oldest first."""
    is_due = or_(OutgoingRow.not_before.is_(None), OutgoingRow.not_before <= now)
    waits = OutgoingRow.state == OutgoingState.WAITING
    return _next_attempts(connection, OutgoingRow.channel == channel, waits, is_due, limit=limit)


def overdue(connection: Connection, channel: Channel, since: datetime) -> list[DeliveryAttempt]:
    """Return the next tries of messages that a worker should have tried, or finished, by `since`."""
    is_late = func.coalesce(OutgoingRow.not_before, OutgoingRow.created_at) <= since
    return _next_attempts(
        connection, OutgoingRow.channel == channel, OutgoingRow.state.in_(_HANDED_OVER), is_late
    )


def mark_queued(connection: Connection, attempts: Sequence[DeliveryAttempt]) -> None:
    """Note that these tries are in a queue."""
    for attempt in attempts:
        waits = OutgoingRow.state == OutgoingState.WAITING
        connection.execute(
            update(OutgoingRow).where(*_round(attempt), waits).values(state=OutgoingState.QUEUED)
        )


def begin(connection: Connection, attempt: DeliveryAttempt, now: datetime) -> BegunDelivery | None:
    """Begin a try, or begin it again after a crash. Return None if it is no longer wanted."""
    row = connection.execute(
        select(
            OutgoingRow.id,
            OutgoingRow.request_id,
            OutgoingRow.channel,
            OutgoingRow.created_at,
            OutgoingRow.sealed,
            OutgoingRow.authorization,
            OutgoingRow.error,
        )
        .where(
            *_round(attempt),
            OutgoingRow.state.in_(ON_THE_WAY),
            OutgoingRow.attempts <= attempt.number,
            ~_ERASURE_REQUESTED,
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        return None
    connection.execute(
        update(OutgoingRow)
        .where(OutgoingRow.key == attempt.key)
        .values(
            state=OutgoingState.SENDING,
            attempts=attempt.number,
            not_before=now,
            error=DeliveryError.UNCERTAIN,
        )
    )
    uncertain = row.error is DeliveryError.UNCERTAIN or attempt.round > 0
    return BegunDelivery(
        row.id, row.request_id, row.channel, row.created_at, row.sealed, row.authorization, uncertain
    )


def mark_sent(connection: Connection, key: str, provider_id: str, now: datetime) -> bool:
    """Note that a message is out. Return False if that was known.

    It is out even if it was cancelled, or given to another worker, while the provider was asked.
    """
    sent = connection.execute(
        update(OutgoingRow)
        .where(OutgoingRow.key == key, OutgoingRow.state.in_((*ON_THE_WAY, OutgoingState.CANCELLED)))
        .values(state=OutgoingState.SENT, ended_at=now, not_before=None, error=None, provider_id=provider_id)
    )
    if sent.rowcount == 1:
        _record_ended(connection, OutgoingRow.key == key, "sent", now)
    return sent.rowcount == 1


def end(
    connection: Connection,
    attempt: DeliveryAttempt,
    error: DeliveryError,
    now: datetime,
    retry_at: datetime | None,
) -> bool:
    """End a try that did not send the message. Without `retry_at` only a person can have it tried again.

    Return False if the message is not in this try anymore.
    """
    ended = connection.execute(
        update(OutgoingRow)
        .where(
            *_round(attempt),
            OutgoingRow.state == OutgoingState.SENDING,
            OutgoingRow.attempts == attempt.number,
        )
        .values(
            state=OutgoingState.QUEUED if retry_at else OutgoingState.FAILED,
            error=error,
            not_before=retry_at,
            ended_at=None if retry_at else now,
        )
    )
    if ended.rowcount == 1 and retry_at is None and error is not DeliveryError.NOT_AUTHORIZED:
        _record_ended(connection, OutgoingRow.key == attempt.key, error.value, now)
    return ended.rowcount == 1


def start_round(connection: Connection, next_attempt: DeliveryAttempt) -> None:
    """Take a message from a worker that was lost. What that worker still does with it changes nothing."""
    connection.execute(
        update(OutgoingRow)
        .where(
            *_round(next_attempt),
            OutgoingRow.state.in_(_HANDED_OVER),
            OutgoingRow.attempts == next_attempt.number - 1,
        )
        .values(state=OutgoingState.WAITING, round=OutgoingRow.round + 1)
    )


def mark_not_set_up(connection: Connection, channel: Channel) -> None:
    """Note on waiting messages that no provider is set up for their channel."""
    noted = update(OutgoingRow).where(*_waits_unexplained(channel))
    connection.execute(noted.values(error=DeliveryError.NOT_SET_UP))


def waits_unexplained(connection: Connection, channel: Channel) -> bool:
    """Return whether a message of this channel waits and no error says why."""
    found = select(OutgoingRow.id).where(*_waits_unexplained(channel)).limit(1)
    return connection.execute(found).one_or_none() is not None


def claim(connection: Connection, key: str, provider_id: str) -> bool:
    """Note the provider's id of a message found there. Return False if that id is another message's."""
    lock_names(connection, [sha256(provider_id.encode()).digest()])
    other = (
        select(OutgoingRow.id).where(OutgoingRow.provider_id == provider_id, OutgoingRow.key != key).limit(1)
    )
    if connection.execute(other).one_or_none() is not None:
        return False
    connection.execute(update(OutgoingRow).where(OutgoingRow.key == key).values(provider_id=provider_id))
    return True


def _next_attempts(
    connection: Connection, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[DeliveryAttempt]:
    found = select(OutgoingRow.key, OutgoingRow.round, OutgoingRow.attempts + 1).where(*conditions)
    rows = connection.execute(found.order_by(OutgoingRow.created_at, OutgoingRow.id).limit(limit))
    return [DeliveryAttempt(*row) for row in rows]


def _round(attempt: DeliveryAttempt) -> tuple[ColumnElement[bool], ...]:
    return OutgoingRow.key == attempt.key, OutgoingRow.round == attempt.round


def _record_ended(connection: Connection, which: ColumnElement[bool], how: str, now: datetime) -> None:
    """Record that a message was sent or failed. If its row is put back, this event says that it ended."""
    number = connection.execute(select(OutgoingRow.id).where(which)).scalar_one()
    audit_log.record(connection, Audited.MESSAGE_ENDED, actor_id=None, at=now, message=number, how=how)


def _waits_unexplained(channel: Channel) -> tuple[ColumnElement[bool], ...]:
    waits = OutgoingRow.state == OutgoingState.WAITING
    return OutgoingRow.channel == channel, waits, OutgoingRow.error.is_(None)
