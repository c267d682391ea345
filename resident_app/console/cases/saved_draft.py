"""What was typed on a request's page and not saved: kept sealed on the server, never on a device."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases import drafts
from resident_app.casework.cases.case_change import CaseChange
from resident_app.casework.cases.drafts import SavedDraft
from resident_app.casework.cases.timeline import find_row
from resident_app.characters import readable
from resident_app.console.cases.actor import current_actor, current_reader
from resident_app.console.cases.draft import TYPED
from resident_app.console.cases.plan import plan_fields
from resident_app.console.context import current_context
from resident_app.database import writing
from resident_app.intake.help_request import MESSAGE_LENGTH
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.web.accounts.current_staff import current_staff

_WORTH_KEEPING = ("note", "message", "template", "state", "reason", "next_action_day", "next_action_time")
_LONGEST = 2 * MESSAGE_LENGTH

blueprint = Blueprint("saved_draft", __name__)


@blueprint.post("/requests/<int:number>/draft")
def save(number: int) -> tuple[str, int]:
    """Keep what is typed now. The page's script sends it while somebody types, and when the page is left."""
    context = current_context()
    with writing(context.engine) as connection:
        row = find_row(connection, number)
        if row is None or row.state is RequestState.ERASED:
            abort(404)
        typed = _typed(request.form, row)
        if any(typed.get(name) for name in _WORTH_KEEPING):
            drafts.save_draft(
                connection, context.keys.current(), row, current_staff().id, typed, context.clock()
            )
        else:
            drafts.discard_draft(connection, number, current_staff().id)
    return "", 204


@blueprint.post("/requests/<int:number>/draft/discard")
def discard(number: int) -> AnyResponse:
    """Remove what was kept."""
    with writing(current_context().engine) as connection:
        drafts.discard_draft(connection, number, current_staff().id)
    flash("The draft is removed.", "done")
    return redirect(url_for("request.show", number=number), 303)


def restore(connection: Connection, row: HelpRequestRow) -> SavedDraft | None:
    """Return this person's draft about a request. One whose form was carried out since is removed."""
    context, staff = current_context(), current_staff()
    saved = drafts.open_draft(connection, context.keys.current(), row, staff.id).read(
        current_reader(connection)
    )
    if saved is None:
        return None
    actor = current_actor(saved.fields.get("form_token"))
    if CaseChange(connection, context.keys.current(), row, actor).is_repeat():
        drafts.discard_draft(connection, row.id, staff.id)
        return None
    return saved


def _typed(form: Mapping[str, str], row: HelpRequestRow) -> dict[str, str]:
    """Return the fields that were filled in. A plan that the request has already is not kept."""
    names = ("form_token", "version", *TYPED)
    typed = {name: readable(form.get(name, ""))[:_LONGEST] for name in names}
    day, time = plan_fields(row.next_action_at, current_context().configuration.calendar.zone)
    if (typed["next_action_day"], typed["next_action_time"]) == (day, time):
        typed |= {"next_action_day": "", "next_action_time": ""}
    return {name: value for name, value in typed.items() if value}
