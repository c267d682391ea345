"""Approvals: what waits about lead and admin accounts, and erasing. A second person allows or refuses it."""

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

from resident_app.casework.retention.erasure_approvals import waiting_erasures
from resident_app.console.cases.erase_request import REASONS
from resident_app.console.context import current_context
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import account_store, second_person
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory
from resident_app.web.accounts.second_person import NotTheSecondPerson

NOT_YOURS = (
    "This is not open to you: it was decided already, you asked for it, it is about your own account, or you "
    "cannot be the second person for the one who asked."
)
DECIDED = {True: "Allowed.", False: "Refused."}

blueprint = Blueprint("approvals", __name__, url_prefix="/approvals")


@blueprint.get("")
def show() -> Response:
    """List what waits, with who may allow it."""
    context, staff = current_context(), current_staff()
    now = context.clock()
    with reading(context.engine) as connection:
        everyone = account_store.every_account(connection)
        erasures = waiting_erasures(connection)
    second_for = {
        erasure.asked_by: second_person.second_people(everyone, erasure.asked_by, now) for erasure in erasures
    }
    asked = [account for account in everyone if account.asked_for]
    text = render_template(
        "approvals.html",
        asked=asked,
        people={
            account.id: second_person.second_people(everyone, account.asked_by, now) for account in asked
        },
        may_allow={
            account.id
            for account in asked
            if second_person.may_decide(account, staff.id, everyone, allow=True, now=now)
        },
        may_refuse={
            account.id
            for account in asked
            if second_person.may_decide(account, staff.id, everyone, allow=False, now=now)
        },
        erasures=erasures,
        second_for=second_for,
        may_erase={
            asker for asker, people in second_for.items() if staff.id in {account.id for account in people}
        },
        reasons=REASONS,
        names=staff_directory(context.engine),
        days=second_person.ESTABLISHED_AFTER.days,
    )
    return make_response(text)


@blueprint.post("/<int:staff>")
def decide(staff: int) -> AnyResponse:
    """Allow or refuse what waits about an account. The one who asked may take it back."""
    context, does = current_context(), request.form.get("does", "")
    if does not in ("allow", "refuse"):
        abort(422)
    now, decider = context.clock(), current_staff().id
    try:
        with writing(context.engine) as connection:
            asked_for = second_person.decide(connection, staff, decider, allow=does == "allow", now=now)
            audit_log.record(
                connection,
                Audited.ACCOUNT_CHANGED,
                actor_id=decider,
                at=now,
                account=staff,
                what=f"{asked_for.value}-{'allowed' if does == 'allow' else 'refused'}",
            )
    except NotTheSecondPerson:
        flash(NOT_YOURS, "error")
    else:
        flash(DECIDED[does == "allow"])
    return redirect(url_for("approvals.show"), 303)
