"""Contact details of closed requests: the request is sealed again without them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select, update

from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import open_json, open_request
from resident_app.database import insert_if_new
from resident_app.intake.aad import timeline_aad
from resident_app.intake.help_request import seal_json, seal_request
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, TimelineRow

_REPLIES = (EntryKind.TEXT_IN, EntryKind.EMAIL_IN)


def remove_contacts(
    connection: Connection, keys: OfficeKeys, ids: Sequence[int], at: datetime
) -> tuple[int, int]:
    """Seal these requests again without name, phone, email and good times.

    Returns how many, and how many do not open with the office's keys: those stay as they are.
    """
    chosen = select(HelpRequestRow.id, HelpRequestRow.submission, HelpRequestRow.sealed)
    rows = connection.execute(chosen.where(HelpRequestRow.id.in_(ids))).all()
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
        update(HelpRequestRow)
        .where(HelpRequestRow.id == row.id)
        .values(
            sealed=box.sealed,
            sealed_to=box.sealed_to,
            contact_removed_at=at,
            version=HelpRequestRow.version + 1,
        )
    )
    _forget_senders(connection, keys, row)
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


def _forget_senders(connection: Connection, keys: OfficeKeys, row: Any) -> None:
    """Replies in the timeline keep their words, and no longer say from which number or address they came."""
    replies = select(TimelineRow.id, TimelineRow.key, TimelineRow.sealed).where(
        TimelineRow.request_id == row.id, TimelineRow.kind.in_(_REPLIES), TimelineRow.sealed.is_not(None)
    )
    for entry in connection.execute(replies).all():
        aad = timeline_aad(row.submission, entry.key)
        try:
            contents = open_json(entry.sealed, keys, aad)
        except CannotOpen:
            continue
        contents.pop("sender", None)
        box = seal_json(contents, keys.newest.public, aad)
        connection.execute(
            update(TimelineRow)
            .where(TimelineRow.id == entry.id)
            .values(sealed=box.sealed, sealed_to=box.sealed_to)
        )
