"""The audit log: what staff did, newest first, and whether its chain is intact."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, Connection, Row, Select, or_, select
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.calls.interpreter_tables import InterpreterRow
from resident_app.casework.messages.template_tables import OfficeTemplateRow
from resident_app.casework.retention.schedule import cutoff
from resident_app.console.admin.audit_sentences import KIND_NAMES, tell
from resident_app.console.admin.audit_words import (
    CALL_FIELDS,
    NamesOfNumbers,
    RecordedEvent,
    call_number,
    read_fields,
)
from resident_app.console.context import ConsoleContext, current_context
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.message_tables import OutgoingRow
from resident_app.security import audit_chain
from resident_app.security import audit_log as log
from resident_app.security.audit_heads import kept_heads
from resident_app.security.audit_log import Audited, AuditEvent
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory

PAGE = 100
NOBODY = "none"
READS = (Audited.REQUEST_READ, Audited.REPLY_READ, Audited.ATTACHMENT_READ)
READS_VIEW = "reads"
"""The view of all READS."""
NOTES = (Audited.ROW_VERSION, Audited.HEAD_PRINTED)
"""What the system notes for itself. It is shown on demand: nobody did anything in it."""
VIEW_NAMES = {READS_VIEW: "Read anything", **KIND_NAMES}
_HIGHEST = 2**31 - 1


@dataclass(frozen=True)
class AuditView:
    """Which events are shown. An empty field matches all. `before` is the number where the page begins."""

    kind: str = ""
    officer: str = ""
    """An account's number, or `none`."""
    request: int | None = None
    day: date | None = None
    """At the office."""
    with_notes: bool = False
    """Whether NOTES are shown beside all others."""
    before: int | None = None

    def query(self, **changes: object) -> dict[str, object]:
        """Return the query of the view's address, without the page."""
        found: dict[str, object] = {
            "kind": self.kind,
            "officer": self.officer,
            "request": self.request,
            "day": self.day,
            "notes": "1" if self.with_notes else "",
        }
        return {name: value for name, value in (found | changes).items() if value}


@dataclass(frozen=True)
class AuditLine:
    """An event as it is shown."""

    number: int
    at: str
    sentence: Markup


blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit")
def show() -> str:
    """Show a page of events by the view in the address."""
    context, view = current_context(), _view()
    zone = ZoneInfo(context.configuration.office.time_zone)
    with reading(context.engine) as connection:
        rows = connection.execute(_chosen(connection, view, zone).limit(PAGE + 1)).all()
        verified = _last_verified(connection)
        people = staff_directory(context.engine)
        lines = _lines(connection, rows[:PAGE], {one.id: one.name for one in people.values()}, zone)
    return render_template(
        "audit.html",
        lines=lines,
        view=view,
        kinds=sorted(VIEW_NAMES.items(), key=lambda item: item[1]),
        older=lines[-1].number if len(rows) > PAGE else None,
        people=people,
        verified=verified,
    )


@blueprint.post("/audit/verify")
def verify() -> AnyResponse:
    """Verify the whole chain and show the result."""
    context = current_context()
    since = cutoff(context.configuration.retention, "audit_years", context.clock()).date()
    heads = _kept_heads(context)
    with audit_chain.snapshot(context.engine) as connection:
        found = audit_chain.verify(connection, heads, kept_since=since)
    with writing(context.engine) as connection:
        log.record(
            connection,
            Audited.VERIFIED,
            actor_id=current_staff().id,
            at=context.clock(),
            upto=found.head.number,
            findings=len(found.findings) + found.more,
        )
    if found.ok:
        flash(f"Verified: nobody has changed the log. It ends with event {found.head.number}.", "done")
    else:
        first = found.findings[0]
        flash(f"The audit log was changed. Event {first.number}: {first.fault.value}.", "error")
    return redirect(url_for("audit.show"), 303)


def _kept_heads(context: ConsoleContext) -> list[audit_chain.Head]:
    """Return the heads on this machine. Heads kept elsewhere are for `flask audit verify`."""
    try:
        return kept_heads(context.settings.audit_heads_path, context.settings.newest_audit_head_path)
    except (OSError, ValueError):
        return []


def _view() -> AuditView:
    """Return the view of the address. Values that mean nothing are ignored."""
    asked = request.args
    kind, officer = asked.get("kind", ""), asked.get("officer", "")
    try:
        day = date.fromisoformat(asked.get("day", ""))
    except ValueError:
        day = None
    return AuditView(
        kind=kind if kind in VIEW_NAMES else "",
        officer=officer if officer == NOBODY or _number(officer) else "",
        request=_number(asked.get("request", "")),
        day=day,
        with_notes="notes" in asked,
        before=_number(asked.get("before", "")),
    )


def _number(text: str) -> int | None:
    """Return a number that a row can have, or None."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) <= _HIGHEST else None


def _chosen(
    connection: Connection, view: AuditView, zone: ZoneInfo
) -> Select[int, datetime, str, int | None, str]:
    """Select the events of a view, the newest first."""
    chosen = select(AuditEvent.number, AuditEvent.at, AuditEvent.kind, AuditEvent.actor_id, AuditEvent.fields)
    if view.kind:
        kinds = READS if view.kind == READS_VIEW else (view.kind,)
        chosen = chosen.where(AuditEvent.kind.in_(kinds))
    elif not view.with_notes:
        chosen = chosen.where(AuditEvent.kind.not_in(NOTES))
    if view.officer:
        nobody = view.officer == NOBODY
        chosen = chosen.where(
            AuditEvent.actor_id.is_(None) if nobody else AuditEvent.actor_id == int(view.officer)
        )
    if view.request:
        chosen = chosen.where(or_(*_about(connection, view.request)))
    if view.day:
        begins = datetime.combine(view.day, time(), zone)
        ends = datetime.combine(view.day + timedelta(days=1), time(), zone)
        chosen = chosen.where(AuditEvent.at >= begins, AuditEvent.at < ends)
    if view.before is not None:
        chosen = chosen.where(AuditEvent.number < view.before)
    return chosen.order_by(AuditEvent.number.desc())


def _about(connection: Connection, request: int) -> list[ColumnElement[bool]]:
    """Return conditions for the events about a request, and about its messages and calls that are kept."""
    messages = connection.scalars(select(OutgoingRow.id).where(OutgoingRow.request_id == request)).all()
    calls = connection.scalars(select(OfficeCallRow.id).where(OfficeCallRow.request_id == request)).all()
    return [
        AuditEvent.fields.like(f'%"{name}": {number}{end}%')
        for names, numbers in (
            (("request", "other"), [request]),
            (("message",), messages),
            (CALL_FIELDS, calls),
        )
        for name in names
        for number in numbers
        for end in (",", "}")
    ]


def _lines(
    connection: Connection,
    rows: Collection[Row[int, datetime, str, int | None, str]],
    people: dict[int, str],
    zone: ZoneInfo,
) -> list[AuditLine]:
    events = [RecordedEvent(row.kind, row.actor_id, read_fields(row.fields)) for row in rows]
    names = NamesOfNumbers(
        people=people,
        request_address=lambda number: url_for("request.show", number=number),
        export_address=lambda number: url_for("exports.show", _anchor=f"export-{number}"),
        messages=_messages(connection, events),
        calls=_calls(connection, events),
        templates=_templates(connection, events),
        interpreters=_interpreters(connection, events),
    )
    return [
        AuditLine(
            number=row.number,
            at=row.at.astimezone(zone).strftime("%b %-d, %Y, %-I:%M:%S %p"),
            sentence=tell(event, names),
        )
        for row, event in zip(rows, events, strict=True)
    ]


def _messages(
    connection: Connection, events: Collection[RecordedEvent]
) -> dict[int, tuple[int | None, Channel]]:
    """Return the request and the channel of each message in these events that is kept."""
    wanted = {number for event in events if (number := event.count("message"))}
    rows = connection.execute(
        select(OutgoingRow.id, OutgoingRow.request_id, OutgoingRow.channel).where(OutgoingRow.id.in_(wanted))
    )
    return {row.id: (row.request_id, row.channel) for row in rows}


def _calls(connection: Connection, events: Collection[RecordedEvent]) -> dict[int, int]:
    """Return the request of each call in these events that is kept."""
    wanted = {number for event in events if (number := call_number(event))}
    rows = connection.execute(
        select(OfficeCallRow.id, OfficeCallRow.request_id).where(OfficeCallRow.id.in_(wanted))
    )
    return {row.id: row.request_id for row in rows}


def _templates(connection: Connection, events: Collection[RecordedEvent]) -> dict[int, str]:
    """Return the title of each template in these events."""
    wanted = {number for event in events if (number := event.count("template"))}
    rows = connection.execute(
        select(OfficeTemplateRow.id, OfficeTemplateRow.title).where(OfficeTemplateRow.id.in_(wanted))
    )
    return {row.id: row.title for row in rows}


def _interpreters(connection: Connection, events: Collection[RecordedEvent]) -> dict[int, str]:
    """Return the name of each interpreter in these events."""
    wanted = {number for event in events if (number := event.count("service"))}
    rows = connection.execute(
        select(InterpreterRow.id, InterpreterRow.name).where(InterpreterRow.id.in_(wanted))
    )
    return {row.id: row.name for row in rows}


def _last_verified(connection: Connection) -> dict[str, object] | None:
    """Return the last verification from this page, or None."""
    row = connection.execute(
        select(AuditEvent.at, AuditEvent.actor_id, AuditEvent.fields)
        .where(AuditEvent.kind == Audited.VERIFIED)
        .order_by(AuditEvent.number.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else {"at": row.at, "staff": row.actor_id, **read_fields(row.fields)}
