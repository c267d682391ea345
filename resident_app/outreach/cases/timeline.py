"""A request as the office sees it: opened, with one timeline of all that came, was done and was read."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from resident_app.database import insert_if_new
from resident_app.outreach.boxes import of_entry
from resident_app.outreach.office_key import CannotOpen, OfficeKeys
from resident_app.outreach.request import HelpRequest, open_note, open_request, open_words
from resident_app.outreach.tables import (
    Entry,
    EntryKind,
    Outgoing,
    State,
    StoredNote,
    StoredRequest,
)
from resident_app.safeguards import audit
from resident_app.safeguards.audit import Audited

READ_AGAIN = timedelta(minutes=30)
"""Who opens a request again so soon, with nothing new in it, is not noted anew."""

_FROM_RESIDENT = frozenset({"received", "added", EntryKind.TEXT_IN.value, EntryKind.EMAIL_IN.value})


@dataclass(frozen=True, repr=False)
class Line:
    """One line of a timeline. `kind` is an EntryKind's value, `received` or `added`."""

    at: datetime
    kind: str
    staff: int | None = None
    words: str | None = ""
    """None: they do not open with the office's keys."""
    code: str = ""
    detail: str = ""
    subject: int | None = None
    request: int = 0
    """The request that it belongs to: another one, where a repeat was merged."""
    sending: str = ""
    """How the message that it tells of stands: an OutgoingState's value."""
    trouble: str = ""

    @property
    def from_resident(self) -> bool:
        return self.kind in _FROM_RESIDENT


@dataclass(frozen=True, repr=False)
class Opened:
    """A request with what its sender left; None if it does not open with the office's keys."""

    row: Any
    request: HelpRequest | None
    reference: str
    merged: tuple[Any, ...]
    """The rows of the requests that repeat it."""
    lines: tuple[Line, ...]


def open_one(connection: Connection, keys: OfficeKeys, number: int) -> Opened | None:
    """A request by its number, with its timeline, newest first. None: none is there, or it is erased."""
    row = row_of(connection, number)
    if row is None or row.state == State.ERASED.value:
        return None
    request, reference = opened_row(row, keys)
    merged = tuple(
        connection.execute(select(StoredRequest.__table__).where(StoredRequest.merged_into == number))
    )
    lines = [line for one in (row, *merged) for line in _lines_of(connection, keys, one)]
    # Reversed first: of lines of one moment the last that was written comes first.
    lines.reverse()
    lines.sort(key=lambda line: line.at, reverse=True)
    return Opened(row, request, reference, merged, tuple(lines))


def row_of(connection: Connection, number: int) -> Any:
    """A request's row, or None."""
    return connection.execute(select(StoredRequest.__table__).where(StoredRequest.id == number)).one_or_none()


def opened_row(row: Any, keys: OfficeKeys) -> tuple[HelpRequest | None, str]:
    """What a request's sender left, and the reference; nothing if it does not open."""
    try:
        found = open_request(row.sealed, keys, row.submission)
    except CannotOpen:
        return None, ""
    return found.request, found.reference


def note_reading(connection: Connection, number: int, staff: int, now: datetime) -> None:
    """Somebody opened a request: the audit log has it each time, the timeline once in a while."""
    audit.record(connection, Audited.REQUEST_READ, staff=staff, at=now, request=number)
    if not _was_read_lately(connection, number, staff, now):
        insert_if_new(
            connection,
            Entry,
            request=number,
            key=secrets.token_bytes(16),
            kind=EntryKind.READ.value,
            at=now,
            staff=staff,
            code="",
            detail="",
            sealed_to="",
        )


def _was_read_lately(connection: Connection, number: int, staff: int, now: datetime) -> bool:
    """Whether the last thing in a request's timeline is that this person read it, a short time ago."""
    last = connection.execute(
        select(Entry.kind, Entry.staff, Entry.at)
        .where(Entry.request == number)
        .order_by(Entry.id.desc())
        .limit(1)
    ).one_or_none()
    return (
        last is not None
        and (last.kind, last.staff) == (EntryKind.READ.value, staff)
        and now - last.at < READ_AGAIN
    )


def _lines_of(connection: Connection, keys: OfficeKeys, row: Any) -> list[Line]:
    request, _ = opened_row(row, keys)
    received = Line(row.received_at, "received", words=request.message if request else None, request=row.id)
    notes = connection.execute(select(StoredNote.__table__).where(StoredNote.request == row.id))
    entries = connection.execute(
        select(
            *Entry.__table__.columns,
            Outgoing.state.label("sending"),
            Outgoing.trouble.label("trouble"),
        )
        .outerjoin(Outgoing, Outgoing.id == Entry.outgoing)
        .where(Entry.request == row.id)
    )
    return [
        received,
        *(Line(note.received_at, "added", words=_note(note, row, keys), request=row.id) for note in notes),
        *(_line(entry, row, keys) for entry in entries),
    ]


def _line(entry: Any, row: Any, keys: OfficeKeys) -> Line:
    return Line(
        at=entry.at,
        kind=entry.kind,
        staff=entry.staff,
        words=_words(entry, row, keys),
        code=entry.code,
        detail=entry.detail,
        subject=entry.subject,
        request=row.id,
        sending=entry.sending or "",
        trouble=entry.trouble or "",
    )


def _words(entry: Any, row: Any, keys: OfficeKeys) -> str | None:
    if entry.sealed is None:
        return ""
    try:
        return str(open_words(entry.sealed, keys, of_entry(row.submission, entry.key))["words"])
    except CannotOpen:
        return None


def _note(note: Any, row: Any, keys: OfficeKeys) -> str | None:
    try:
        return open_note(note.sealed, keys, row.submission, note.submission)
    except CannotOpen:
        return None
