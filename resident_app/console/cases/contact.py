"""Correct a person's name and contact points, as they told the office."""

from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.actions import ActionRefused
from resident_app.casework.cases.contact_correction import adopt_corrections
from resident_app.casework.cases.timeline import find_row, open_contact
from resident_app.characters import readable
from resident_app.configuration.contact_hours import TIME_ZONES
from resident_app.console.cases.actor import current_actor, current_reader, describe_refusal
from resident_app.console.cases.typed_contact import read_contact
from resident_app.console.context import current_context
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
    if changed == found:
        flash("Nothing was changed.", "done")
        return redirect(url_for("request.show", number=number), 303)
    try:
        current_context().casework.change_contact(
            number, changed, current_actor(request.form.get("form_token"))
        )
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash("Contact details saved.", "done")
    return redirect(url_for("request.show", number=number), 303)


_TYPED = ("name", "reach_by", "phone", "email", "best_time", "voicemail_ok", "time_zone")


def _read(typed: dict[str, str], found: HelpRequest) -> tuple[HelpRequest, dict[str, str]]:
    """Return the request with what was typed, and the mistakes by field."""
    contact_points, mistakes = read_contact(typed)
    kept = {"name": typed["name"], "reach_by": typed["reach_by"], "best_time": typed["best_time"]}
    kept["time_zone"] = typed["time_zone"] if typed["time_zone"] in TIME_ZONES else ""
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
