"""Correct a person's name and contact points, as they told the office."""

from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.actions import ActionRefused
from resident_app.casework.cases.contact_correction import adopt_corrections
from resident_app.casework.cases.timeline import find_row, open_contact
from resident_app.characters import readable
from resident_app.console.cases.actor import current_actor, current_reader, describe_refusal
from resident_app.console.context import current_context
from resident_app.contact_points import (
    NotAnEmail,
    NotAPhoneNumber,
    PhoneMistake,
    find_phone_number,
    parse_email_address,
)
from resident_app.database import writing
from resident_app.intake.help_request import SHORT_LENGTH, HelpRequest

blueprint = Blueprint("contact", __name__)


@blueprint.get("/requests/<int:number>/contact")
def show(number: int) -> str:
    row, found = _opened(number)
    return render_template("contact.html", row=row, typed=asdict(found), mistakes={})


@blueprint.post("/requests/<int:number>/contact")
def change(number: int) -> AnyResponse:
    row, found = _opened(number)
    typed = {name: readable(request.form.get(name, "")).strip()[:SHORT_LENGTH] for name in _TYPED}
    changed, mistakes = _read(typed, found)
    if mistakes:
        page = render_template("contact.html", row=row, typed=typed, mistakes=mistakes)
        return make_response(page, 422)
    try:
        current_context().casework.change_contact(
            number, changed, current_actor(request.form.get("form_token"))
        )
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash("Done.", "done")
    return redirect(url_for("request.show", number=number), 303)


_PHONE_MISTAKES = {
    PhoneMistake.COSTS_MORE: "A call to this number costs extra. Enter another one.",
    PhoneMistake.TEXT_ABROAD: "Text messages go to numbers in the United States and Canada only.",
    PhoneMistake.EXTENSION: "An extension cannot get a text message.",
    PhoneMistake.TEXT_NO_MOBILE: "This number cannot get text messages.",
}
_TYPED = ("name", "reach_by", "phone", "email", "best_time", "voicemail_ok")


def _read(typed: dict[str, str], found: HelpRequest) -> tuple[HelpRequest, dict[str, str]]:
    """Return the request with what was typed, and the mistakes by field."""
    mistakes: dict[str, str] = {}
    contact_points = {"phone": "", "email": ""}
    try:
        for_text = typed["reach_by"] == "text"
        if typed["phone"]:
            contact_points["phone"] = find_phone_number(typed["phone"], for_text=for_text).number
    except NotAPhoneNumber as wrong:
        mistakes["phone"] = _PHONE_MISTAKES.get(
            wrong.mistake, "Enter a phone number with its area code, such as 360-555-0100."
        )
    try:
        contact_points["email"] = parse_email_address(typed["email"]) if typed["email"] else ""
    except NotAnEmail:
        mistakes["email"] = "Enter an email address, such as name@example.com."
    wanted = "email" if typed["reach_by"] == "email" else "phone"
    if typed["reach_by"] not in ("phone", "text", "email"):
        mistakes["reach_by"] = "Choose how the person wants to be reached."
    elif not typed[wanted]:
        mistakes[wanted] = "The person wants to be reached this way: it must be filled in."
    kept = {"name": typed["name"], "reach_by": typed["reach_by"], "best_time": typed["best_time"]}
    changed = replace(found, **kept, **contact_points, voicemail_ok=typed["voicemail_ok"] == "yes")
    return changed, mistakes


def _opened(number: int) -> tuple[Any, HelpRequest]:
    context = current_context()
    with writing(context.engine) as connection:
        adopt_corrections(connection, context.keys.current(), number, context.clock())
        row = find_row(connection, number)
        if row is None or not row.sealed or row.contact_removed_at or row.erasure_requested_at:
            abort(404)
        found = open_contact(row, context.keys.current()).read(current_reader(connection))
    if found is None:
        abort(404)
    return row, found
