"""A message's way through the worker: handed to a queue, begun, then sent, put off or failed.

Each step is one conditional write, so that a step that comes late, or twice, changes nothing. Who has a
message has it until `not_before`; whoever looks after that takes it for lost, and hands it over anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from resident_app.casework.messages.outbox import DeliveryError
from resident_app.database import lock_names
from resident_app.intake.message_tables import OutgoingRow, OutgoingState
from resident_app.intake.request_tables import HelpRequestRow

LEASE = timedelta(minutes=5)

_ON_THE_WAY = (OutgoingState.WAITING.value, OutgoingState.SENDING.value)


@dataclass(frozen=True)
class DeliveryAttempt:
    """One attempt to send a message: the `number`-th of its `round`."""

    message: int
    round: int
    number: int


@dataclass(frozen=True, repr=False)
class BegunDelivery:
    """An attempt that is begun. `uncertain`: an earlier one may have sent the message already."""

    key: str
    channel: str
    created_at: datetime
    sealed: bytes
    uncertain: bool


def due(connection: Connection, channel: str, now: datetime, most: int) -> list[DeliveryAttempt]:
    """The next attempts of messages whose time has come, the oldest message first."""
    rows = connection.execute(
        select(OutgoingRow.id, OutgoingRow.round, OutgoingRow.attempts)
        .where(
            OutgoingRow.channel == channel,
            OutgoingRow.state.in_(_ON_THE_WAY),
            or_(OutgoingRow.not_before.is_(None), OutgoingRow.not_before <= now),
        )
        .order_by(OutgoingRow.created_at, OutgoingRow.id)
        .limit(most)
    )
    return [DeliveryAttempt(row.id, row.round, row.attempts + 1) for row in rows]


def under_way(connection: Connection, channel: str, now: datetime) -> int:
    """How many messages of a channel workers have at this moment."""
    return connection.execute(
        select(func.count()).where(
            OutgoingRow.channel == channel,
            OutgoingRow.state == OutgoingState.SENDING.value,
            OutgoingRow.not_before > now,
        )
    ).scalar_one()


def hand_over(connection: Connection, attempts: Sequence[DeliveryAttempt], now: datetime) -> None:
    """These attempts are in a worker's queue."""
    for attempt in attempts:
        connection.execute(
            update(OutgoingRow)
            .where(
                OutgoingRow.id == attempt.message,
                OutgoingRow.round == attempt.round,
                OutgoingRow.attempts == attempt.number - 1,
                OutgoingRow.state.in_(_ON_THE_WAY),
            )
            .values(state=OutgoingState.SENDING.value, attempts=attempt.number, not_before=now + LEASE)
        )


def begin(connection: Connection, attempt: DeliveryAttempt, now: datetime) -> BegunDelivery | None:
    """Begin an attempt, or begin it again after a crash. None: it is no longer wanted."""
    row = connection.execute(
        select(OutgoingRow.__table__).where(OutgoingRow.id == attempt.message).with_for_update()
    ).one_or_none()
    if row is None or row.round != attempt.round or not _is_next(row, attempt):
        return None
    connection.execute(
        update(OutgoingRow)
        .where(OutgoingRow.id == attempt.message)
        .values(
            state=OutgoingState.SENDING.value,
            attempts=attempt.number,
            not_before=now + LEASE,
            trouble=DeliveryError.UNCERTAIN.value,
        )
    )
    uncertain = row.trouble == DeliveryError.UNCERTAIN.value or row.round > 0
    return BegunDelivery(row.key, row.channel, row.created_at, row.sealed, uncertain)


def sent(connection: Connection, attempt: DeliveryAttempt, provider_id: str, now: datetime) -> None:
    """The message is out: also its request's sender has been reached out to.

    It is out even if it was cancelled while the provider was asked.
    """
    ended = (OutgoingState.SENDING.value, OutgoingState.CANCELLED.value)
    done = connection.execute(
        update(OutgoingRow)
        .where(
            OutgoingRow.id == attempt.message,
            OutgoingRow.round == attempt.round,
            OutgoingRow.state.in_(ended),
        )
        .values(
            state=OutgoingState.SENT.value,
            ended_at=now,
            not_before=None,
            trouble="",
            provider_id=provider_id,
        )
    )
    if done.rowcount == 1:
        request = select(OutgoingRow.request).where(OutgoingRow.id == attempt.message).scalar_subquery()
        connection.execute(
            update(HelpRequestRow)
            .where(HelpRequestRow.id == request, HelpRequestRow.last_contact_at < now)
            .values(last_contact_at=now)
        )


def put_off(
    connection: Connection, attempt: DeliveryAttempt, trouble: DeliveryError, until: datetime
) -> None:
    """Another attempt follows, not before `until`."""
    _end(connection, attempt, state=OutgoingState.WAITING.value, trouble=trouble.value, not_before=until)


def fail(connection: Connection, attempt: DeliveryAttempt, trouble: DeliveryError, now: datetime) -> None:
    """No other attempt follows, unless a person asks for one."""
    _end(
        connection,
        attempt,
        state=OutgoingState.FAILED.value,
        trouble=trouble.value,
        ended_at=now,
        not_before=None,
    )


def waits_unsaid(connection: Connection, channel: str) -> bool:
    """Whether something waits for a channel that there is no provider for, and does not say so yet."""
    found = select(OutgoingRow.id).where(*_unsaid(channel)).limit(1)
    return connection.execute(found).one_or_none() is not None


def cannot_send(connection: Connection, channel: str) -> None:
    """There is no provider for a channel: what waits says so."""
    connection.execute(
        update(OutgoingRow).where(*_unsaid(channel)).values(trouble=DeliveryError.NOT_SET_UP.value)
    )


def claim(connection: Connection, key: str, provider_id: str) -> bool:
    """Note the provider's id of a message that was found there; False if it is another message's."""
    lock_names(connection, [sha256(provider_id.encode()).digest()])
    other = (
        select(OutgoingRow.id).where(OutgoingRow.provider_id == provider_id, OutgoingRow.key != key).limit(1)
    )
    if connection.execute(other).one_or_none() is not None:
        return False
    connection.execute(update(OutgoingRow).where(OutgoingRow.key == key).values(provider_id=provider_id))
    return True


def _unsaid(channel: str) -> tuple[ColumnElement[bool], ...]:
    waits = OutgoingRow.state == OutgoingState.WAITING.value
    return OutgoingRow.channel == channel, waits, OutgoingRow.trouble == ""


def _is_next(row: Any, attempt: DeliveryAttempt) -> bool:
    """Whether the attempt was handed over, or is about to be noted as handed over."""
    if row.state == OutgoingState.SENDING.value and row.attempts == attempt.number:
        return True
    return row.state in _ON_THE_WAY and row.attempts == attempt.number - 1


def _end(connection: Connection, attempt: DeliveryAttempt, **values: object) -> None:
    connection.execute(
        update(OutgoingRow)
        .where(
            OutgoingRow.id == attempt.message,
            OutgoingRow.round == attempt.round,
            OutgoingRow.attempts == attempt.number,
            OutgoingRow.state == OutgoingState.SENDING.value,
        )
        .values(**values)
    )
