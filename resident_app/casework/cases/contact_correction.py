"""Contact details that a sender corrected take the place of the request's before an officer sees it.

The public side cannot open a request, so it seals what is new into a note. The office's side opens both.
"""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, or_, select

from resident_app.casework.cases.case_change import set_values
from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import open_contact_note, open_request
from resident_app.casework.resealing import reseal_with_contact
from resident_app.database import find_one, insert_if_new
from resident_app.intake.aad import timeline_aad
from resident_app.intake.help_request import ContactDetails, seal_json
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, NoteRow, RequestState, TimelineRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited


def adopt_corrections(connection: Connection, keys: OfficeKeys, number: int, at: datetime) -> None:
    """Put corrected contact details in the place of a request's, the oldest first.

    The timeline gets an entry with the old ones. A note that no key of the office opens stays as it is.
    """
    # Read without a lock first: most requests have no note.
    notes = connection.execute(
        select(NoteRow.id, NoteRow.submission, NoteRow.sealed, HelpRequestRow.submission.label("request"))
        .join(HelpRequestRow, HelpRequestRow.id == NoteRow.request_id)
        .where(or_(HelpRequestRow.id == number, HelpRequestRow.merged_into == number))
        .order_by(NoteRow.id)
    ).all()
    for note in notes:
        try:
            contact = open_contact_note(note.sealed, keys, note.request, note.submission)
            if contact is not None:
                _adopt(connection, keys, number, note.id, note.submission, contact, at)
        except CannotOpen:
            continue


def _adopt(
    connection: Connection,
    keys: OfficeKeys,
    number: int,
    note: int,
    submission: bytes,
    contact: ContactDetails,
    at: datetime,
) -> None:
    """Raises CannotOpen, and then changes nothing."""
    row = find_one(connection, select(HelpRequestRow).where(HelpRequestRow.id == number).with_for_update())
    if row is None or row.state is RequestState.ERASED or row.merged_into is not None:
        return
    old = open_request(row.sealed, keys, row.submission).request
    if connection.execute(delete(NoteRow).where(NoteRow.id == note)).rowcount != 1:
        return
    new = replace(
        old,
        reach_by=contact.reach_by,
        phone=contact.phone,
        email=contact.email,
        voicemail_ok=contact.voicemail_ok,
        contact_note=contact.contact_note,
    )
    if new == old:
        return
    resealed = reseal_with_contact(row, keys, new)
    set_values(
        connection,
        row,
        sealed=resealed.sealed,
        sealed_to=resealed.sealed_to,
        channel=new.reach_by,
        contact_removed_at=None,
    )
    key = sha256(submission + b"contact").digest()[:16]
    words = f"Before: {old.contact.in_words}\nNow: {contact.in_words}"
    entry = seal_json({"words": words}, keys.newest.public, timeline_aad(row.submission, key))
    insert_if_new(
        connection,
        TimelineRow,
        request_id=number,
        key=key,
        kind=EntryKind.CONTACT_CHANGED,
        at=at,
        actor_id=None,
        code="",
        detail="",
        sealed=entry.sealed,
        sealed_to=entry.sealed_to,
    )
    audit_log.record(
        connection,
        Audited.REQUEST_CHANGED,
        actor_id=None,
        at=at,
        request=number,
        what=EntryKind.CONTACT_CHANGED.value,
    )
