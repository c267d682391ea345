"""Open a file that came with a request's messages or papers, or with a reply that belongs to none."""

from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from resident_app.casework.messages.placement import StoredInbound, inbound_message
from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opened import Opened, ReadEvent
from resident_app.casework.opening import open_json
from resident_app.database import find_all
from resident_app.intake.aad import attachment_aad, timeline_aad
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.attachments import Attachment, attachments_from, unframed
from resident_app.intake.request_tables import HelpRequestRow, RequestState, TimelineRow
from resident_app.security.audit_log import Audited


@dataclass(frozen=True, repr=False)
class OpenedFile:
    """A file, with what it came with says of it."""

    attachment: Attachment
    contents: bytes


def open_request_file(
    connection: Connection, keys: OfficeKeys, number: int, key: str
) -> Opened[OpenedFile] | None:
    """Return a file of a request or of one that was merged into it, or None if it is not there."""
    is_of_group = or_(HelpRequestRow.id == number, HelpRequestRow.merged_into == number)
    requests = connection.execute(
        select(HelpRequestRow.id, HelpRequestRow.submission).where(
            is_of_group, HelpRequestRow.state != RequestState.ERASED
        )
    ).all()
    for request, submission in requests:
        entries = find_all(
            connection,
            select(TimelineRow).where(TimelineRow.request_id == request, TimelineRow.sealed.is_not(None)),
        )
        for entry in entries:
            try:
                contents = open_json(entry.sealed or b"", keys, timeline_aad(submission, entry.key))
            except CannotOpen:
                continue
            for attachment in attachments_from(contents):
                if attachment.key == key:
                    return _open(connection, keys, attachment, {"request": request}, request=request)
    return None


def open_reply_file(
    connection: Connection, keys: OfficeKeys, stored: StoredInbound, key: str
) -> Opened[OpenedFile] | None:
    """Return a file of a reply that belongs to no request, or None."""
    try:
        message = inbound_message(open_json(stored.sealed, keys, stored.submission))
    except CannotOpen:
        return None
    found = [one for one in message.attachments if one.key == key]
    if not found:
        return None
    return _open(connection, keys, found[0], {"reply": stored.id}, inbound=stored.submission)


def _open(
    connection: Connection,
    keys: OfficeKeys,
    attachment: Attachment,
    about: dict[str, int],
    *,
    request: int | None = None,
    inbound: bytes | None = None,
) -> Opened[OpenedFile] | None:
    key = bytes.fromhex(attachment.key)
    owner = AttachmentRow.inbound == inbound if inbound is not None else AttachmentRow.request_id == request
    row = connection.execute(
        select(AttachmentRow.id, AttachmentRow.sealed).where(AttachmentRow.key == key, owner)
    ).one_or_none()
    if row is None:
        return None
    try:
        contents = unframed(keys.open(row.sealed, attachment_aad(key)))
    except CannotOpen:
        return None
    event = ReadEvent(Audited.ATTACHMENT_READ, {**about, "attachment": row.id})
    return Opened(OpenedFile(attachment, contents), [event])
