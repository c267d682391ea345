"""Change many requests at once: those an officer chose, or all that match a view. Each has its own result."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Blueprint, Response, make_response, render_template, request

from resident_app.casework.cases.actions import ActionRefused, CaseAction
from resident_app.casework.cases.queue_query import matching_ids
from resident_app.console.cases.actor import current_actor, describe_refusal
from resident_app.console.cases.queue_address import parse_view, queue_clock
from resident_app.console.context import ConsoleContext, current_context
from resident_app.database import reading
from resident_app.intake.request_tables import RequestState
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory


@dataclass(frozen=True)
class BulkResult:
    """The result for one request. `problem` is empty if the change was made."""

    number: int
    problem: str = ""


blueprint = Blueprint("bulk", __name__)


@blueprint.post("/requests/bulk")
def change() -> Response:
    """Assign the chosen requests, or set their state. A refused change does not stop the others."""
    context = current_context()
    apply = _parse_change(context)
    numbers = _chosen(context)
    if apply is None or not numbers:
        heading = "Choose at least one request, and what to do with it."
        return make_response(
            render_template("error.html", heading=heading, advice="Go back and try again."), 422
        )
    results = [_result(number, apply) for number in numbers]
    return make_response(
        render_template(
            "bulk.html",
            done=[result for result in results if not result.problem],
            refused=[result for result in results if result.problem],
            query=request.form.get("query", ""),
        )
    )


def _chosen(context: ConsoleContext) -> list[int]:
    """Return the ids of the chosen requests. `every` means all that match the view, on every page."""
    if request.form.get("every") == "yes":
        query = dict(parse_qsl(request.form.get("query", "")))
        with reading(context.engine) as connection:
            return matching_ids(connection, parse_view(query, current_staff(), context), queue_clock(context))
    return [int(number) for number in request.form.getlist("chosen") if number.isdecimal()]


def _parse_change(context: ConsoleContext) -> Callable[[int], None] | None:
    """Return the change to make to each request by its id, or None if the form names no valid one."""
    casework, form = context.casework, request.form
    token = form.get("form_token")

    match form.get("action"):
        case "assign":
            chosen = form.get("assign_to", "")
            officer = int(chosen) if chosen.isdecimal() else None
            if officer is not None and not _is_active(context, officer):
                return None
            return lambda number: casework.assign(number, officer, current_actor(token, str(number)))
        case "state":
            state, _, outcome = form.get("new_state", "").partition(":")
            if state not in {one.value for one in RequestState}:
                return None
            action = CaseAction(
                state=RequestState(state), outcome=outcome, reason=form.get("reason", "").strip()
            )
            return lambda number: casework.perform(number, action, current_actor(token, str(number)))
    return None


def _is_active(context: ConsoleContext, officer: int) -> bool:
    found = staff_directory(context.engine).get(officer)
    return found is not None and found.active


def _result(number: int, apply: Callable[[int], None]) -> BulkResult:
    try:
        apply(number)
    except ActionRefused as refused:
        return BulkResult(number, describe_refusal(refused))
    return BulkResult(number)
