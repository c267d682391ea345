"""Calling the person of a request: the officer's phone rings first. How it went is noted in one key."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.calls import office_calls
from resident_app.casework.calls.office_calls import CallInProgress, CallNumbers, NewCall
from resident_app.casework.cases.actions import ActionRefused
from resident_app.casework.cases.timeline import opened_row, row_of
from resident_app.console.cases.actor import current_actor, describe_refusal
from resident_app.console.context import current_context
from resident_app.database import reading, writing
from resident_app.intake.request_tables import RequestState
from resident_app.web.accounts.access_control import current_staff


def create_calling() -> Blueprint:
    calling = Blueprint("calling", __name__)
    calling.add_url_rule("/requests/<int:number>/call", "panel", show_panel)
    calling.add_url_rule("/requests/<int:number>/call", "begin", begin, methods=["POST"])
    calling.add_url_rule(
        "/requests/<int:number>/call/interpreter", "interpreter", interpreter, methods=["POST"]
    )
    calling.add_url_rule("/requests/<int:number>/call/end", "end", end, methods=["POST"])
    calling.add_url_rule("/requests/<int:number>/call/went", "went", went, methods=["POST"])
    calling.add_app_template_global(call_of, "call_of")
    return calling


def call_of(number: int) -> office_calls.CallStatus | None:
    """The last call about a request."""
    with reading(current_context().engine) as connection:
        return office_calls.latest_call(connection, number)


def show_panel(number: int) -> str:
    """How the call stands, for a page that is open."""
    parts = current_context()
    with reading(parts.engine) as connection:
        row = row_of(connection, number)
    if row is None or row.state == RequestState.ERASED.value:
        abort(404)
    asked, _ = opened_row(row, parts.keys.current())
    return render_template("call_panel.html", row=row, asked=asked)


def begin(number: int) -> AnyResponse:
    """Ring the officer's phone, and then the person's."""
    parts, staff = current_context(), current_staff()
    if not staff.phone:
        flash(
            "Enter the number of your own phone in your account first: it rings before the person’s.", "error"
        )
        return redirect(url_for("account.show"), 303)
    with writing(parts.engine) as connection:
        row = row_of(connection, number)
        if row is None or row.state == RequestState.ERASED.value:
            abort(404)
        asked, _ = opened_row(row, parts.keys.current())
        if asked is None or not asked.phone or row.erase_wanted_at or row.contact_removed_at:
            flash("This person cannot be called.", "error")
            return _back_to(number)
        call = NewCall(
            token=request.form.get("form_token") or secrets.token_hex(16),
            request=number,
            staff=staff.id,
            numbers=CallNumbers(staff.phone, asked.phone),
            language=row.language,
            topic=row.topic,
            voicemail_ok=asked.voicemail_ok,
        )
        try:
            office_calls.begin_call(connection, call, parts.keys.current(), parts.clock())
        except CallInProgress:
            flash("There is a call under way already: yours, or somebody’s with this person.", "error")
        except ValueError:
            abort(422)
    return _back_to(number)


def interpreter(number: int) -> AnyResponse:
    """Ring an interpreter into the call that is under way."""
    parts, call = current_context(), call_of(number)
    if not parts.configuration.office.interpreter:
        flash("No interpreter’s number is set in config/office.toml.", "error")
    elif call is not None:
        with writing(parts.engine) as connection:
            office_calls.ask_interpreter(connection, call.id, current_staff().id)
    return _back_to(number)


def end(number: int) -> AnyResponse:
    """End the call that is under way."""
    parts, call = current_context(), call_of(number)
    if call is not None:
        with writing(parts.engine) as connection:
            office_calls.hang_up(connection, call.id, current_staff().id, parts.clock())
    return _back_to(number)


def went(number: int) -> AnyResponse:
    """Note how a call went: the one that the console made, or one from the officer's own phone."""
    parts = current_context()
    chosen = {one.code: one for one in parts.configuration.casework.call}.get(request.form.get("went", ""))
    if chosen is None:
        abort(422)
    asked = request.form.get("call", "")
    call = int(asked) if asked.isascii() and asked.isdigit() else None
    try:
        parts.casework.note_call(number, call, chosen, current_actor(request.form.get("form_token")))
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash(f"Noted: {chosen.name}.", "done")
    return _back_to(number)


def _back_to(number: int) -> AnyResponse:
    return redirect(url_for("request.show", number=number, _anchor="call"), 303)
