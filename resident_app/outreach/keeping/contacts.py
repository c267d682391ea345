"""Contact details of closed requests: the request is sealed again without them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select, update

from resident_app.database import insert_if_new
from resident_app.outreach.boxes import of_entry
from resident_app.outreach.office_key import CannotOpen, OfficeKeys
from resident_app.outreach.request import open_request, open_words, seal_request, seal_words
from resident_app.outreach.tables import Entry, EntryKind, StoredRequest

_REPLIES = (EntryKind.TEXT_IN.value, EntryKind.EMAIL_IN.value)


def remove_contacts(
    connection: Connection, keys: OfficeKeys, ids: Sequence[int], at: datetime
) -> tuple[int, int]:
    """Seal these requests again without name, phone, email and good times.

    Returns how many, and how many do not open with the office's keys: those stay as they are.
    """
    chosen = select(StoredRequest.id, StoredRequest.submission, StoredRequest.sealed)
    rows = connection.execute(chosen.where(StoredRequest.id.in_(ids))).all()
    removed = sum(_remove(connection, keys, row, at) for row in rows)
    return removed, len(rows) - removed


def _remove(connection: Connection, keys: OfficeKeys, row: Any, at: datetime) -> bool:
    try:
        found = open_request(row.sealed, keys, row.submission)
    except CannotOpen:
        return False
    without = replace(found.request, name="", phone="", email="", best_time="")
    box = seal_request(without, found.reference, keys.newest.public, row.submission)
    connection.execute(
        update(StoredRequest)
        .where(StoredRequest.id == row.id)
        .values(
            sealed=box.sealed,
            sealed_to=box.sealed_to,
            contact_removed_at=at,
            version=StoredRequest.version + 1,
        )
    )
    _forget_senders(connection, keys, row)
    insert_if_new(
        connection,
        Entry,
        request=row.id,
        key=sha256(row.submission + EntryKind.CONTACT_REMOVED.value.encode() + str(at).encode()).digest()[
            :16
        ],
        kind=EntryKind.CONTACT_REMOVED.value,
        at=at,
        staff=None,
        code="",
        detail="",
        sealed_to="",
    )
    return True


def _forget_senders(connection: Connection, keys: OfficeKeys, row: Any) -> None:
    """Replies in the timeline keep their words, and no longer say from which number or address they came."""
    replies = select(Entry.id, Entry.key, Entry.sealed).where(
        Entry.request == row.id, Entry.kind.in_(_REPLIES), Entry.sealed.is_not(None)
    )
    for entry in connection.execute(replies).all():
        bound_to = of_entry(row.submission, entry.key)
        try:
            contents = open_words(entry.sealed, keys, bound_to)
        except CannotOpen:
            continue
        contents.pop("sender", None)
        box = seal_words(contents, keys, bound_to)
        connection.execute(
            update(Entry).where(Entry.id == entry.id).values(sealed=box.sealed, sealed_to=box.sealed_to)
        )
