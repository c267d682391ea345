"""The outbox: a message is queued in the transaction of the action it belongs to. A worker sends it once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from resident_app.casework.authorization import Dispatch, authorize, is_authentic, record_refused
from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import open_json
from resident_app.contact_points import Channel
from resident_app.database import find_one, insert_if_new
from resident_app.intake.aad import outgoing_aad
from resident_app.intake.help_request import seal_json
from resident_app.intake.message_tables import ON_THE_WAY, UNSENT, DeliveryError, OutgoingRow, OutgoingState
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

_KEY = re.compile(r"[0-9A-Za-z_-]{8,32}")
_CHANNELS = (Channel.TEXT, Channel.EMAIL)
_WAITING = (OutgoingState.WAITING, OutgoingState.QUEUED)
_CANCELLABLE = (*_WAITING, OutgoingState.FAILED)
_AT_ONCE = 500


@dataclass(frozen=True, repr=False)
class OutgoingMessage:
    """The opened contents. `to` is an E.164 number or an e-mail address; `language` is a code."""

    to: str
    body: str
    language: str
    time_zone: str = ""
    """The person's, if it is not the office's. It decides when a text goes out, so nothing authorizes it."""


@dataclass(frozen=True)
class OutboxEntry:
    """A message as the outbox lists it, without its sealed contents."""

    id: int
    request_id: int | None
    channel: Channel
    state: OutgoingState
    attempts: int
    created_at: datetime
    not_before: datetime | None
    ended_at: datetime | None
    error: DeliveryError | None
    actor_id: int | None

    @property
    def can_be_retried(self) -> bool:
        return self.state is OutgoingState.FAILED and self.error is not DeliveryError.NOT_AUTHORIZED

    @property
    def can_be_cancelled(self) -> bool:
        return self.state in _CANCELLABLE

    @property
    def next_try_at(self) -> datetime | None:
        return self.not_before if self.state in _WAITING else None


@dataclass(frozen=True)
class OutboxCount:
    """How many unsent messages of a channel have one state and error, and when the oldest was written."""

    channel: Channel
    state: OutgoingState
    error: DeliveryError | None
    number: int
    oldest: datetime


def queue_message(
    connection: Connection,
    keys: OfficeKeys,
    *,
    request: int | None,
    channel: Channel,
    to: str,
    body: str,
    language: str,
    actor_id: int | None,
    at: datetime,
    key: str,
    not_before: datetime | None = None,
    bulk_id: int | None = None,
    time_zone: str = "",
) -> int:
    """Queue a message in the caller's transaction, authorize it, and return its id.

    The same `key` is the same message.
    Raises ValueError if the channel sends no messages, or the key is not 8 to 32 letters and digits.
    """
    if channel not in _CHANNELS or not _KEY.fullmatch(key):
        raise ValueError("the channel must be text or email, and the key 8 to 32 letters and digits")
    ciphertext = seal_json(
        {"to": to, "body": body, "language": language, "time_zone": time_zone},
        keys.newest.public,
        outgoing_aad(key),
    )
    is_new = insert_if_new(
        connection,
        OutgoingRow,
        key=key,
        request_id=request,
        channel=channel,
        state=OutgoingState.WAITING,
        created_at=at,
        not_before=not_before,
        actor_id=actor_id,
        bulk_id=bulk_id,
        sealed=ciphertext.sealed,
        sealed_to=ciphertext.sealed_to,
        round=0,
        attempts=0,
        provider_id="",
        settled=False,
    )
    number = connection.execute(select(OutgoingRow.id).where(OutgoingRow.key == key)).scalar_one()
    if is_new:
        about = {} if request is None else {"request": request}
        event = audit_log.record(
            connection, Audited.MESSAGE_QUEUED, actor_id=actor_id, at=at, message=number, **about
        )
        message = OutgoingMessage(to, body, language)
        authorization = authorize(connection, sending(number, key, request, channel, message), event)
        _changed(connection, [OutgoingRow.id == number], authorization=authorization)
    return number


def sending(
    number: int, key: str, request: int | None, channel: Channel, message: OutgoingMessage
) -> Dispatch:
    """Return what an authorization of a message is for."""
    contents = (key, request, channel.value, message.to, message.body, message.language)
    return Dispatch("message", number, contents)


def outgoing_message(contents: dict[str, Any]) -> OutgoingMessage:
    """Return a message from its opened contents."""
    return OutgoingMessage(
        contents["to"], contents["body"], contents["language"], contents.get("time_zone", "")
    )


def retry(connection: Connection, keys: OfficeKeys, number: int, actor_id: int, at: datetime) -> bool:
    """Authorize a failed message again and try it under the same key, so that no provider sends it twice.

    Return False if it has not failed, or if nobody at the office wrote it as it is.
    """
    row = find_one(
        connection,
        select(OutgoingRow)
        .where(OutgoingRow.id == number, OutgoingRow.state == OutgoingState.FAILED)
        .with_for_update(),
    )
    if row is None or row.error is DeliveryError.NOT_AUTHORIZED:
        return False
    try:
        message = outgoing_message(open_json(row.sealed, keys, outgoing_aad(row.key)))
    except CannotOpen:
        return False
    dispatch = sending(number, row.key, row.request_id, row.channel, message)
    if not is_authentic(connection, dispatch, row.authorization):
        record_refused(connection, OutgoingRow.__tablename__, number, row.request_id, at)
        _changed(connection, [OutgoingRow.id == number], error=DeliveryError.NOT_AUTHORIZED)
        return False
    event = audit_log.record(
        connection, Audited.MESSAGE_RETRIED, actor_id=actor_id, at=at, message=number, count=1
    )
    return _changed(
        connection,
        [OutgoingRow.id == number],
        state=OutgoingState.WAITING,
        round=OutgoingRow.round + 1,
        attempts=0,
        settled=False,
        delivery=None,
        delivery_error=None,
        not_before=at,
        ended_at=None,
        authorization=authorize(connection, dispatch, event),
    )


def cancel(connection: Connection, number: int, actor_id: int, at: datetime) -> bool:
    """Cancel a message. Return False if it is being sent at this moment, or has ended."""
    is_cancelled = _changed(
        connection,
        [OutgoingRow.id == number, OutgoingRow.state.in_(_CANCELLABLE)],
        state=OutgoingState.CANCELLED,
        ended_at=at,
    )
    if is_cancelled:
        audit_log.record(
            connection,
            Audited.MESSAGE_RETRIED,
            actor_id=actor_id,
            at=at,
            message=number,
            what="cancelled",
        )
    return is_cancelled


def waiting(connection: Connection, most: int = 200) -> list[OutboxEntry]:
    """Return the messages on their way, the oldest first."""
    return _listed(connection, OutgoingRow.state.in_(ON_THE_WAY), most=most)


def still_waiting(connection: Connection, requests: Sequence[int]) -> list[OutboxEntry]:
    """Return the messages of requests, and of what was merged into them, that will still go out."""
    found: list[OutboxEntry] = []
    for start in range(0, len(requests), _AT_ONCE):
        some = requests[start : start + _AT_ONCE]
        merged = select(HelpRequestRow.id).where(HelpRequestRow.merged_into.in_(some))
        about = OutgoingRow.request_id.in_(some) | OutgoingRow.request_id.in_(merged)
        found += _listed(connection, about, OutgoingRow.state.in_(_WAITING), most=None)
    return found


def failed(
    connection: Connection,
    channel: Channel | None = None,
    error: DeliveryError | None = None,
    most: int | None = 200,
) -> list[OutboxEntry]:
    """Return the failed messages, the oldest first; of one channel and with one error, if given."""
    conditions = [OutgoingRow.state == OutgoingState.FAILED]
    if channel:
        conditions.append(OutgoingRow.channel == channel)
    if error:
        conditions.append(OutgoingRow.error == error)
    return _listed(connection, *conditions, most=most)


def counts(connection: Connection) -> list[OutboxCount]:
    """Count the unsent messages by channel, state and error."""
    alike = (OutgoingRow.channel, OutgoingRow.state, OutgoingRow.error)
    rows = connection.execute(
        select(*alike, func.count(), func.min(OutgoingRow.created_at))
        .where(OutgoingRow.state.in_(UNSENT))
        .group_by(*alike)
        .order_by(*alike)
    )
    return [OutboxCount(*row) for row in rows]


def _listed(connection: Connection, *conditions: ColumnElement[bool], most: int | None) -> list[OutboxEntry]:
    columns = [getattr(OutgoingRow, name) for name in OutboxEntry.__dataclass_fields__]
    rows = connection.execute(
        select(*columns).where(*conditions).order_by(OutgoingRow.created_at, OutgoingRow.id).limit(most)
    )
    return [OutboxEntry(*row) for row in rows]


def _changed(connection: Connection, conditions: list[ColumnElement[bool]], **values: object) -> bool:
    return connection.execute(update(OutgoingRow).where(*conditions).values(**values)).rowcount > 0
