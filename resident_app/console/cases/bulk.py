"""Change many requests at once: see first what would happen, confirm it, and undo it for an hour."""

from dataclasses import replace
from urllib.parse import parse_qsl

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.actions import ActionRefused, StaleVersion
from resident_app.casework.cases.bulk_change_tables import BulkKind
from resident_app.casework.cases.bulk_changes import (
    UNDO_WITHIN,
    BulkAction,
    BulkChange,
    UndoableChange,
    find_bulk_change,
    last_to_undo,
)
from resident_app.casework.cases.queue_query import matching_ids
from resident_app.characters import readable
from resident_app.console.cases.actor import current_actor, describe_refusal
from resident_app.console.cases.queue_address import parse_view, queue_clock
from resident_app.console.context import ConsoleContext, current_context
from resident_app.database import reading
from resident_app.intake.help_request import MESSAGE_LENGTH
from resident_app.intake.request_tables import RequestState
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory
from resident_app.web.accounts.permissions import AccessLevel

NOTE_MISSING = "Write a note of at least 10 letters: it says in each of these requests why."
NOTE_TOO_LONG = f"This is too long. Use at most {MESSAGE_LENGTH} letters."
NOT_RESTORED = "Somebody changed this request since. It stays as it is now."
TOO_LATE = "This can no longer be undone."

blueprint = Blueprint("bulk", __name__)


@blueprint.app_template_global()
def bulk_change_to_undo() -> UndoableChange | None:
    """Return the last bulk change of the person who is signed in that can still be undone."""
    context = current_context()
    with reading(context.engine) as connection:
        return last_to_undo(connection, current_staff().id, context.clock())


@blueprint.app_template_global()
def describe_action(action: BulkAction) -> str:
    """Return what a bulk change does to each request, in a few words."""
    context = current_context()
    if action.kind is BulkKind.ASSIGN:
        people = staff_directory(context.engine)
        return f"Assign to {people[action.officer].name if action.officer in people else 'nobody'}"
    if action.state is RequestState.CLOSED:
        return f"Close: {context.configuration.casework.outcomes.get(action.outcome, action.outcome)}"
    return {
        RequestState.IN_HAND: "Mark as in progress",
        RequestState.TRIED: "Mark as tried to reach",
    }.get(action.state or RequestState.RECEIVED, "Mark as received")


@blueprint.post("/requests/bulk")
def preview() -> Response:
    """Show what would happen to the chosen requests. Nothing is changed."""
    context = current_context()
    action, numbers = _parse_action(context), chosen_requests(context)
    if action is None or not numbers:
        return _nothing_chosen()
    return _preview_page(action, numbers)


@blueprint.post("/requests/bulk/confirm")
def confirm() -> AnyResponse:
    """Change the requests that were previewed. A refused change does not stop the others."""
    context = current_context()
    action, versions = _parse_action(context), _parse_versions(request.form.get("versions", ""))
    if action is None or not versions:
        return _nothing_chosen()
    note = readable(request.form.get("note", "")).strip()
    action = replace(action, note=note)
    if len(note) > MESSAGE_LENGTH:
        return _preview_page(action, list(versions), {"note": NOTE_TOO_LONG})
    with reading(context.engine) as connection:
        found = context.casework.bulk.preview(connection, list(versions), action)
    if found.needs_note:
        return _preview_page(action, list(versions), {"note": NOTE_MISSING})
    shown = versions.keys() | _parse_versions(request.form.get("refused", "")).keys()
    since = len(set(_every(context)) - shown) if request.form.get("every") == "yes" else 0
    actor = current_actor(request.form.get("form_token"))
    made = context.casework.bulk.make(versions, action, actor, describe_refusal, matching_since=since)
    return redirect(url_for("bulk.show", number=made, query=request.form.get("query", "")), 303)


@blueprint.get("/requests/bulk/<int:number>")
def show(number: int) -> str:
    """Show what a bulk change did to each request, with a button that undoes it."""
    change = _own_change(number)
    return render_template(
        "bulk.html",
        change=change,
        what=describe_action(change.action),
        can_undo=change.can_be_undone(current_context().clock()),
        until=change.at + UNDO_WITHIN,
        query=request.args.get("query", ""),
        people=staff_directory(current_context().engine),
    )


@blueprint.post("/requests/bulk/<int:number>/undo")
def undo(number: int) -> AnyResponse:
    """Restore each request that nobody has changed since."""
    context = current_context()
    _own_change(number)
    open_accounts = {one.id for one in staff_directory(context.engine).values() if one.active}
    undone = context.casework.bulk.undo(
        number, current_actor(request.form.get("form_token"), "undo"), _why_not_restored, open_accounts
    )
    if undone is None:
        flash(TOO_LATE, "error")
    return redirect(url_for("bulk.show", number=number), 303)


def _why_not_restored(refused: ActionRefused) -> str:
    return NOT_RESTORED if isinstance(refused, StaleVersion) else describe_refusal(refused)


def _own_change(number: int) -> BulkChange:
    """Return a bulk change that this person may see: their own, or any for a lead."""
    staff = current_staff()
    with reading(current_context().engine) as connection:
        change = find_bulk_change(connection, number)
    if change is None or (change.actor_id != staff.id and not staff.may(AccessLevel.LEAD)):
        abort(404)
    return change


def _preview_page(action: BulkAction, numbers: list[int], mistakes: dict[str, str] | None = None) -> Response:
    context, form = current_context(), request.form
    with reading(context.engine) as connection:
        found = context.casework.bulk.preview(connection, numbers, replace(action, note=""))
    text = render_template(
        "bulk_preview.html",
        found=found,
        refused={number: describe_refusal(why) for number, why in found.refused.items()},
        what=describe_action(action),
        closes=action.state is RequestState.CLOSED,
        versions="-".join(f"{number}.{version}" for number, version in found.versions.items()),
        refused_numbers="-".join(f"{number}.0" for number in found.refused),
        people=staff_directory(context.engine),
        form=form,
        note=action.note,
        longest=MESSAGE_LENGTH,
        mistakes=mistakes or {},
        minutes=int(UNDO_WITHIN.total_seconds()) // 60,
    )
    return make_response(text, 422 if mistakes else 200)


def _nothing_chosen() -> Response:
    heading = "Choose at least one request, and what to do with it."
    return make_response(render_template("error.html", heading=heading, advice="Go back and try again."), 422)


def chosen_requests(context: ConsoleContext) -> list[int]:
    """Return the ids of the chosen requests. `every` means all that match the view, on every page."""
    if request.form.get("every") == "yes":
        return _every(context)
    return [int(number) for number in request.form.getlist("chosen") if _is_number(number)]


def _every(context: ConsoleContext) -> list[int]:
    query = dict(parse_qsl(request.form.get("query", "")))
    with reading(context.engine) as connection:
        return matching_ids(connection, parse_view(query, current_staff(), context), queue_clock(context))


def _parse_versions(typed: str) -> dict[int, int]:
    """Return the version of each request of a preview, from `12.3-14.0`. What is malformed is left out."""
    found = {}
    for part in typed.split("-"):
        number, _, version = part.partition(".")
        if _is_number(number) and _is_number(version):
            found[int(number)] = int(version)
    return found


def parse_numbers(typed: str) -> list[int]:
    """Return the requests of `12-14-20`. What is malformed is left out."""
    return [int(number) for number in typed.split("-") if _is_number(number)]


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 11


def _parse_action(context: ConsoleContext) -> BulkAction | None:
    """Return what to do with each request, or None if the form names nothing valid."""
    form = request.form
    match form.get("action"):
        case "assign":
            chosen = form.get("assign_to", "")
            officer = int(chosen) if _is_number(chosen) else None
            if officer is not None and not _is_active(context, officer):
                return None
            return BulkAction(BulkKind.ASSIGN, officer=officer)
        case "state":
            state, _, outcome = form.get("new_state", "").partition(":")
            if state not in {one.value for one in RequestState} or state == RequestState.ERASED:
                return None
            if state == RequestState.CLOSED and outcome not in context.casework.outcomes:
                return None
            return BulkAction(BulkKind.STATE, state=RequestState(state), outcome=outcome)
    return None


def _is_active(context: ConsoleContext, officer: int) -> bool:
    found = staff_directory(context.engine).get(officer)
    return found is not None and found.active
