"""Put messages from residents into the timelines of the requests they belong to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, update

from resident_app.casework.messages.reply_weight import ReplyWeight, weight_of, weight_of_mail
from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opened import Opened, reply_read
from resident_app.casework.opening import open_json
from resident_app.configuration.keywords import Keyword
from resident_app.contact_points import Channel
from resident_app.database import insert_if_new
from resident_app.intake.aad import timeline_aad
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.attachments import as_contents, attachments_from
from resident_app.intake.help_request import seal_json
from resident_app.intake.inbound_messages import InboundMessage
from resident_app.intake.message_tables import InboundRow, InboundState
from resident_app.intake.request_state import note_acknowledgment, note_words
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, RequestState, TimelineRow

# Nobody can answer a STOP. A bare HELP may be meant for the office.
_NOTED_IF_OPEN = (ReplyWeight.ACKNOWLEDGMENT.value, Keyword.HELP.value)
_KINDS = {Channel.TEXT: EntryKind.TEXT_IN, Channel.EMAIL: EntryKind.EMAIL_IN}


@dataclass(frozen=True, repr=False)
class StoredInbound:
    """A message from a resident as it is stored, still sealed."""

    id: int
    submission: bytes
    channel: Channel
    state: InboundState
    received_at: datetime
    sealed: bytes


@dataclass(frozen=True, repr=False)
class Attached:
    """That a staff member attached a message, and what the request was before."""

    actor_id: int
    before: dict[str, str]


def stored_inbound(
    connection: Connection, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[StoredInbound]:
    """Return the messages that meet the conditions, the oldest first."""
    columns = [getattr(InboundRow, name) for name in StoredInbound.__dataclass_fields__]
    rows = connection.execute(select(*columns).where(*conditions).order_by(InboundRow.id).limit(limit))
    return [StoredInbound(*row) for row in rows]


def in_state(
    connection: Connection, state: InboundState, limit: int | None = None, after: int = 0
) -> list[StoredInbound]:
    """Return the messages in a state whose ids are greater than `after`, the oldest first."""
    return stored_inbound(connection, InboundRow.state == state, InboundRow.id > after, limit=limit)


def open_reply(stored: StoredInbound, keys: OfficeKeys) -> Opened[InboundMessage | None]:
    """Open a message for the office; None in it if no key of the office opens it."""
    try:
        message = inbound_message(open_json(stored.sealed, keys, stored.submission))
    except CannotOpen:
        message = None
    return Opened(message, [reply_read(stored.id)])


def inbound_message(contents: dict[str, Any]) -> InboundMessage:
    """Return a message from its opened contents. Before 0.5.0 they had no keyword."""
    return InboundMessage(
        sender=contents["sender"],
        words=contents["words"],
        answers=tuple(contents["answers"]),
        returned=bool(contents["returned"]),
        keyword=contents.get("keyword", ""),
        attachments=attachments_from(contents),
        automatic=bool(contents.get("automatic", False)),
    )


def attach_to_request(
    connection: Connection,
    keys: OfficeKeys,
    stored: StoredInbound,
    message: InboundMessage,
    request: int,
    code: str = "",
    actor_id: int | None = None,
) -> bool:
    """Move a message into a request's timeline. Return False if it is gone or the request is erased.

    `code` names a keyword such as STOP. Words put the request first in the queue, and reopen a closed one.
    A thank-you and a keyword reopen nothing, and an automatic reply changes nothing. `actor_id` is the staff
    member who attaches it, who can undo that: see `detachment`.
    """
    found = connection.execute(
        select(
            *(HelpRequestRow.submission, HelpRequestRow.state, HelpRequestRow.closed_at),
            *(HelpRequestRow.outcome, HelpRequestRow.wrote_at),
        )
        .where(HelpRequestRow.id == request)
        .with_for_update()
    ).one_or_none()
    if found is None or found.state == RequestState.ERASED or not _take(connection, stored, request):
        return False
    weigh = weight_of_mail if stored.channel is Channel.EMAIL else weight_of
    weight = ReplyWeight.WORDS if message.attachments else weigh(message.words)
    if message.automatic:
        weight = ReplyWeight.AUTOMATIC
    shown = code or (weight.value if weight is not ReplyWeight.WORDS else "")
    before = {
        "state": found.state.value,
        "closed_at": found.closed_at.isoformat() if found.closed_at else "",
        "outcome": found.outcome,
        "wrote_at": found.wrote_at.isoformat() if found.wrote_at else "",
    }
    attached = Attached(actor_id, before) if actor_id is not None else None
    add_to_timeline(connection, keys, stored, message, request, found.submission, shown, attached)
    if shown in _NOTED_IF_OPEN:
        note_acknowledgment(connection, request, stored.received_at)
    elif not shown:
        note_words(connection, request, stored.received_at)
    return True


def add_to_timeline(
    connection: Connection,
    keys: OfficeKeys,
    stored: StoredInbound,
    message: InboundMessage,
    request: int,
    request_submission: bytes,
    code: str = "",
    attached: Attached | None = None,
) -> None:
    """Write a message into a request's timeline, sealed; a second time changes nothing."""
    ciphertext = seal_json(
        {
            "words": message.words,
            "sender": message.sender,
            "attachments": as_contents(message.attachments),
            **({"before": attached.before} if attached else {}),
        },
        keys.newest.public,
        timeline_aad(request_submission, stored.submission),
    )
    insert_if_new(
        connection,
        TimelineRow,
        request_id=request,
        key=stored.submission,
        kind=_KINDS[stored.channel],
        at=stored.received_at,
        actor_id=attached.actor_id if attached else None,
        code=code,
        detail="",
        sealed=ciphertext.sealed,
        sealed_to=ciphertext.sealed_to,
    )


def _take(connection: Connection, stored: StoredInbound, request: int) -> bool:
    """Remove a message and give its files to a request. Return False as `remove_inbound` does."""
    own = select(InboundRow.id).where(InboundRow.id == stored.id, InboundRow.state == stored.state)
    if connection.execute(own.with_for_update()).one_or_none() is None:
        return False
    connection.execute(
        update(AttachmentRow)
        .where(AttachmentRow.inbound == stored.submission)
        .values(inbound=None, request_id=request)
    )
    return remove_inbound(connection, stored)


def remove_inbound(connection: Connection, stored: StoredInbound) -> bool:
    """Remove a message with its files. Return False if it is gone or its state has changed meanwhile."""
    removed = delete(InboundRow).where(InboundRow.id == stored.id, InboundRow.state == stored.state)
    return connection.execute(removed).rowcount == 1


def set_inbound_state(connection: Connection, stored: StoredInbound, state: InboundState) -> bool:
    """Change a message's state. Return False if it is gone or its state has changed since it was read."""
    changed = update(InboundRow).where(InboundRow.id == stored.id, InboundRow.state == stored.state)
    return connection.execute(changed.values(state=state)).rowcount == 1
