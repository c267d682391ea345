"""The outbox: a message is queued in the transaction of what it belongs to, and a worker sends it once."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import ColumnElement, Connection, func, select, update

from resident_app.casework.office_keys import OfficeKeys
from resident_app.casework.opening import open_json
from resident_app.database import insert_if_new
from resident_app.intake.aad import outgoing_aad
from resident_app.intake.erasure import UNSENT
from resident_app.intake.help_request import seal_json
from resident_app.intake.message_tables import OutgoingRow, OutgoingState

TEXT = "text"
EMAIL = "email"

_KEY = re.compile(r"[0-9A-Za-z_-]{8,32}")


class DeliveryError(Enum):
    """Why a message has not gone out."""

    NOT_SET_UP = "not-set-up"
    """The worker has no provider for its channel: it waits until there is one."""
    UNREACHABLE = "unreachable"
    TOO_BUSY = "too-busy"
    NOT_LET_IN = "not-let-in"
    UNCERTAIN = "uncertain"
    """It was handed to the provider, and nobody said whether it was taken."""
    WANTS_NONE = "wants-none"
    NOT_A_NUMBER = "not-a-number"
    NO_SUCH_ADDRESS = "no-such-address"
    RETURNED = "returned"
    """The mail server took it, and it came back later."""
    REFUSED = "refused"
    CANNOT_OPEN = "cannot-open"


@dataclass(frozen=True, repr=False)
class OutgoingMessage:
    """What is sent: to an E.164 number or an e-mail address, in a language by its code."""

    to: str
    body: str
    language: str


@dataclass(frozen=True)
class OutboxEntry:
    """A message of the outbox as it is listed: nothing of what is sealed."""

    id: int
    request: int | None
    channel: str
    state: str
    attempts: int
    created_at: datetime
    not_before: datetime | None
    ended_at: datetime | None
    trouble: str
    staff: int | None


@dataclass(frozen=True)
class OutboxCount:
    """How many messages of a channel stand alike."""

    channel: str
    state: str
    trouble: str
    number: int
    oldest: datetime


def queue_message(
    connection: Connection,
    keys: OfficeKeys,
    *,
    request: int | None,
    channel: str,
    to: str,
    body: str,
    language: str,
    staff: int | None,
    at: datetime,
    key: str,
    not_before: datetime | None = None,
) -> int:
    """Queue a message, in the caller's transaction. Its number; the same `key` again is the same message."""
    if channel not in (TEXT, EMAIL) or not _KEY.fullmatch(key):
        raise ValueError("a channel and a key of letters and digits")
    box = seal_json({"to": to, "body": body, "language": language}, keys.newest.public, outgoing_aad(key))
    insert_if_new(
        connection,
        OutgoingRow,
        key=key,
        request=request,
        channel=channel,
        state=OutgoingState.WAITING.value,
        created_at=at,
        not_before=not_before,
        staff=staff,
        sealed=box.sealed,
        sealed_to=box.sealed_to,
        round=0,
        attempts=0,
        trouble="",
        provider_id="",
    )
    return connection.execute(select(OutgoingRow.id).where(OutgoingRow.key == key)).scalar_one()


def open_message(sealed: bytes, keys: OfficeKeys, key: str) -> OutgoingMessage:
    """Raises CannotOpen."""
    contents = open_json(sealed, keys, outgoing_aad(key))
    return OutgoingMessage(contents["to"], contents["body"], contents["language"])


def retry(connection: Connection, number: int, at: datetime) -> bool:
    """Try a failed message again, under the same key: who took it before does not send it twice."""
    return _changed(
        connection,
        [OutgoingRow.id == number, OutgoingRow.state == OutgoingState.FAILED.value],
        state=OutgoingState.WAITING.value,
        round=OutgoingRow.round + 1,
        attempts=0,
        not_before=at,
        ended_at=None,
    )


def cancel(connection: Connection, number: int, at: datetime) -> bool:
    """Give up a message that nobody is sending at this moment."""
    idle = (OutgoingState.WAITING.value, OutgoingState.FAILED.value)
    return _changed(
        connection,
        [OutgoingRow.id == number, OutgoingRow.state.in_(idle)],
        state=OutgoingState.CANCELLED.value,
        ended_at=at,
    )


def waiting(connection: Connection, most: int = 200) -> list[OutboxEntry]:
    """What is on its way, the oldest first."""
    states = (OutgoingState.WAITING.value, OutgoingState.SENDING.value)
    return _listed(connection, OutgoingRow.state.in_(states), most=most)


def failed(
    connection: Connection, channel: str = "", trouble: str = "", most: int | None = 200
) -> list[OutboxEntry]:
    """What nobody tries any more, the oldest first; of one channel, with one trouble, if given."""
    conditions = [OutgoingRow.state == OutgoingState.FAILED.value]
    if channel:
        conditions.append(OutgoingRow.channel == channel)
    if trouble:
        conditions.append(OutgoingRow.trouble == trouble)
    return _listed(connection, *conditions, most=most)


def counts(connection: Connection) -> list[OutboxCount]:
    """How many messages have not gone out, by channel, state and trouble."""
    alike = (OutgoingRow.channel, OutgoingRow.state, OutgoingRow.trouble)
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
