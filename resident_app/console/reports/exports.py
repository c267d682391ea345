"""Exports of requests: a lead asks on terms, a second lead or admin decides, and the file is taken once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.queue_query import every_row
from resident_app.casework.reports import export_requests
from resident_app.casework.reports.export_requests import (
    KEPT_DAYS,
    LONGEST_QUERY,
    LONGEST_REASON,
    ExportKind,
    ExportRefused,
    ExportRequest,
    ExportTerms,
)
from resident_app.console.cases import queue_address
from resident_app.console.context import current_context
from resident_app.console.lead_notices import ABOUT_EXPORT, tell_leads
from resident_app.console.rendering import format_day
from resident_app.console.reports.figures import csv_file
from resident_app.database import reading, writing
from resident_app.web.accounts import second_person
from resident_app.web.accounts.account_store import every_account
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory
from resident_app.web.accounts.second_person import Asker, AskOutcome

_SAY = f"Say it in 1 to {LONGEST_REASON} characters."
MISTAKES = {
    "reason": f"Why do you need it? {_SAY}",
    "purpose": f"What will it be used for, and who gets it? {_SAY}",
    "columns": "Choose what the file holds: at least one column.",
    "kept_days": "Choose how long the file is kept.",
}
ASKED = {
    AskOutcome.WAITS: "Another lead or admin must allow it. Then download it here, once, within a day.",
    AskOutcome.ALONE: "There is no second person yet, so you can download it here, once, within a day. "
    "The audit log and every lead are told.",
}
NOT_DONE = {
    "decide": "This is not open to you: it was decided already, you asked for it yourself, or you cannot be "
    "the second person (see the page Approvals).",
    "take": "This cannot be downloaded: it was downloaded before, its day is over, or somebody else asked "
    "for it.",
}


NO_TERMS = ExportTerms("", "", (), None)

blueprint = Blueprint("exports", __name__, url_prefix="/exports")


@blueprint.get("")
def show() -> Response:
    """List the exports. With a kind in the address, show the form that asks for one."""
    asked = request.args.to_dict()
    wanted = _wanted(asked.pop("kind"), urlencode(asked)) if "kind" in asked else None
    return _page(wanted)


@blueprint.post("")
def ask() -> AnyResponse:
    """Ask for an export."""
    context, staff = current_context(), current_staff()
    query = _wanted(request.form.get("kind", ""), request.form.get("query", ""))
    terms = _terms()
    mistakes = _mistakes(terms)
    if mistakes:
        return _page(query, mistakes, terms, 422)
    now = context.clock()
    with writing(context.engine) as connection:
        number = export_requests.ask(connection, query, terms, staff.id, now)
        outcome = second_person.ask_for_export(connection, number, Asker(staff.id, now))
        if outcome is AskOutcome.ALONE:
            export_requests.allow_alone(connection, number, now)
            what = ABOUT_EXPORT.format(number=number)
            tell_leads(connection, context.keys.current(), what, staff.id, staff.name or staff.email, now)
    flash(ASKED[outcome], "done")
    return redirect(url_for("exports.show"), 303)


def _terms() -> ExportTerms:
    """Return the terms of the form. Columns that do not exist are left out."""
    chosen, kept = set(request.form.getlist("columns")), request.form.get("kept_days", "")
    return ExportTerms(
        request.form.get("reason", "").strip(),
        request.form.get("purpose", "").strip(),
        tuple(column for column in COLUMNS if column in chosen),
        int(kept) if kept in map(str, KEPT_DAYS) else None,
    )


def _mistakes(terms: ExportTerms) -> dict[str, str]:
    said = {name: 0 < len(getattr(terms, name)) <= LONGEST_REASON for name in ("reason", "purpose")}
    said |= {"columns": bool(terms.columns), "kept_days": terms.kept_days is not None}
    return {name: MISTAKES[name] for name, is_right in said.items() if not is_right}


@blueprint.post("/<int:number>/decide")
def decide(number: int) -> AnyResponse:
    """Allow or refuse an export that somebody else asked for."""
    context, does = current_context(), request.form.get("does", "")
    if does not in ("allow", "refuse"):
        raise BadRequest
    now, decider = context.clock(), current_staff().id

    def is_second_person(asker: int) -> bool:
        people = second_person.second_people(every_account(connection), asker, now)
        return decider in {account.id for account in people}

    try:
        with writing(context.engine) as connection:
            export_requests.decide(
                connection, number, does == "allow", decider, now, is_second_person=is_second_person
            )
    except ExportRefused:
        flash(NOT_DONE["decide"], "error")
    return redirect(url_for("exports.show"), 303)


@blueprint.post("/<int:number>/take")
def take(number: int) -> AnyResponse:
    """Return the file. Marking it as taken and the audit log's entry are one transaction."""
    context, staff = current_context(), current_staff()
    now = context.clock()
    try:
        with writing(context.engine) as connection:
            taken = export_requests.take(connection, number, staff.id, now)
            lines = list(_lines(connection, taken))
            export_requests.tell_taken(connection, number, len(lines) - 1, staff.id, now)
    except ExportRefused:
        flash(NOT_DONE["take"], "error")
        return redirect(url_for("exports.show"), 303)
    return csv_file(lines, f"requests-{context.today().isoformat()}.csv")


def _page(
    wanted: str | None,
    mistakes: dict[str, str] | None = None,
    terms: ExportTerms = NO_TERMS,
    status: int = 200,
) -> Response:
    context = current_context()
    people = staff_directory(context.engine)
    names = {one.id: one.name for one in people.values()}
    with reading(context.engine) as connection:
        listed = export_requests.every_export(connection, context.clock())
        everyone = every_account(connection)
    now, me = context.clock(), current_staff().id
    askers = {one.requested_by for one in listed if one.requested_by is not None}
    may_decide = {
        asker
        for asker in askers
        if me in {each.id for each in second_person.second_people(everyone, asker, now)}
    }
    text = render_template(
        "exports.html",
        wanted=wanted,
        mistakes=mistakes or {},
        terms=terms,
        longest=LONGEST_REASON,
        columns=COLUMNS,
        kept_days=KEPT_DAYS,
        erase_by=_erase_by,
        listed=listed,
        may_decide=may_decide,
        names=names,
        about=lambda query: _describe(query, names),
        address=lambda query: f"{url_for('queue.show')}?{query}",
    )
    return make_response(text, status)


def _erase_by(one: ExportRequest) -> str:
    """Return the day by which a file that was taken must be erased, or ""."""
    if one.taken_at is None or one.terms.kept_days is None:
        return ""
    zone = ZoneInfo(current_context().configuration.office.time_zone)
    return format_day((one.taken_at + timedelta(days=one.terms.kept_days)).astimezone(zone).date())


def _wanted(kind: str, query: str) -> str:
    """Return a query that means the same to every person on every day. Raises BadRequest."""
    if kind != ExportKind.REQUESTS:
        raise BadRequest
    view = queue_address.parse_view(dict(parse_qsl(query)), current_staff(), current_context())
    plain = queue_address.view_query(view)
    if len(plain) > LONGEST_QUERY:
        raise BadRequest
    return plain


def _describe(query: str, names: dict[int, str]) -> str:
    context = current_context()
    view = queue_address.parse_view(dict(parse_qsl(query)), current_staff(), context)
    return queue_address.describe_view(view, context.configuration, names)


def _lines(connection: Connection, export: ExportRequest) -> Iterator[list[object]]:
    context = current_context()
    zone = ZoneInfo(context.configuration.office.time_zone)
    columns = [column for column in COLUMNS if column in export.terms.columns or not export.terms.columns]
    yield list(columns)
    view = queue_address.parse_view(dict(parse_qsl(export.query)), current_staff(), context)
    for row in every_row(connection, view, queue_address.queue_clock(context)):
        yield [_readable(getattr(row, column), zone) for column in columns]


COLUMNS = {
    "id": "Request number",
    "received_at": "When it came",
    "spoken_language": "Language spoken",
    "written_language": "Language written",
    "topic": "Topic",
    "origin": "Where it came from",
    "channel": "How the person wants to be reached",
    "state": "Status",
    "last_contact_at": "Last contact",
    "next_action_at": "Next action",
    "closed_at": "When it was closed",
    "outcome": "Outcome",
    "assigned_to": "Who has it (the account’s number)",
}
"""What a file may hold of a request, with what the form calls it: nothing that its sender wrote."""


def _readable(value: object, zone: ZoneInfo) -> object:
    """Return a value for the file. Times are the office's, with their UTC offset (ISO 8601)."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="minutes")
    return "" if value is None else value
