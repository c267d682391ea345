"""Figures for leads: times to contact and outcomes by language and channel, and where service is unequal."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.case_service import MERGED
from resident_app.casework.reports.counting import Measure, Period, counted
from resident_app.casework.reports.export_requests import ExportKind
from resident_app.casework.reports.service_report import ServiceReport, build_report
from resident_app.console.cases.queue_address import queue_clock
from resident_app.console.context import current_context
from resident_app.console.reports.figure_tables import FigureWriter, length_in_words
from resident_app.console.reports.periods import (
    CHOICES,
    InvalidPeriod,
    choice_of,
    day_of,
    period_of,
    query_of,
)
from resident_app.database import reading

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
        found = figures_for(connection, period)
    writer = figure_writer(period)
    return render_template(
        "figures.html",
        **_form({}, period),
        period=period,
        query=query_of(period),
        now=context.clock(),
        tables=writer.tables(found),
        uneven=[(one, writer.list_of(one.language, Measure.CAME)) for one in found.uneven],
        length=length_in_words,
        rules=context.configuration.casework.figures,
    )


@blueprint.get("/figures.csv")
def export() -> AnyResponse:
    """Ask for the figures as a file. A file leaves the console only as an approved export."""
    try:
        period = period_of(request.args, current_context().today())
    except InvalidPeriod:
        return redirect(f"{url_for('figures.show')}?{urlencode(request.args)}", 303)
    return redirect(f"{url_for('exports.show')}?kind={ExportKind.FIGURES}&{query_of(period)}", 303)


def figures_for(connection: Connection, period: Period) -> ServiceReport:
    """Return the figures of a period, as they are now."""
    context = current_context()
    casework = context.configuration.casework
    asked = counted(connection, period, queue_clock(context), casework.spoken_outcomes)
    return build_report(asked, _outcomes(casework.outcomes), casework.figures)


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
