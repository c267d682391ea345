"""Undo that a message was attached: it goes back to the replies, and the request is as before."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from resident_app.casework.messages.reply_weight import ReplyWeight
from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import open_json
from resident_app.contact_points import Channel
from resident_app.database import find_one, insert_if_new
from resident_app.intake.aad import timeline_aad
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.attachments import attachments_from
from resident_app.intake.inbound_messages import InboundMessage, seal_inbound
from resident_app.intake.message_tables import InboundRow, InboundState
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, RequestState, TimelineRow

_CHANNELS = {EntryKind.TEXT_IN: Channel.TEXT, EntryKind.EMAIL_IN: Channel.EMAIL}


def detach_from_request(connection: Connection, keys: OfficeKeys, request: int, entry_id: int) -> bool:
    """Move a message that a staff member attached back to the replies. Return False if that cannot be done.

    It is one that nobody attached, it does not open, or the request is erased or under legal hold. The
    request is closed again if the message reopened it, unless somebody changed its status since.
    """
    row = find_one(connection, select(HelpRequestRow).where(HelpRequestRow.id == request).with_for_update())
    entry = find_one(
        connection,
        select(TimelineRow).where(
            TimelineRow.id == entry_id,
            TimelineRow.request_id == request,
            TimelineRow.kind.in_(_CHANNELS),
            TimelineRow.actor_id.is_not(None),
        ),
    )
    if row is None or row.state is RequestState.ERASED or row.legal_hold or entry is None or not entry.sealed:
        return False
    try:
        contents = open_json(entry.sealed, keys, timeline_aad(row.submission, entry.key))
    except CannotOpen:
        return False
    message = InboundMessage(
        contents.get("sender", ""),
        contents["words"],
        attachments=attachments_from(contents),
        automatic=entry.code == ReplyWeight.AUTOMATIC,
    )
    ciphertext = seal_inbound(message, keys.newest.public, entry.key)
    connection.execute(delete(TimelineRow).where(TimelineRow.id == entry.id))
    insert_if_new(
        connection,
        InboundRow,
        submission=entry.key,
        channel=_CHANNELS[entry.kind],
        state=InboundState.UNPLACED,
        received_at=entry.at,
        sealed=ciphertext.sealed,
        sealed_to=ciphertext.sealed_to,
    )
    files = [bytes.fromhex(one.key) for one in message.attachments]
    connection.execute(
        update(AttachmentRow)
        .where(AttachmentRow.request_id == request, AttachmentRow.key.in_(files))
        .values(inbound=entry.key, request_id=None)
    )
    _restore(connection, row, entry, contents.get("before", {}))
    return True


def _restore(connection: Connection, row: HelpRequestRow, entry: TimelineRow, before: dict[str, str]) -> None:
    """Give a request what it was before the message, where nothing has changed it since."""
    values: dict[str, object] = {"version": row.version + 1}
    if row.wrote_at == entry.at:
        values["wrote_at"] = _moment(before.get("wrote_at", ""))
    changed = select(TimelineRow.id).where(
        TimelineRow.request_id == row.id, TimelineRow.id > entry.id, TimelineRow.kind == EntryKind.STATE
    )
    was_closed = before.get("state") == RequestState.CLOSED
    if was_closed and row.state is RequestState.RECEIVED and not connection.execute(changed).first():
        values |= {
            "state": RequestState.CLOSED,
            "closed_at": _moment(before["closed_at"]),
            "outcome": before["outcome"],
        }
    connection.execute(update(HelpRequestRow).where(HelpRequestRow.id == row.id).values(**values))


def _moment(written: str) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
