"""The outbox: a message is queued in the transaction of what it belongs to, and a worker sends it once."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import ColumnElement, Connection, func, select, update

from resident_app.database import insert_if_new
from resident_app.outreach.boxes import of_outgoing
from resident_app.outreach.office_key import OfficeKeys
from resident_app.outreach.request import open_words, seal_words
from resident_app.outreach.tables import Outgoing, OutgoingState

TEXT = "text"
EMAIL = "email"

_KEY = re.compile(r"[0-9A-Za-z_-]{8,32}")
_UNSENT = (OutgoingState.WAITING.value, OutgoingState.SENDING.value, OutgoingState.FAILED.value)


class Trouble(Enum):
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
class Message:
    """What is sent: to an E.164 number or an e-mail address, in a language by its code."""

    to: str
    body: str
    language: str


@dataclass(frozen=True)
class Queued:
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
class Count:
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
    box = seal_words({"to": to, "body": body, "language": language}, keys, of_outgoing(key))
    insert_if_new(
        connection,
        Outgoing,
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
    return connection.execute(select(Outgoing.id).where(Outgoing.key == key)).scalar_one()


def open_message(sealed: bytes, keys: OfficeKeys, key: str) -> Message:
    """Raises CannotOpen."""
    contents = open_words(sealed, keys, of_outgoing(key))
    return Message(contents["to"], contents["body"], contents["language"])


def retry(connection: Connection, number: int, at: datetime) -> bool:
    """Try a failed message again, under the same key: who took it before does not send it twice."""
    return _changed(
        connection,
        [Outgoing.id == number, Outgoing.state == OutgoingState.FAILED.value],
        state=OutgoingState.WAITING.value,
        round=Outgoing.round + 1,
        attempts=0,
        not_before=at,
        ended_at=None,
    )


def cancel(connection: Connection, number: int, at: datetime) -> bool:
    """Give up a message that nobody is sending at this moment."""
    idle = (OutgoingState.WAITING.value, OutgoingState.FAILED.value)
    return _changed(
        connection,
        [Outgoing.id == number, Outgoing.state.in_(idle)],
        state=OutgoingState.CANCELLED.value,
        ended_at=at,
    )


def cancel_for_request(connection: Connection, request: int, at: datetime) -> None:
    """Nothing more goes out for a request; what the provider has already is out."""
    _changed(
        connection,
        [Outgoing.request == request, Outgoing.state.in_(_UNSENT)],
        state=OutgoingState.CANCELLED.value,
        ended_at=at,
    )


def waiting(connection: Connection, most: int = 200) -> list[Queued]:
    """What is on its way, the oldest first."""
    states = (OutgoingState.WAITING.value, OutgoingState.SENDING.value)
    return _listed(connection, Outgoing.state.in_(states), most=most)


def failed(
    connection: Connection, channel: str = "", trouble: str = "", most: int | None = 200
) -> list[Queued]:
    """What nobody tries any more, the oldest first; of one channel, with one trouble, if given."""
    conditions = [Outgoing.state == OutgoingState.FAILED.value]
    if channel:
        conditions.append(Outgoing.channel == channel)
    if trouble:
        conditions.append(Outgoing.trouble == trouble)
    return _listed(connection, *conditions, most=most)


def counts(connection: Connection) -> list[Count]:
    """How many messages have not gone out, by channel, state and trouble."""
    alike = (Outgoing.channel, Outgoing.state, Outgoing.trouble)
    rows = connection.execute(
        select(*alike, func.count(), func.min(Outgoing.created_at))
        .where(Outgoing.state.in_(_UNSENT))
        .group_by(*alike)
        .order_by(*alike)
    )
    return [Count(*row) for row in rows]


def _listed(connection: Connection, *conditions: ColumnElement[bool], most: int | None) -> list[Queued]:
    columns = [getattr(Outgoing, name) for name in Queued.__dataclass_fields__]
    rows = connection.execute(
        select(*columns).where(*conditions).order_by(Outgoing.created_at, Outgoing.id).limit(most)
    )
    return [Queued(*row) for row in rows]


def _changed(connection: Connection, conditions: list[ColumnElement[bool]], **values: object) -> bool:
    return connection.execute(update(Outgoing).where(*conditions).values(**values)).rowcount > 0
