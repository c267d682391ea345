"""The calendar of call-backs, and promising one: by day and time, mine or everybody's."""

from datetime import date, datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.calls.interpreters import every_interpreter
from resident_app.casework.calls.promised_calls import promised_calls
from resident_app.casework.cases.actions import ActionRefused
from resident_app.casework.cases.timeline import find_row, open_contact
from resident_app.console.cases.actor import current_actor, current_reader, describe_refusal
from resident_app.console.cases.interpreters import chosen_interpreter, why_not_at
from resident_app.console.cases.plan import read_call_back
from resident_app.console.cases.queue_address import queue_clock
from resident_app.console.context import current_context
from resident_app.console.rendering import format_moment
from resident_app.database import reading, writing
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory

blueprint = Blueprint("call_backs", __name__)

_WEEK = timedelta(days=7)


@blueprint.get("/call-backs")
def show() -> str:
    """Show a week of call-backs, and above it those that were missed."""
    context = current_context()
    calendar = context.configuration.calendar
    clocks, today = queue_clock(context), context.today()
    monday = _day(request.args.get("week", ""), today)
    monday -= timedelta(days=monday.weekday())
    whose = "all" if request.args.get("whose") == "all" else "mine"
    officer = None if whose == "all" else current_staff().id
    with reading(context.engine) as connection:
        missed = promised_calls(connection, clocks.plans_late_before, officer=officer)
        week = promised_calls(connection, clocks.begins(monday + _WEEK), clocks.begins(monday), officer)
        interpreters = {one.id: one.name for one in every_interpreter(connection)}
    days = [monday + timedelta(days=ahead) for ahead in range(7)]
    by_day = {day: [one for one in week if clocks.day_of(one.at) == day] for day in days}
    return render_template(
        "call_backs.html",
        missed=missed,
        by_day={day: found for day, found in by_day.items() if found or calendar.is_working_day(day)},
        closed={day: calendar.name_of_closed_day(day) for day in days},
        late_before=clocks.plans_late_before,
        monday=monday,
        today=today,
        whose=whose,
        week_before=monday - _WEEK,
        week_after=monday + _WEEK,
        people=staff_directory(context.engine),
        interpreters=interpreters,
    )


@blueprint.post("/requests/<int:number>/call-back")
def book(number: int) -> AnyResponse:
    """Promise the person a call at a time."""
    context = current_context()
    chosen = request.form.get("officer", "")
    officer = int(chosen) if chosen.isascii() and chosen.isdigit() else current_staff().id
    if officer not in staff_directory(context.engine):
        abort(422)
    at, problem = typed_call_back(number)
    if at is None:
        flash(problem, "error")
        return _back_to(number)
    typed = request.form.get("interpreter", "")
    with reading(context.engine) as connection:
        interpreter = chosen_interpreter(connection, typed)
    if typed and (problem := why_not_at(interpreter, at)):
        flash(problem, "error")
        return _back_to(number)
    actor = current_actor(request.form.get("form_token"))
    try:
        context.casework.book_call_back(number, at, officer, actor, interpreter.id if interpreter else None)
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash(f"Call-back: {format_moment(at, context.configuration.calendar.zone)}.", "done")
    return _back_to(number)


@blueprint.post("/requests/<int:number>/call-back/cancel")
def cancel(number: int) -> AnyResponse:
    """Cancel the call-back."""
    try:
        current_context().casework.cancel_call_back(number, current_actor(request.form.get("form_token")))
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash("The call-back is cancelled.", "done")
    return _back_to(number)


def typed_call_back(number: int) -> tuple[datetime | None, str]:
    """Return the time that a form asks for, or None and why nobody can be called then."""
    context = current_context()
    with writing(context.engine) as connection:
        row = find_row(connection, number)
        if row is None or not row.sealed:
            abort(404)
        asked = open_contact(row, context.keys.current()).read(current_reader(connection))
    return read_call_back(
        request.form.get("call_back_day", ""),
        request.form.get("call_back_time", ""),
        queue_clock(context),
        context.configuration.contact_hours,
        asked.time_zone if asked else "",
    )


def _day(typed: str, otherwise: date) -> date:
    """Return a day from an address; a day that is far away or does not exist is today."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return otherwise
    return found if 2000 <= found.year < 2500 else otherwise


def _back_to(number: int) -> AnyResponse:
    return redirect(url_for("request.show", number=number, _anchor="call"), 303)
