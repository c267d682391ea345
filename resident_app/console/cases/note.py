"""Correct a note of one's own. What it said before stays in the timeline."""

import secrets

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.actions import ActionRefused
from resident_app.casework.cases.timeline import TimelineLine, open_case
from resident_app.characters import readable
from resident_app.console.cases.actor import current_actor, current_reader, describe_refusal
from resident_app.console.context import current_context
from resident_app.database import writing
from resident_app.intake.help_request import MESSAGE_LENGTH
from resident_app.intake.request_tables import EntryKind
from resident_app.web.accounts.current_staff import current_staff

EMPTY = "Write the note. To say that it was wrong, write that."
CORRECTED = "Note corrected. What it said before is below it."
TOO_LONG = f"This is too long. Use at most {MESSAGE_LENGTH} letters."

blueprint = Blueprint("note", __name__)


@blueprint.get("/requests/<int:number>/notes/<int:entry>")
def show(number: int, entry: int) -> str:
    return _page(number, _own_note(number, entry))


@blueprint.post("/requests/<int:number>/notes/<int:entry>")
def correct(number: int, entry: int) -> AnyResponse:
    """Add the corrected words. The note before stays, folded below them."""
    line = _own_note(number, entry)
    words = readable(request.form.get("words", "")).strip()
    if not words or len(words) > MESSAGE_LENGTH:
        return make_response(_page(number, line, words, EMPTY if not words else TOO_LONG), 422)
    actor = current_actor(request.form.get("form_token"))
    try:
        is_changed = words != line.words and current_context().casework.correct_note(
            number, entry, words, actor
        )
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash(
            "Note corrected. What it said before is below it." if is_changed else "Nothing was changed.",
            "done",
        )
    return redirect(url_for("request.show", number=number), 303)


def _own_note(number: int, entry: int) -> TimelineLine:
    """Return a note of the person who is signed in, as it reads now."""
    context = current_context()
    with writing(context.engine) as connection:
        found = open_case(connection, context.keys.current(), number)
        if found is None:
            abort(404)
        lines = found.read(current_reader(connection)).lines
    mine = (entry, EntryKind.NOTE, current_staff().id)
    found_line = next((line for line in lines if (line.id, line.kind, line.actor_id) == mine), None)
    return found_line if found_line is not None else abort(404)


def _page(number: int, line: TimelineLine, words: str | None = None, mistake: str = "") -> str:
    return render_template(
        "note.html",
        number=number,
        line=line,
        words=line.words if words is None else words,
        mistakes={"words": mistake} if mistake else {},
        form_token=secrets.token_hex(16),
    )
