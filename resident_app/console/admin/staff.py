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

from resident_app.casework.cases.bulk_changes import count_open_by_assignee
from resident_app.console.admin.staff_confirm import (
    CHOOSE,
    changing_role,
    closing,
    confirmation_page,
    count_open_requests,
    giving_away,
    making_link,
    parse_recipient,
    reassign_open_requests,
)
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


@blueprint.get("/<int:staff>/close")
def ask_close(staff: int) -> AnyResponse:
    """Ask before an account is closed: what happens, and who gets its open requests."""
    account, sessions = _account(staff)
    return confirmation_page(closing(account, count_open_requests(staff), sessions), account)


@blueprint.get("/<int:staff>/role")
def ask_role(staff: int) -> AnyResponse:
    """Ask before a role is changed: what it opens and closes."""
    account, _ = _account(staff)
    try:
        role = Role(request.args.get("role", ""))
    except ValueError:
        abort(422)
    if role is account.role:
        flash(f"{account.name or account.email} has this role already.")
        return redirect(url_for("staff.show"), 303)
    with writing(current_context().engine) as connection:
        waits = second_person.role_waits(connection, account, role, current_context().clock())
    return confirmation_page(changing_role(account, role, waits), account)


@blueprint.get("/<int:staff>/link")
def ask_link(staff: int) -> AnyResponse:
    """Ask before a set-up link is made: what it does."""
    account, _ = _account(staff)
    return confirmation_page(making_link(account), account)


@blueprint.get("/<int:staff>/requests")
def ask_give_away(staff: int) -> AnyResponse:
    """Ask who gets a person's open requests."""
    account, _ = _account(staff)
    number = count_open_requests(staff)
    if not number:
        flash(f"No open request is assigned to {account.name or account.email}.")
        return redirect(url_for("staff.show"), 303)
    return confirmation_page(giving_away(account, number), account)


@blueprint.post("/<int:staff>/requests")
def give_away(staff: int) -> AnyResponse:
    """Give a person's open requests to somebody else, or back to the queue."""
    account, _ = _account(staff)
    try:
        to = parse_recipient(request.form.get("give_to", ""), account)
    except ValueError:
        asked = giving_away(account, count_open_requests(staff))
        return confirmation_page(asked, account, {"give_to": CHOOSE})
    return _show_given(reassign_open_requests(account, to, request.form.get("form_token")))


@blueprint.post("/<int:staff>")
def change(staff: int) -> AnyResponse:
    """Set an account's role, close it, or open it again."""
    does = request.form.get("does", "")
    if does not in _CHANGES:
        abort(422)
    to: int | None = None
    if does == "close" and (requests := count_open_requests(staff)):
        account, sessions = _account(staff)
        try:
            to = parse_recipient(request.form.get("give_to", ""), account)
        except ValueError:
            return confirmation_page(closing(account, requests, sessions), account, {"give_to": CHOOSE})
    try:
        with writing(current_context().engine) as connection:
            outcome = _change(connection, _existing(connection, staff), does)
    except LastAdmin:
        flash(LAST_ADMIN, "error")
    except AlreadyAsked:
        flash(WAITS_ALREADY, "error")
    else:
        flash(SAVED[outcome])
        if does == "close":
            account, _ = _account(staff)
            return _show_given(reassign_open_requests(account, to, request.form.get("form_token")))
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


def _account(staff: int) -> tuple[Account, int]:
    """Return an account, and how many sessions it has."""
    with reading(current_context().engine) as connection:
        account = _existing(connection, staff)
        return account, count_sessions(connection, [account]).get(staff, 0)


def _show_given(bulk: int | None) -> AnyResponse:
    """Show what came of giving requests away, or the accounts if there was none."""
    if bulk is None:
        return redirect(url_for("staff.show"), 303)
    return redirect(url_for("bulk.show", number=bulk), 303)


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
        requests = count_open_by_assignee(connection)
    stranded = {
        account.id: requests[account.id]
        for account in everyone
        if not account.active and account.id in requests
    }
    text = render_template(
        "staff.html",
        accounts=everyone,
        sessions=sessions,
        requests=requests,
        stranded=stranded,
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
