"""A request as the office sees it: opened, with one timeline of all that came, was done and was read."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import open_json, open_note, open_request
from resident_app.database import insert_if_new
from resident_app.intake.aad import timeline_aad
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.message_tables import OutgoingRow
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, NoteRow, RequestState, TimelineRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

READ_AGAIN = timedelta(minutes=30)
"""Who opens a request again so soon, with nothing new in it, is not noted anew."""

_FROM_RESIDENT = frozenset({"received", "added", EntryKind.TEXT_IN, EntryKind.EMAIL_IN})


@dataclass(frozen=True, repr=False)
class TimelineLine:
    """One line of a timeline. `kind` is an EntryKind's value, `received` or `added`."""

    at: datetime
    kind: str
    actor_id: int | None = None
    words: str | None = ""
    """None: they do not open with the office's keys."""
    code: str = ""
    detail: str = ""
    subject: int | None = None
    request_id: int = 0
    """The request that it belongs to: another one, where a repeat was merged."""
    sending: str = ""
    """How the message that it tells of stands: an OutgoingState's value."""
    error: str = ""

    @property
    def from_resident(self) -> bool:
        return self.kind in _FROM_RESIDENT


@dataclass(frozen=True, repr=False)
class OpenedCase:
    """A request with what its sender left; None if it does not open with the office's keys."""

    row: Any
    request: HelpRequest | None
    reference: str
    merged: tuple[Any, ...]
    """The rows of the requests that repeat it."""
    lines: tuple[TimelineLine, ...]


def open_one(connection: Connection, keys: OfficeKeys, number: int) -> OpenedCase | None:
    """A request by its number, with its timeline, newest first. None: none is there, or it is erased."""
    row = row_of(connection, number)
    if row is None or row.state == RequestState.ERASED:
        return None
    request, reference = opened_row(row, keys)
    merged = tuple(
        connection.execute(select(HelpRequestRow.__table__).where(HelpRequestRow.merged_into == number))
    )
    lines = [line for one in (row, *merged) for line in _lines_of(connection, keys, one)]
    # Reversed first: of lines of one moment the last that was written comes first.
    lines.reverse()
    lines.sort(key=lambda line: line.at, reverse=True)
    return OpenedCase(row, request, reference, merged, tuple(lines))


def row_of(connection: Connection, number: int) -> Any:
    """A request's row, or None."""
    return connection.execute(
        select(HelpRequestRow.__table__).where(HelpRequestRow.id == number)
    ).one_or_none()


def opened_row(row: Any, keys: OfficeKeys) -> tuple[HelpRequest | None, str]:
    """What a request's sender left, and the reference; nothing if it does not open."""
    try:
        found = open_request(row.sealed, keys, row.submission)
    except CannotOpen:
        return None, ""
    return found.request, found.reference


def note_reading(connection: Connection, number: int, staff: int, now: datetime) -> None:
    """Somebody opened a request: the audit log has it each time, the timeline once in a while."""
    audit_log.record(connection, Audited.REQUEST_READ, actor_id=staff, at=now, request=number)
    if not _was_read_lately(connection, number, staff, now):
        insert_if_new(
            connection,
            TimelineRow,
            request_id=number,
            key=secrets.token_bytes(16),
            kind=EntryKind.READ,
            at=now,
            actor_id=staff,
            code="",
            detail="",
            sealed_to="",
        )


def _was_read_lately(connection: Connection, number: int, staff: int, now: datetime) -> bool:
    """Whether the last thing in a request's timeline is that this person read it, a short time ago."""
    last = connection.execute(
        select(TimelineRow.kind, TimelineRow.actor_id, TimelineRow.at)
        .where(TimelineRow.request_id == number)
        .order_by(TimelineRow.id.desc())
        .limit(1)
    ).one_or_none()
    return (
        last is not None
        and (last.kind, last.actor_id) == (EntryKind.READ, staff)
        and now - last.at < READ_AGAIN
    )


def _lines_of(connection: Connection, keys: OfficeKeys, row: Any) -> list[TimelineLine]:
    request, _ = opened_row(row, keys)
    received = TimelineLine(
        row.received_at, "received", words=request.message if request else None, request_id=row.id
    )
    notes = connection.execute(select(NoteRow.__table__).where(NoteRow.request_id == row.id))
    entries = connection.execute(
        select(
            *TimelineRow.__table__.columns,
            OutgoingRow.state.label("sending"),
            OutgoingRow.error.label("error"),
        )
        .outerjoin(OutgoingRow, OutgoingRow.id == TimelineRow.outgoing_id)
        .where(TimelineRow.request_id == row.id)
    )
    return [
        received,
        *(
            TimelineLine(note.received_at, "added", words=_note(note, row, keys), request_id=row.id)
            for note in notes
        ),
        *(_line(entry, row, keys) for entry in entries),
    ]


def _line(entry: Any, row: Any, keys: OfficeKeys) -> TimelineLine:
    return TimelineLine(
        at=entry.at,
        kind=entry.kind,
        actor_id=entry.actor_id,
        words=_words(entry, row, keys),
        code=entry.code,
        detail=entry.detail,
        subject=entry.subject,
        request_id=row.id,
        sending=entry.sending or "",
        error=entry.error or "",
    )


def _words(entry: Any, row: Any, keys: OfficeKeys) -> str | None:
    if entry.sealed is None:
        return ""
    try:
        return str(open_json(entry.sealed, keys, timeline_aad(row.submission, entry.key))["words"])
    except CannotOpen:
        return None


def _note(note: Any, row: Any, keys: OfficeKeys) -> str | None:
    try:
        return open_note(note.sealed, keys, row.submission, note.submission)
    except CannotOpen:
        return None
