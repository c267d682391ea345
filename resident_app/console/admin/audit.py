"""The audit log: what staff did, newest first, and whether its chain is intact."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import Connection, Row, Select, select
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.retention.schedule import cutoff
from resident_app.console.context import ConsoleContext, current_context
from resident_app.database import reading, writing
from resident_app.security import audit_chain
from resident_app.security import audit_log as log
from resident_app.security.audit_heads import kept_heads
from resident_app.security.audit_log import Audited, AuditEvent
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory

PAGE = 100
NOBODY = "none"
READS = (Audited.REQUEST_READ, Audited.REPLY_READ)
READS_VIEW = "reads"
"""The view of all READS."""


@dataclass(frozen=True)
class AuditView:
    """Which events are shown. An empty field matches all. `before` is the number where the page begins."""

    kind: str = ""
    officer: str = ""
    """An account's number, or `none`."""
    day: date | None = None
    """At the office."""
    before: int | None = None

    def query(self) -> dict[str, object]:
        """Return the query of the view's address, without the page."""
        found = {"kind": self.kind, "officer": self.officer, "day": self.day}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class AuditLine:
    """An event as it is shown."""

    number: int
    at: str
    kind: str
    staff: int | None
    request: int | None
    details: str


blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit")
def show() -> str:
    """Show a page of events by the view in the address."""
    context, view = current_context(), _view()
    zone = ZoneInfo(context.configuration.office.time_zone)
    with reading(context.engine) as connection:
        rows = connection.execute(_chosen(view, zone).limit(PAGE + 1)).all()
        verified = _last_verified(connection)
    lines = [_line(row, zone) for row in rows[:PAGE]]
    return render_template(
        "audit.html",
        lines=lines,
        view=view,
        kinds=[READS_VIEW, *(kind.value for kind in Audited)],
        older=lines[-1].number if len(rows) > PAGE else None,
        people=staff_directory(context.engine),
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
        flash(f"Verified: every event up to number {found.head.number} is as it was recorded.", "done")
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
        kind=kind if kind in {READS_VIEW, *(one.value for one in Audited)} else "",
        officer=officer if officer == NOBODY or officer.isdecimal() else "",
        day=day,
        before=asked.get("before", type=int),
    )


def _chosen(view: AuditView, zone: ZoneInfo) -> Select[int, datetime, str, int | None, str]:
    """Select the events of a view, the newest first."""
    chosen = select(AuditEvent.number, AuditEvent.at, AuditEvent.kind, AuditEvent.actor_id, AuditEvent.fields)
    if view.kind:
        kinds = READS if view.kind == READS_VIEW else (view.kind,)
        chosen = chosen.where(AuditEvent.kind.in_(kinds))
    if view.officer:
        nobody = view.officer == NOBODY
        chosen = chosen.where(
            AuditEvent.actor_id.is_(None) if nobody else AuditEvent.actor_id == int(view.officer)
        )
    if view.day:
        begins = datetime.combine(view.day, time(), zone)
        ends = datetime.combine(view.day + timedelta(days=1), time(), zone)
        chosen = chosen.where(AuditEvent.at >= begins, AuditEvent.at < ends)
    if view.before is not None:
        chosen = chosen.where(AuditEvent.number < view.before)
    return chosen.order_by(AuditEvent.number.desc())


def _line(row: Row[int, datetime, str, int | None, str], zone: ZoneInfo) -> AuditLine:
    fields = json.loads(row.fields)
    details = [f"{name} {value}" for name, value in fields.items() if name != "request"]
    return AuditLine(
        number=row.number,
        at=row.at.astimezone(zone).strftime("%b %-d, %Y, %-I:%M:%S %p"),
        kind=row.kind,
        staff=row.actor_id,
        request=fields.get("request"),
        details=", ".join(details),
    )


def _last_verified(connection: Connection) -> dict[str, object] | None:
    """Return the last verification from this page, or None."""
    row = connection.execute(
        select(AuditEvent.at, AuditEvent.actor_id, AuditEvent.fields)
        .where(AuditEvent.kind == Audited.VERIFIED)
        .order_by(AuditEvent.number.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else {"at": row.at, "staff": row.actor_id, **json.loads(row.fields)}
