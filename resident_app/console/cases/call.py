"""Click to call: the officer's phone rings first, then the person's. One key notes the outcome."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.calls import office_calls
from resident_app.casework.calls.office_calls import CallInProgress, CallNumbers, NewCall
from resident_app.casework.cases.actions import ActionRefused
from resident_app.casework.cases.contact_correction import adopt_corrections
from resident_app.casework.cases.timeline import find_row, open_contact, was_just_read
from resident_app.console.cases.actor import current_actor, current_reader, describe_refusal
from resident_app.console.cases.call_backs import typed_call_back
from resident_app.console.cases.contact_now import contact_now
from resident_app.console.cases.interpreters import chosen_interpreter, why_not_rung
from resident_app.console.cases.reach import reach_of
from resident_app.console.context import current_context
from resident_app.console.rendering import format_moment
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.request_tables import RequestState
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory

blueprint = Blueprint("call", __name__)


@blueprint.app_template_global()
def call_of(number: int) -> office_calls.CallStatus | None:
    """Return the last call about a request."""
    with reading(current_context().engine) as connection:
        return office_calls.latest_call(connection, number)


@blueprint.app_template_global()
def heard_in(code: str) -> bool:
    """Return whether the phone line speaks a language."""
    languages = current_context().languages
    return code in languages and languages[code].phone is not None


@blueprint.get("/requests/<int:number>/call")
def panel(number: int) -> str:
    """Return the call panel alone, for a page that is open."""
    context = current_context()
    with writing(context.engine) as connection:
        adopt_corrections(connection, context.keys.current(), number, context.clock())
        row = find_row(connection, number)
        if row is None or row.state == RequestState.ERASED:
            abort(404)
        opened = open_contact(row, context.keys.current())
        asked = opened.read_again(current_reader(connection), was_just_read)
    people, reach = staff_directory(context.engine), reach_of(row, asked, context)
    return render_template("call_panel.html", row=row, asked=asked, people=people, reach=reach)


@blueprint.post("/requests/<int:number>/call")
def begin(number: int) -> AnyResponse:
    """Ring the officer's phone, and then the person's."""
    context, staff = current_context(), current_staff()
    if not staff.phone:
        flash(
            "Enter the number of your own phone in your account first: it rings before the person’s.", "error"
        )
        return redirect(url_for("account.show"), 303)
    with writing(context.engine) as connection:
        adopt_corrections(connection, context.keys.current(), number, context.clock())
        row = find_row(connection, number)
        if row is None or row.state == RequestState.ERASED:
            abort(404)
        asked = open_contact(row, context.keys.current()).read(current_reader(connection))
        reach = reach_of(row, asked, context)
        if asked is None or not reach.can_call:
            flash(f"This person cannot be called. {reach.why_not[Channel.PHONE]}", "error")
            return _back_to(number)
        is_quiet = contact_now(asked).is_quiet
        if is_quiet and request.form.get("anyway") != "yes":
            return redirect(url_for("request.show", number=number, call="ask", _anchor="call"), 303)
        call = NewCall(
            token=request.form.get("form_token") or secrets.token_hex(16),
            request_id=number,
            actor_id=staff.id,
            numbers=CallNumbers(staff.phone, asked.phone),
            spoken_language=row.spoken_language,
            topic=row.topic,
            voicemail_ok=asked.voicemail_ok,
            in_quiet_hours=is_quiet,
        )
        try:
            office_calls.begin_call(connection, call, context.keys.current(), context.clock())
        except CallInProgress:
            flash("There is a call under way already: yours, or somebody’s with this person.", "error")
        except ValueError:
            abort(422)
    return _back_to(number)


@blueprint.post("/requests/<int:number>/call/interpreter")
def add_interpreter(number: int) -> AnyResponse:
    """Ring an interpreter into the call that is under way."""
    context, call = current_context(), call_of(number)
    typed = request.form.get("interpreter", "")
    with writing(context.engine) as connection:
        chosen = chosen_interpreter(connection, typed)
        if problem := why_not_rung(chosen, typed):
            flash(problem, "error")
        elif call is not None:
            office_calls.ask_interpreter(connection, call.id, current_staff().id, context.clock(), chosen)
    return _back_to(number)


@blueprint.post("/requests/<int:number>/call/end")
def end(number: int) -> AnyResponse:
    """End the call that is under way."""
    context, call = current_context(), call_of(number)
    if call is not None:
        with writing(context.engine) as connection:
            office_calls.hang_up(connection, call.id, current_staff().id, context.clock())
    return _back_to(number)


@blueprint.post("/requests/<int:number>/call/outcome")
def note_outcome(number: int) -> AnyResponse:
    """Note the outcome of a call that the console made, or of one from the officer's own phone."""
    context = current_context()
    chosen = {one.code: one for one in context.configuration.casework.call}.get(
        request.form.get("outcome", "")
    )
    if chosen is None:
        abort(422)
    asked = request.form.get("call", "")
    call = int(asked) if asked.isascii() and asked.isdigit() else None
    next_try = context.configuration.calendar.next_working_day_end(context.today()) if chosen.again else None
    if call is None and (why_not := _why_not_called(number)):
        flash(why_not, "error")
        return _back_to(number)
    call_back, problem = typed_call_back(number) if chosen.asks_when else (None, "")
    if problem:
        flash(f"When should they be called? {problem}", "error")
        return _back_to(number)
    actor = current_actor(request.form.get("form_token"))
    try:
        planned = context.casework.record_call(number, call, chosen, actor, next_try, call_back)
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        then = (
            f" Next action: {format_moment(planned, context.configuration.calendar.zone)}." if planned else ""
        )
        flash(f"Noted: {chosen.name}.{then}", "done")
    return _back_to(number)


def _why_not_called(number: int) -> str:
    """Return why nobody can have called this person from a phone of their own, or ""."""
    context = current_context()
    with writing(context.engine) as connection:
        row = find_row(connection, number)
        if row is None or row.state == RequestState.ERASED:
            abort(404)
        asked = open_contact(row, context.keys.current()).read(current_reader(connection))
    if asked is not None and asked.phone and not row.erasure_requested_at:
        return ""
    return "There is no phone number, so no call can be noted."


def _back_to(number: int) -> AnyResponse:
    return redirect(url_for("request.show", number=number, _anchor="call"), 303)
