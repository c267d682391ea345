"""Staff accounts: an admin adds them, gives set-up links and roles, and closes them.

Lead and admin accounts need a second person (`second_person`), who decides on the page `approvals`.
"""

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
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.console.context import current_context
from resident_app.console.lead_notices import ABOUT_LINK, ABOUT_OPEN, ABOUT_ROLE, tell_leads
from resident_app.contact_points import NotAnEmail
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import account_store, second_person
from resident_app.web.accounts.account_store import Account, EmailTaken, LastAdmin
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.enrollment import enrollment_link
from resident_app.web.accounts.second_person import AlreadyAsked, AskOutcome
from resident_app.web.accounts.sessions import count_sessions
from resident_app.web.accounts.staff_tables import Role

NOT_AN_EMAIL = "Enter an e-mail address, such as name@example.gov."
TAKEN = "There is an account with this address already."
LAST_ADMIN = "This is the only admin. Make somebody else an admin first."
CLOSED = "The account is closed. Open it first."
WAITS_ALREADY = "Something about this account waits for a second person. See the page Approvals."
SAVED = {
    AskOutcome.DONE: "Saved.",
    AskOutcome.ALONE: "Saved. You did this alone, so the audit log and every lead are told.",
    AskOutcome.WAITS: "A second person must allow this, on the page Approvals.",
}

_CHANGES = ("role", "close", "open")


blueprint = Blueprint("staff", __name__, url_prefix="/staff")


@blueprint.get("")
def show() -> AnyResponse:
    return _show_page({})


@blueprint.post("")
def add() -> AnyResponse:
    """Add an account and show its set-up link, once."""
    context = current_context()
    email, name = request.form.get("email", ""), request.form.get("name", "")
    try:
        with writing(context.engine) as connection:
            staff = account_store.add(connection, email, _role(), context.clock(), name)
            _record(connection, staff, "added")
            account, token, outcome = _ask_for_link(connection, staff)
    except NotAnEmail:
        return _show_page({"email": NOT_AN_EMAIL}, 422)
    except EmailTaken:
        return _show_page({"email": TAKEN}, 422)
    return _link_page(account, token, outcome)


@blueprint.post("/<int:staff>")
def change(staff: int) -> AnyResponse:
    """Set an account's role, close it, or open it again."""
    does = request.form.get("does", "")
    if does not in _CHANGES:
        abort(422)
    try:
        with writing(current_context().engine) as connection:
            outcome = _change(connection, _existing(connection, staff), does)
    except LastAdmin:
        flash(LAST_ADMIN, "error")
    except AlreadyAsked:
        flash(WAITS_ALREADY, "error")
    else:
        flash(SAVED[outcome])
    return redirect(url_for("staff.show"), 303)


@blueprint.post("/<int:staff>/link")
def new_link(staff: int) -> AnyResponse:
    """Show a new set-up link, once."""
    try:
        with writing(current_context().engine) as connection:
            if not _existing(connection, staff).active:
                flash(CLOSED, "error")
                return redirect(url_for("staff.show"), 303)
            account, token, outcome = _ask_for_link(connection, staff)
            _record(connection, staff, "link")
    except AlreadyAsked:
        flash(WAITS_ALREADY, "error")
        return redirect(url_for("staff.show"), 303)
    return _link_page(account, token, outcome)


@blueprint.post("/<int:staff>/sessions/end")
def end_sessions(staff: int) -> AnyResponse:
    """Sign a person out everywhere."""
    with writing(current_context().engine) as connection:
        account = _existing(connection, staff)
        account_store.end_sessions(connection, staff, current_context().clock())
        _record(connection, staff, "sessions-ended")
    flash(f"{account.name or account.email} is signed out everywhere.")
    return redirect(url_for("staff.show"), 303)


def _change(connection: Connection, account: Account, does: str) -> AskOutcome:
    """Do a change, or ask for it."""
    asker = _asker()
    if does == "close":
        second_person.close(connection, account.id, asker.now)
        _record(connection, account.id, "closed")
        return AskOutcome.DONE
    if does == "role":
        outcome = second_person.ask_for_role(connection, account.id, _role(), asker)
        about, what = ABOUT_ROLE, "role"
    else:
        outcome = second_person.ask_to_open(connection, account.id, asker)
        about, what = ABOUT_OPEN, "opened"
    _record(connection, account.id, f"{what}-asked" if outcome is AskOutcome.WAITS else what)
    if outcome is AskOutcome.ALONE:
        _tell(connection, about.format(email=account.email))
    return outcome


def _ask_for_link(connection: Connection, staff: int) -> tuple[Account, str, AskOutcome]:
    token, outcome = second_person.ask_for_link(connection, staff, _asker())
    account = _existing(connection, staff)
    if outcome is AskOutcome.ALONE:
        _tell(connection, ABOUT_LINK.format(email=account.email))
    return account, token, outcome


def _asker() -> second_person.Asker:
    return second_person.Asker(current_staff().id, current_context().clock())


def _tell(connection: Connection, what: str) -> None:
    context, staff = current_context(), current_staff()
    tell_leads(connection, context.keys.current(), what, staff.id, staff.name or staff.email, context.clock())


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        abort(422)


def _existing(connection: Connection, staff: int) -> Account:
    account = account_store.find(connection, id=staff)
    if account is None:
        abort(404)
    return account


def _show_page(mistakes: dict[str, str], status: int = 200) -> Response:
    context = current_context()
    with reading(context.engine) as connection:
        everyone = account_store.every_account(connection)
        sessions = count_sessions(connection, everyone)
        refused = account_store.count_refused(connection)
    text = render_template(
        "staff.html",
        accounts=everyone,
        sessions=sessions,
        refused=refused,
        roles=list(Role),
        now=context.clock(),
        typed=request.form,
        mistakes=mistakes,
    )
    return make_response(text, status)


def _link_page(account: Account, token: str, outcome: AskOutcome) -> Response:
    text = render_template(
        "staff_link.html",
        account=account,
        address=enrollment_link(current_context().settings.console_url, token),
        hours=int(account_store.LINK_IS_GOOD_FOR.total_seconds()) // 3600,
        waits=outcome is AskOutcome.WAITS,
        alone=outcome is AskOutcome.ALONE,
    )
    return make_response(text)


def _record(connection: Connection, account: int, what: str) -> None:
    context = current_context()
    audit_log.record(
        connection,
        Audited.ACCOUNT_CHANGED,
        actor_id=current_staff().id,
        at=context.clock(),
        account=account,
        what=what,
    )
