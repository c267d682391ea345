"""Exports: a lead asks with a reason, a second lead or admin decides, and the file is taken once."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.queue_query import every_row
from resident_app.casework.reports import export_requests
from resident_app.casework.reports.export_requests import (
    LONGEST_QUERY,
    LONGEST_REASON,
    ExportKind,
    ExportRefused,
    ExportRequest,
)
from resident_app.console.cases import queue_address
from resident_app.console.context import current_context
from resident_app.console.lead_notices import ABOUT_EXPORT, tell_leads
from resident_app.console.rendering import format_day
from resident_app.console.reports import periods
from resident_app.console.reports.figures import figure_writer, figures_for
from resident_app.database import reading, writing
from resident_app.web.accounts import second_person
from resident_app.web.accounts.account_store import every_account
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory
from resident_app.web.accounts.second_person import Asker, AskOutcome

NO_REASON = f"Say in up to {LONGEST_REASON} characters what the file is for."
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


blueprint = Blueprint("exports", __name__, url_prefix="/exports")


@blueprint.get("")
def show() -> Response:
    """List the exports. With a kind in the address, show the form that asks for one."""
    asked = request.args.to_dict()
    wanted = _wanted(asked.pop("kind", ""), urlencode(asked)) if "kind" in asked else None
    return _page(wanted)


@blueprint.post("")
def ask() -> AnyResponse:
    """Ask for an export."""
    context, staff = current_context(), current_staff()
    kind, query = _wanted(request.form.get("kind", ""), request.form.get("query", ""))
    reason = request.form.get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        return _page((kind, query), {"reason": NO_REASON}, reason, 422)
    now = context.clock()
    with writing(context.engine) as connection:
        number = export_requests.ask(connection, kind, query, reason, staff.id, now)
        outcome = second_person.ask_for_export(connection, number, Asker(staff.id, now))
        if outcome is AskOutcome.ALONE:
            export_requests.allow_alone(connection, number, now)
            what = ABOUT_EXPORT.format(number=number)
            tell_leads(connection, context.keys.current(), what, staff.id, staff.name or staff.email, now)
    flash(ASKED[outcome], "done")
    return redirect(url_for("exports.show"), 303)


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
    response = make_response(export_requests.csv_bytes(lines))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    name = f"{taken.kind.value}-{context.today().isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(
    wanted: tuple[ExportKind, str] | None,
    mistakes: dict[str, str] | None = None,
    reason: str = "",
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
        reason=reason,
        longest=LONGEST_REASON,
        listed=listed,
        may_decide=may_decide,
        names=names,
        about=lambda kind, query: _describe(kind, query, names),
        address=lambda kind, query: f"{url_for(_PAGE[kind])}?{query}",
    )
    return make_response(text, status)


_PAGE = {ExportKind.FIGURES: "figures.show", ExportKind.REQUESTS: "queue.show"}


def _wanted(kind: str, query: str) -> tuple[ExportKind, str]:
    """Return the kind and a query that means the same to every person on every day. Raises BadRequest."""
    context, asked = current_context(), dict(parse_qsl(query))
    try:
        found = ExportKind(kind)
        if found is ExportKind.FIGURES:
            plain = periods.query_of(periods.period_of(asked, context.today()))
        else:
            plain = queue_address.view_query(queue_address.parse_view(asked, current_staff(), context))
    except (ValueError, periods.InvalidPeriod):
        raise BadRequest from None
    if len(plain) > LONGEST_QUERY:
        raise BadRequest
    return found, plain


def _describe(kind: ExportKind, query: str, names: dict[int, str]) -> str:
    context, asked = current_context(), dict(parse_qsl(query))
    if kind is ExportKind.FIGURES:
        period = periods.period_of(asked, context.today())
        return f"Figures, {format_day(period.since)} to {format_day(period.until)}"
    view = queue_address.parse_view(asked, current_staff(), context)
    return f"Requests: {queue_address.describe_view(view, context.configuration, names)}"


def _lines(connection: Connection, export: ExportRequest) -> Iterator[list[object]]:
    context, asked = current_context(), dict(parse_qsl(export.query))
    if export.kind is ExportKind.FIGURES:
        period = periods.period_of(asked, context.today())
        yield from figure_writer(period).lines(figures_for(connection, period, is_for_file=True))
        return
    zone = ZoneInfo(context.configuration.office.time_zone)
    yield list(_COLUMNS)
    view = queue_address.parse_view(asked, current_staff(), context)
    for row in every_row(connection, view, queue_address.queue_clock(context)):
        yield [_readable(getattr(row, column), zone) for column in _COLUMNS]


_COLUMNS = (
    "id",
    "received_at",
    "spoken_language",
    "written_language",
    "topic",
    "origin",
    "channel",
    "state",
    "last_contact_at",
    "next_action_at",
    "closed_at",
    "outcome",
    "assigned_to",
)
"""What an export holds of a request: nothing that its sender wrote."""


def _readable(value: object, zone: ZoneInfo) -> object:
    """Return a value for the file. Times are the office's, with their UTC offset (ISO 8601)."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="minutes")
    return "" if value is None else value
