"""One request: its timeline, and everything an officer does with it."""

from dataclasses import replace
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from resident_app.console.casework import presence
from resident_app.console.casework.drafting import Draft, channels, drafted, empty_draft
from resident_app.console.casework.hands import hand
from resident_app.console.casework.refusals import in_words
from resident_app.console.casework.views import clocks_of
from resident_app.console.guard import current_staff
from resident_app.console.parts import current_parts
from resident_app.console.people import everyone
from resident_app.console.permissions import Needs
from resident_app.database import reading, writing
from resident_app.outreach.cases.change import WAYS
from resident_app.outreach.cases.deeds import ChangedMeanwhile, Refused
from resident_app.outreach.cases.queue import due_of, rows_with
from resident_app.outreach.cases.timeline import Opened, note_reading, open_one
from resident_app.outreach.tables import State


def create_requests() -> Blueprint:
    requests = Blueprint("request", __name__)
    requests.add_url_rule("/requests/<int:number>", "show", show)
    requests.add_url_rule("/requests/<int:number>/live", "live", show_live)
    requests.add_url_rule("/requests/<int:number>/act", "act", act, methods=["POST"])
    requests.add_url_rule("/requests/<int:number>/assign", "assign", assign, methods=["POST"])
    requests.add_url_rule("/requests/<int:number>/merge", "merge", merge, methods=["POST"])
    requests.add_url_rule("/requests/<int:number>/separate", "separate", separate, methods=["POST"])
    return requests


def show(number: int) -> AnyResponse:
    """A request, opened. Whoever opens it is noted in its timeline and in the audit log."""
    parts = current_parts()
    with writing(parts.engine) as connection:
        opened = open_one(connection, parts.keys.current(), number)
        if opened is None:
            abort(404)
        if opened.row.merged_into is not None:
            return redirect(url_for("request.show", number=opened.row.merged_into), 303)
        note_reading(connection, number, current_staff().id, parts.clock())
        presence.arrive(connection, number, current_staff().id, parts.clock())
    return make_response(_page(opened, empty_draft(opened)))


def show_live(number: int) -> str:
    """What changes while the page is open: who else is there, and the timeline."""
    parts, staff = current_parts(), current_staff()
    with writing(parts.engine) as connection:
        opened = open_one(connection, parts.keys.current(), number)
        if opened is None:
            abort(404)
        presence.arrive(connection, number, staff.id, parts.clock())
    return render_template("request_live.html", **_about(opened))


def act(number: int) -> AnyResponse:
    """A note, a message, another state, a next action: in one go. What is refused stays typed."""
    parts = current_parts()
    with reading(parts.engine) as connection:
        opened = open_one(connection, parts.keys.current(), number)
    if opened is None:
        abort(404)
    draft = drafted(request.form, opened, parts)
    if draft.only_shown:
        return make_response(_page(opened, draft))
    if draft.mistakes:
        return make_response(_page(opened, draft), 422)
    try:
        parts.casework.do(number, draft.deed, hand(draft.form_token), draft.version)
    except Refused as refused:
        status = 409 if isinstance(refused, ChangedMeanwhile) else 422
        told = replace(draft, mistakes={"act": in_words(refused)}, version=opened.row.version)
        return make_response(_page(opened, told), status)
    flash("Done.", "done")
    return _back_to(number)


def assign(number: int) -> AnyResponse:
    """Take a request, or hand it over."""
    parts, chosen = current_parts(), request.form.get("officer", "")
    officer = int(chosen) if chosen.isascii() and chosen.isdigit() else None
    if officer is not None and officer not in everyone(parts.engine):
        abort(422)
    reason = request.form.get("reason", "").strip()
    return _done(
        number, lambda: parts.casework.assign(number, officer, hand(request.form.get("form_token")), reason)
    )


def merge(number: int) -> AnyResponse:
    """Make another request a part of this one."""
    parts, other = current_parts(), request.form.get("other", "").strip().lstrip("#")
    if not (other.isascii() and other.isdigit() and len(other) < 10):
        flash("Enter the number of the other request, as it stands in the queue.", "error")
        return _back_to(number)
    merged = int(other)
    return _done(number, lambda: parts.casework.merge(merged, number, hand(request.form.get("form_token"))))


def separate(number: int) -> AnyResponse:
    """Undo a merge."""
    parts = current_parts()
    return _done(number, lambda: parts.casework.separate(number, hand(request.form.get("form_token"))))


def _done(number: int, change: Any) -> AnyResponse:
    """Do it, say what came of it, and show the request again."""
    try:
        change()
    except Refused as refused:
        flash(in_words(refused), "error")
    else:
        flash("Done.", "done")
    return _back_to(number)


def _back_to(number: int) -> AnyResponse:
    return redirect(url_for("request.show", number=number), 303)


def _page(opened: Opened, draft: Draft) -> str:
    parts = current_parts()
    alike = parts.opened.alike(opened.row.id)
    with reading(parts.engine) as connection:
        repeats = rows_with(connection, alike)
    return render_template(
        "request.html",
        **_about(opened),
        draft=draft,
        draft_channels=channels(opened),
        repeats=repeats,
        due_now=due_of(opened.row, clocks_of(parts)),
        outcomes=parts.configuration.casework.outcomes,
        next_states=[state for state in State if state in WAYS[State(opened.row.state)]],
        is_lead=current_staff().may(Needs.LEAD),
    )


def _about(opened: Opened) -> dict[str, Any]:
    """What the page and its live part both show."""
    parts, staff = current_parts(), current_staff()
    with reading(parts.engine) as connection:
        others = presence.others(connection, opened.row.id, staff.id, parts.clock())
    people = everyone(parts.engine)
    return {
        "row": opened.row,
        "opened": opened,
        "people": people,
        "others": [people[number].name for number in others if number in people],
        "call_names": {call.code: call.name for call in parts.configuration.casework.call},
        "outcome_names": parts.configuration.casework.outcomes,
    }
