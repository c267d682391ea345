"""Remove the contact details of closed requests."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, select, update

from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import open_contact_note
from resident_app.casework.resealing import reseal_without_contact, reseal_without_sender
from resident_app.database import find_all, insert_if_new
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, NoteRow, TimelineRow

_REPLIES = (EntryKind.TEXT_IN, EntryKind.EMAIL_IN)


def remove_contacts(
    connection: Connection, keys: OfficeKeys, ids: Sequence[int], at: datetime
) -> tuple[int, int]:
    """Remove name, phone, e-mail, best time and attached papers from these requests.

    Papers go, because a name or an address is on nearly every one.

    Returns how many were changed, and how many stay as they are because no key of the office opens them.
    """
    rows = find_all(connection, select(HelpRequestRow).where(HelpRequestRow.id.in_(ids)))
    removed = sum(_remove(connection, keys, row, at) for row in rows)
    return removed, len(rows) - removed


def _remove(connection: Connection, keys: OfficeKeys, row: HelpRequestRow, at: datetime) -> bool:
    try:
        resealed = reseal_without_contact(row, keys)
    except CannotOpen:
        return False
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.id == row.id)
        .values(
            sealed=resealed.sealed,
            sealed_to=resealed.sealed_to,
            contact_removed_at=at,
            version=HelpRequestRow.version + 1,
        )
    )
    connection.execute(delete(AttachmentRow).where(AttachmentRow.request_id == row.id))
    _remove_senders(connection, keys, row)
    _remove_corrections(connection, keys, row)
    connection.execute(
        update(TimelineRow)
        .where(TimelineRow.request_id == row.id, TimelineRow.kind == EntryKind.CONTACT_CHANGED)
        .values(sealed=None, sealed_to="")
    )
    insert_if_new(
        connection,
        TimelineRow,
        request_id=row.id,
        key=sha256(row.submission + EntryKind.CONTACT_REMOVED.encode() + str(at).encode()).digest()[:16],
        kind=EntryKind.CONTACT_REMOVED,
        at=at,
        actor_id=None,
        code="",
        detail="",
        sealed_to="",
    )
    return True


def _remove_senders(connection: Connection, keys: OfficeKeys, row: HelpRequestRow) -> None:
    """Keep the words of replies, without the number or address that each came from."""
    replies = select(TimelineRow).where(
        TimelineRow.request_id == row.id, TimelineRow.kind.in_(_REPLIES), TimelineRow.sealed.is_not(None)
    )
    for entry in find_all(connection, replies):
        try:
            resealed = reseal_without_sender(entry, row.submission, keys)
        except CannotOpen:
            continue
        connection.execute(
            update(TimelineRow)
            .where(TimelineRow.id == entry.id)
            .values(sealed=resealed.sealed, sealed_to=resealed.sealed_to)
        )


def _remove_corrections(connection: Connection, keys: OfficeKeys, row: HelpRequestRow) -> None:
    """Remove contact details that the sender corrected and that no officer has seen yet."""
    for note in find_all(connection, select(NoteRow).where(NoteRow.request_id == row.id)):
        try:
            contact = open_contact_note(note.sealed, keys, row.submission, note.submission)
        except CannotOpen:
            continue
        if contact is not None:
            connection.execute(delete(NoteRow).where(NoteRow.id == note.id))
