"""Staff accounts: an admin adds them, gives set-up links and roles, and closes them."""

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
from resident_app.contact_points import NotAnEmail
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import account_store
from resident_app.web.accounts.account_store import Account, EmailTaken, LastAdmin
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.enrollment import enrollment_link
from resident_app.web.accounts.sessions import count_sessions
from resident_app.web.accounts.staff_tables import Role

NOT_AN_EMAIL = "Enter an e-mail address, such as name@example.gov."
TAKEN = "There is an account with this address already."
LAST_ADMIN = "This is the only admin. Make somebody else an admin first."
CLOSED = "The account is closed. Open it first."

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
    now = context.clock()
    try:
        with writing(context.engine) as connection:
            staff = account_store.add(connection, email, _role(), now, name)
            token = account_store.new_link(connection, staff, now)
            _record(connection, staff, "added")
            account = account_store.find(connection, id=staff)
    except NotAnEmail:
        return _show_page({"email": NOT_AN_EMAIL}, 422)
    except EmailTaken:
        return _show_page({"email": TAKEN}, 422)
    assert account is not None
    return _link_page(account, token)


@blueprint.post("/<int:staff>")
def change(staff: int) -> AnyResponse:
    """Set an account's role, close it, or open it again."""
    does = request.form.get("does", "")
    if does not in _CHANGES:
        abort(422)
    now = current_context().clock()
    with writing(current_context().engine) as connection:
        _existing(connection, staff)
        try:
            if does == "role":
                account_store.set_role(connection, staff, _role(), now)
            elif does == "close":
                account_store.close(connection, staff, now)
            else:
                account_store.reopen(connection, staff, now)
        except LastAdmin:
            flash(LAST_ADMIN, "error")
            return redirect(url_for("staff.show"), 303)
        _record(connection, staff, {"role": "role", "close": "closed", "open": "opened"}[does])
    flash("Saved.")
    return redirect(url_for("staff.show"), 303)


@blueprint.post("/<int:staff>/link")
def new_link(staff: int) -> AnyResponse:
    """Show a new set-up link, once."""
    context = current_context()
    with writing(context.engine) as connection:
        account = _existing(connection, staff)
        if not account.active:
            flash(CLOSED, "error")
            return redirect(url_for("staff.show"), 303)
        token = account_store.new_link(connection, staff, context.clock())
        _record(connection, staff, "link")
    return _link_page(account, token)


@blueprint.post("/<int:staff>/sessions/end")
def end_sessions(staff: int) -> AnyResponse:
    """Sign a person out everywhere."""
    with writing(current_context().engine) as connection:
        account = _existing(connection, staff)
        account_store.end_sessions(connection, staff, current_context().clock())
        _record(connection, staff, "sessions-ended")
    flash(f"{account.name or account.email} is signed out everywhere.")
    return redirect(url_for("staff.show"), 303)


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


def _link_page(account: Account, token: str) -> Response:
    text = render_template(
        "staff_link.html",
        account=account,
        address=enrollment_link(current_context().settings.console_url, token),
        hours=int(account_store.LINK_IS_GOOD_FOR.total_seconds()) // 3600,
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
