"""Erase a request, as its sender asked: a lead asks with a reason, and a second person allows it."""

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
from sqlalchemy import Connection, func, select
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.timeline import find_row
from resident_app.casework.retention import erasure_approvals
from resident_app.casework.retention.erasure_approval_tables import ErasureReason
from resident_app.casework.retention.erasure_approvals import ErasureRefused
from resident_app.console.cases.erased import refuse_missing
from resident_app.console.context import current_context
from resident_app.console.lead_notices import ABOUT_ERASURE, tell_leads
from resident_app.database import writing
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.web.accounts import second_person
from resident_app.web.accounts.account_store import every_account
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory
from resident_app.web.accounts.second_person import Asker, AskOutcome

REASONS = {
    ErasureReason.ASKED_BY_PHONE: "The person asked by phone",
    ErasureReason.ASKED_IN_WRITING: "The person asked in writing",
    ErasureReason.ASKED_IN_PERSON: "The person asked at the desk",
    ErasureReason.NOT_A_REQUEST: "It is not a request: spam, or a test",
    ErasureReason.LAW: "The law or a court says so",
}
CHOOSE = "Choose why it is erased."
WAITS = "A second person must allow it, on the page Approvals. Until then nothing is erased."
NOT_DONE = (
    "This is not open to you: it was decided already, you asked for it yourself, or you cannot be the second "
    "person (see the page Approvals)."
)

blueprint = Blueprint("erase_request", __name__)


@blueprint.get("/requests/<int:number>/erase")
def confirm(number: int) -> AnyResponse:
    """Ask why the request is erased. If that was asked already, say by whom."""
    return _page(number)


@blueprint.post("/requests/<int:number>/erase")
def erase(number: int) -> AnyResponse:
    """Ask for the request to be erased. Where one person is enough, it is asked again, and then erased."""
    context, staff, now = current_context(), current_staff(), current_context().clock()
    try:
        reason = ErasureReason(request.form.get("reason", ""))
    except ValueError:
        return _page(number, {"reason": CHOOSE})
    is_erased: bool | None = None
    with writing(context.engine) as connection:
        is_asked_again = request.form.get("alone") == "yes" or second_person.two_are_needed(connection, now)
    if not is_asked_again:
        return _page(number, reason=reason)
    try:
        with writing(context.engine, durable=True) as connection:
            _require(connection, number)
            erasure_approvals.ask_erasure(connection, number, reason, staff.id, now)
            outcome = second_person.ask_for_erasure(connection, number, Asker(staff.id, now))
            if outcome is AskOutcome.ALONE:
                is_erased = erasure_approvals.erase_alone(connection, number, staff.id, now)
                what = ABOUT_ERASURE.format(number=number)
                tell_leads(connection, context.keys.current(), what, staff.id, staff.name or staff.email, now)
    except ErasureRefused:
        return _page(number)
    if is_erased is None:
        flash(WAITS, "done")
        return redirect(url_for("request.show", number=number), 303)
    return _erased(number, is_erased)


@blueprint.post("/requests/<int:number>/erase/decide")
def decide(number: int) -> AnyResponse:
    """Allow what somebody else asked for, which erases the request, or refuse it."""
    context, does, now = current_context(), request.form.get("does", ""), current_context().clock()
    if does not in ("allow", "refuse"):
        abort(422)
    decider = current_staff().id

    def is_second_person(asker: int) -> bool:
        accounts = every_account(connection)
        if does == "allow" and not any(account.id == asker and account.active for account in accounts):
            return False
        return decider in {account.id for account in second_person.second_people(accounts, asker, now)}

    try:
        with writing(context.engine, durable=True) as connection:
            is_erased = erasure_approvals.decide_erasure(
                connection, number, does == "allow", decider, now, is_second_person=is_second_person
            )
    except ErasureRefused:
        flash(NOT_DONE, "error")
        return redirect(url_for("approvals.show"), 303)
    if does == "refuse":
        flash(f"Request {number} is not erased.", "done")
        return redirect(url_for("approvals.show"), 303)
    return _erased(number, is_erased)


def _erased(number: int, is_erased: bool) -> AnyResponse:
    if is_erased:
        flash(f"Request {number} is erased.", "done")
        return redirect(url_for("queue.show"), 303)
    flash(f"Request {number} is under legal hold: it is kept, and nobody may contact the person.", "done")
    return redirect(url_for("request.show", number=number), 303)


def _require(connection: Connection, number: int) -> HelpRequestRow:
    row = find_row(connection, number)
    if row is None or row.state == RequestState.ERASED:
        refuse_missing(connection, number)
    return row


def _page(
    number: int, mistakes: dict[str, str] | None = None, reason: ErasureReason | None = None
) -> Response:
    """Render the page. `reason` is what one person alone chose, who is asked once more."""
    context = current_context()
    with writing(context.engine) as connection:
        needs_two = second_person.two_are_needed(connection, context.clock())
        row = _require(connection, number)
        merged = connection.execute(
            select(func.count()).select_from(HelpRequestRow).where(HelpRequestRow.merged_into == number)
        ).scalar_one()
        waiting = erasure_approvals.waiting_erasure(connection, number)
    text = render_template(
        "erase_request.html",
        row=row,
        merged=merged,
        waiting=waiting,
        needs_two=needs_two,
        chosen=reason,
        reasons=REASONS,
        people=staff_directory(context.engine),
        mistakes=mistakes or {},
    )
    return make_response(text, 422 if mistakes else 200)
