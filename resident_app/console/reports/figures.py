"""Figures for leads: who waits now and who can help them, then how the requests of a period were served."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.case_service import MERGED
from resident_app.casework.cases.queue_query import QueueView
from resident_app.casework.reports.counting import Measure, Period, counted
from resident_app.casework.reports.export_requests import ExportKind, csv_bytes
from resident_app.casework.reports.service_report import ServiceReport, build_report
from resident_app.casework.reports.waiting_now import (
    NO_CONTACT,
    NOBODYS,
    OPEN_NOW,
    OVERDUE,
    WaitingGroup,
    in_total,
    waiting_by_channel,
    waiting_by_language,
)
from resident_app.console.cases.queue_address import queue_clock, view_query
from resident_app.console.context import current_context
from resident_app.console.rendering import CHANNELS, language_name
from resident_app.console.reports.charts import BarChart, first_contact_chart, reached_chart, waiting_chart
from resident_app.console.reports.figure_tables import FigureWriter, length_in_words
from resident_app.console.reports.periods import (
    CHOICES,
    DATES,
    InvalidPeriod,
    choice_of,
    day_of,
    period_of,
    query_of,
)
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory

blueprint = Blueprint("figures", __name__)


@blueprint.get("/figures")
def show() -> Response | str:
    """Show the figures of a period."""
    context = current_context()
    try:
        period = period_of(request.args, context.today())
    except InvalidPeriod as wrong:
        return make_response(render_template("figures.html", **_form(wrong.mistakes), period=None), 422)
    with reading(context.engine) as connection:
        found = figures_for(connection, period, is_for_file=False)
        languages = waiting_by_language(connection, queue_clock(context))
        channels = waiting_by_channel(connection, queue_clock(context))
    writer = figure_writer(period)
    return render_template(
        "figures.html",
        **_form({}, period),
        period=period,
        query=query_of(period),
        now=context.clock(),
        **_now(languages, channels),
        charts=_charts(found, writer),
        tables=writer.tables(found),
        uneven=[(one, writer.list_of(one.language, Measure.CAME)) for one in found.uneven],
        compares=len(found.languages) > len(found.uncompared),
        uncompared=[language_name(code) for code in found.uncompared],
        length=length_in_words,
        rules=context.configuration.casework.figures,
    )


@blueprint.post("/figures.csv")
def export() -> AnyResponse:
    """Return the figures as a file. It leaves the office: nothing in it says or betrays a small number."""
    context = current_context()
    try:
        period = period_of(request.form, context.today())
    except InvalidPeriod:
        return redirect(
            f"{url_for('figures.show')}?{urlencode({'period': DATES, 'from': '', 'to': ''})}", 303
        )
    with writing(context.engine) as connection:
        lines = list(figure_writer(period).lines(figures_for(connection, period, is_for_file=True)))
        audit_log.record(
            connection,
            Audited.EXPORTED,
            actor_id=current_staff().id,
            at=context.clock(),
            what=ExportKind.FIGURES.value,
            since=period.since.isoformat(),
            until=period.until.isoformat(),
            lines=len(lines) - 1,
        )
    return csv_file(lines, f"figures-{period.since.isoformat()}-to-{period.until.isoformat()}.csv")


def csv_file(lines: Sequence[Sequence[object]], name: str) -> Response:
    """Return lines as a file to save."""
    response = make_response(csv_bytes(lines))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _now(languages: Sequence[WaitingGroup], channels: Sequence[WaitingGroup]) -> dict[str, object]:
    """Return what the page shows of the open requests."""
    people = [one for one in staff_directory(current_context().engine).values() if one.active]
    total = in_total(languages)
    by_language = [_waiting_row(one, language_name(one.group or ""), "spoken") for one in languages]
    return {
        "first": by_language[0] if by_language else None,
        "tiles": [
            ("Overdue", total.overdue, _queue_address(OVERDUE)),
            ("Without any contact", total.no_contact, _queue_address(NO_CONTACT)),
            ("Assigned to nobody", total.nobodys, _queue_address(NOBODYS)),
            ("Open", total.count, _queue_address(OPEN_NOW)),
        ],
        "waiting_chart": waiting_chart(
            languages, language_name, lambda code: _queue_address(replace(OPEN_NOW, spoken=code))
        ),
        "waiting_tables": [
            ("language", by_language),
            ("channel", [_waiting_row(one, _channel_name(one.group), "channel") for one in channels]),
        ],
        "speakers": {
            one.group: [each.name for each in people if one.group in each.languages] for one in languages
        },
    }


def _waiting_row(group: WaitingGroup, name: str, by: Literal["spoken", "channel"]) -> dict[str, object]:
    """Return one row of a table of the open requests: each count with the address of its requests."""
    counts = (
        (group.overdue, OVERDUE),
        (group.no_contact, NO_CONTACT),
        (group.nobodys, NOBODYS),
        (group.count, OPEN_NOW),
    )

    def address(view: QueueView) -> str:
        code = group.group or ""
        return _queue_address(replace(view, spoken=code) if by == "spoken" else replace(view, channel=code))

    return {
        "group": group,
        "name": name,
        "counts": [(count, address(view) if group.group else "") for count, view in counts],
    }


def _channel_name(code: str | None) -> str:
    return CHANNELS.get(code or "", "Not known any more")


def _queue_address(view: QueueView) -> str:
    return f"{url_for('queue.show')}?{view_query(view)}"


def _charts(found: ServiceReport, writer: FigureWriter) -> list[BarChart]:
    fewest = current_context().configuration.casework.figures.fewest
    charts = (
        first_contact_chart(
            "contact-chart-language",
            "language",
            found.languages,
            fewest,
            lambda group: writer.list_of(group, Measure.CAME),
        ),
        reached_chart(
            "reached-chart", found.languages, fewest, lambda group: writer.list_of(group, Measure.REACHED)
        ),
        first_contact_chart(
            "contact-chart-way",
            "origin and channel",
            found.ways,
            fewest,
            lambda group: writer.list_of(group, Measure.CAME),
        ),
    )
    return [chart for chart in charts if chart]


def figures_for(connection: Connection, period: Period, *, is_for_file: bool) -> ServiceReport:
    """Return the figures of a period, as they are now. In those for a file, small counts are hidden."""
    context = current_context()
    casework = context.configuration.casework
    asked = counted(connection, period, queue_clock(context), casework.spoken_outcomes)
    return build_report(asked, _outcomes(casework.outcomes), casework.figures, is_for_file=is_for_file)


def figure_writer(period: Period) -> FigureWriter:
    """Return the writer of a period's figures, with links into the queue."""
    casework = current_context().configuration.casework
    queue = url_for("queue.show")
    return FigureWriter(
        period, casework.outcomes, casework.figures.fewest, lambda asked: f"{queue}?{urlencode(asked)}"
    )


def _outcomes(outcomes: Mapping[str, str]) -> list[str]:
    """Return the outcomes that can be counted. A merged request is counted with the one it repeats."""
    return [code for code in outcomes if code != MERGED]


def _form(mistakes: Mapping[str, str], period: Period | None = None) -> dict[str, object]:
    return {
        "mistakes": mistakes,
        "choices": {name: words for name, (words, _) in CHOICES.items()},
        "choice": choice_of(request.args),
        "since": period.since if period else day_of(request.args.get("from", "")) or "",
        "until": period.until if period else day_of(request.args.get("to", "")) or "",
    }
