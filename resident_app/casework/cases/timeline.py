"""A request as the office sees it: opened, with one timeline of everything that happened to it."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opened import Opened, Reader, ReadEvent, request_read
from resident_app.casework.opening import open_json, open_note, open_row
from resident_app.database import find_all, find_one, insert_if_new
from resident_app.intake.aad import timeline_aad
from resident_app.intake.attachment_tables import AttachmentRow
from resident_app.intake.attachments import Attachment, attachments_from
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.message_tables import DeliveryError, OutgoingRow, OutgoingState, TextDelivery
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, NoteRow, RequestState, TimelineRow
from resident_app.security import audit_log
from resident_app.security.audit_event import StoredEvent
from resident_app.security.audit_log import COLUMNS, AuditEvent

POLLED = timedelta(minutes=10)
"""A page that polls records one reading in this time, as long as nothing in the request is new."""

READ_AGAIN = timedelta(minutes=30)
"""Reading a request again within this time, with nothing new in it, adds no entry."""

_FROM_RESIDENT = frozenset({"received", "added", EntryKind.TEXT_IN, EntryKind.EMAIL_IN})


_WAITING = (OutgoingState.WAITING, OutgoingState.QUEUED)


@dataclass(frozen=True, repr=False)
class TimelineLine:
    """One line of a timeline. `kind` is an EntryKind, `received` or `added`."""

    at: datetime
    kind: str
    actor_id: int | None = None
    words: str | None = ""
    """None if no key of the office opens them."""
    template: str = ""
    """For a message to the person: the template that it was made of."""
    code: str = ""
    detail: str = ""
    subject: int | None = None
    request_id: int = 0
    """The request that the line belongs to. For a merged one it is not the request that is shown."""
    sending: OutgoingState | None = None
    """For a message to the person: how far it has come."""
    goes_out_at: datetime | None = None
    """For a message that waits: when the next try is made, if it has a time."""
    error: DeliveryError | None = None
    delivery: TextDelivery | None = None
    """For a text message that was sent: what the carrier reports. `delivery_error` is the carrier's code."""
    delivery_error: int | None = None
    sender: str = ""
    """For a message from the person: the number or address that it came from."""
    attachments: tuple[Attachment, ...] = ()
    """The files that came with it."""
    missing: frozenset[str] = frozenset()
    """The keys of those files that were removed since."""
    id: int = 0
    """The timeline entry's; 0 for what is none."""
    corrected_at: datetime | None = None
    earlier: tuple["TimelineLine", ...] = ()
    """For a note that was corrected: what it said before, newest first, each with the time of its words."""

    @property
    def from_resident(self) -> bool:
        return self.kind in _FROM_RESIDENT


@dataclass(frozen=True, repr=False)
class OpenedCase:
    """A request with its timeline. `request` is None if no key of the office opens it."""

    row: HelpRequestRow
    request: HelpRequest | None
    reference: str
    merged: tuple[HelpRequestRow, ...]
    """The requests that were merged into it."""
    lines: tuple[TimelineLine, ...]
    """Newest first."""


def open_case(connection: Connection, keys: OfficeKeys, number: int) -> Opened[OpenedCase] | None:
    """Return a request with its timeline, or None if it does not exist or is erased."""
    row = find_row(connection, number)
    if row is None or row.state is RequestState.ERASED:
        return None
    request, reference = open_row(row, keys)
    merged = find_all(connection, select(HelpRequestRow).where(HelpRequestRow.merged_into == number))
    lines = [line for one in (row, *merged) for line in with_corrections(_lines(connection, keys, one))]
    # Reversed first, so that of lines with the same time the one that was written last comes first.
    lines.reverse()
    lines.sort(key=lambda line: line.at, reverse=True)
    case = OpenedCase(row, request, reference, tuple(merged), tuple(lines))
    return Opened(case, [_read_event(one, lines) for one in (row, *merged)])


def with_corrections(lines: Sequence[TimelineLine]) -> list[TimelineLine]:
    """Give each corrected note its newest words, and what it said before. Only its author corrects it."""
    notes = {line.id: line for line in lines if line.kind == EntryKind.NOTE}
    for line in lines:
        note = notes.get(line.subject or 0)
        if line.kind == EntryKind.NOTE_CORRECTED and note is not None and note.actor_id == line.actor_id:
            before = replace(note, at=note.corrected_at or note.at, earlier=())
            notes[note.id] = replace(
                note, words=line.words, corrected_at=line.at, earlier=(before, *note.earlier)
            )
    return [notes.get(line.id, line) for line in lines if line.kind != EntryKind.NOTE_CORRECTED]


def _read_event(row: HelpRequestRow, lines: Sequence[TimelineLine]) -> ReadEvent:
    """Return the event of reading a request. Version and number of lines tell whether something is new."""
    shown = sum(line.request_id == row.id and line.kind != EntryKind.READ for line in lines)
    return request_read(row.id, version=row.version, lines=shown)


def find_row(connection: Connection, number: int) -> HelpRequestRow | None:
    """Return a request's row, or None."""
    return find_one(connection, select(HelpRequestRow).where(HelpRequestRow.id == number))


def open_contact(row: HelpRequestRow, keys: OfficeKeys) -> Opened[HelpRequest | None]:
    """Return a request without its timeline; None in it if no key of the office opens it."""
    request, _ = open_row(row, keys)
    return Opened(request, [request_read(row.id, version=row.version)])


def note_reading(connection: Connection, number: int, account: int, now: datetime) -> None:
    """Add a reading to the timeline, once in a while (READ_AGAIN). The audit log has it each time."""
    if not _was_read_lately(connection, number, account, now):
        insert_if_new(
            connection,
            TimelineRow,
            request_id=number,
            key=secrets.token_bytes(16),
            kind=EntryKind.READ,
            at=now,
            actor_id=account,
            code="",
            detail="",
            sealed_to="",
        )


def was_just_read(reader: Reader, event: ReadEvent) -> bool:
    """Return whether this person read the request within POLLED, and nothing in it is new."""
    log = audit_log.audit_log_of(reader.connection)
    chosen = select(*COLUMNS).where(
        AuditEvent.actor_id == reader.actor_id,
        AuditEvent.kind == event.kind,
        AuditEvent.at > reader.at - POLLED,
    )
    for row in reader.connection.execute(chosen.order_by(AuditEvent.number.desc())):
        found = StoredEvent(*row)
        if found.is_intact(log.keys):
            fields = json.loads(str(found.fields))
            if fields.get("request") == event.fields["request"]:
                return all(fields.get(name) == value for name, value in event.fields.items())
    return False


def _was_read_lately(connection: Connection, number: int, account: int, now: datetime) -> bool:
    """Return whether the newest entry says that this person read the request a short time ago."""
    last = connection.execute(
        select(TimelineRow.kind, TimelineRow.actor_id, TimelineRow.at)
        .where(TimelineRow.request_id == number)
        .order_by(TimelineRow.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return False
    kind, actor_id, at = last
    return (kind, actor_id) == (EntryKind.READ, account) and now - at < READ_AGAIN


def _lines(connection: Connection, keys: OfficeKeys, row: HelpRequestRow) -> list[TimelineLine]:
    request, _ = open_row(row, keys)
    received = TimelineLine(
        row.received_at, "received", words=request.message if request else None, request_id=row.id
    )
    notes = find_all(connection, select(NoteRow).where(NoteRow.request_id == row.id))
    entries = find_all(connection, select(TimelineRow).where(TimelineRow.request_id == row.id))
    sent_ids = [entry.outgoing_id for entry in entries if entry.outgoing_id is not None]
    stored = connection.execute(select(AttachmentRow.key).where(AttachmentRow.request_id == row.id))
    files = frozenset(key.hex() for key in stored.scalars())
    sent = {
        one.id: one for one in find_all(connection, select(OutgoingRow).where(OutgoingRow.id.in_(sent_ids)))
    }
    return [
        received,
        *(
            TimelineLine(note.received_at, "added", words=_note(note, row, keys), request_id=row.id)
            for note in notes
        ),
        *(_line(entry, sent.get(entry.outgoing_id or 0), row, keys, files) for entry in entries),
    ]


def _line(
    entry: TimelineRow,
    message: OutgoingRow | None,
    row: HelpRequestRow,
    keys: OfficeKeys,
    files: frozenset[str],
) -> TimelineLine:
    """`files` are the keys of the request's files that are stored."""
    contents = _contents(entry, row, keys)
    attachments = attachments_from(contents or {})
    return TimelineLine(
        id=entry.id,
        at=entry.at,
        kind=entry.kind,
        actor_id=entry.actor_id,
        words=None if contents is None else contents.get("words", ""),
        template="" if contents is None else contents.get("template", ""),
        code=entry.code,
        detail=entry.detail,
        subject=entry.subject,
        request_id=row.id,
        sending=message.state if message else None,
        goes_out_at=message.not_before if message and message.state in _WAITING else None,
        error=message.error if message else None,
        delivery=message.delivery if message else None,
        delivery_error=message.delivery_error if message else None,
        sender="" if contents is None else contents.get("sender", ""),
        attachments=attachments,
        missing=frozenset(one.key for one in attachments) - files,
    )


def _contents(entry: TimelineRow, row: HelpRequestRow, keys: OfficeKeys) -> dict[str, Any] | None:
    """Return what an entry has sealed, or None if no key of the office opens it."""
    if entry.sealed is None:
        return {}
    try:
        return open_json(entry.sealed, keys, timeline_aad(row.submission, entry.key))
    except CannotOpen:
        return None


def _note(note: NoteRow, row: HelpRequestRow, keys: OfficeKeys) -> str | None:
    try:
        return open_note(note.sealed, keys, row.submission, note.submission)
    except CannotOpen:
        return None
