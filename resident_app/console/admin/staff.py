"""Who works here: an admin makes accounts, gives links and roles, and closes accounts."""

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
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import account_store
from resident_app.web.accounts.access_control import current_staff
from resident_app.web.accounts.account_store import Account, LastAdmin, NotAnAddress, Taken
from resident_app.web.accounts.sessions import count_of_each, sessions_to_end
from resident_app.web.accounts.staff_tables import Role

NOT_AN_ADDRESS = "Enter an e-mail address, such as name@example.gov."
TAKEN = "There is an account with this address already."
LAST_ADMIN = "This is the only admin. Make somebody else an admin first."
CLOSED = "The account is closed. Open it first."

_DOES = ("role", "close", "open")


def create_staff_page() -> Blueprint:
    blueprint = Blueprint("staff", __name__, url_prefix="/staff")
    blueprint.add_url_rule("", "show", show)
    blueprint.add_url_rule("", "add", add, methods=["POST"])
    blueprint.add_url_rule("/<int:staff>", "change", change, methods=["POST"])
    blueprint.add_url_rule("/<int:staff>/link", "link", link, methods=["POST"])
    blueprint.add_url_rule("/<int:staff>/sessions/end", "end_sessions", end_sessions, methods=["POST"])
    return blueprint


def link_address(console_url: str, token: str) -> str:
    """A set-up link, as it is given to a person."""
    return f"{console_url}/set-up/{token}"


def show() -> AnyResponse:
    return _show_page({})


def add() -> AnyResponse:
    """A new account and its link, which is shown once."""
    parts = current_context()
    email, name = request.form.get("email", ""), request.form.get("name", "")
    now = parts.clock()
    try:
        with writing(parts.engine) as connection:
            staff = account_store.add(connection, email, _role(), now, name)
            token = account_store.new_link(connection, staff, now)
            _tell(connection, staff, "added")
            account = account_store.find(connection, id=staff)
    except NotAnAddress:
        return _show_page({"email": NOT_AN_ADDRESS}, 422)
    except Taken:
        return _show_page({"email": TAKEN}, 422)
    assert account is not None
    return _link_page(account, token)


def change(staff: int) -> AnyResponse:
    """Another role, or the account is closed or opened."""
    does = request.form.get("does", "")
    if does not in _DOES:
        abort(422)
    with writing(current_context().engine) as connection:
        _existing(connection, staff)
        try:
            if does == "role":
                account_store.set_role(connection, staff, _role())
            elif does == "close":
                account_store.close(connection, staff)
            else:
                account_store.open_again(connection, staff)
        except LastAdmin:
            flash(LAST_ADMIN, "error")
            return redirect(url_for("staff.show"), 303)
        _tell(connection, staff, {"role": "role", "close": "closed", "open": "opened"}[does])
    flash("Saved.")
    return redirect(url_for("staff.show"), 303)


def link(staff: int) -> AnyResponse:
    """A new set-up link, which is shown once."""
    parts = current_context()
    with writing(parts.engine) as connection:
        account = _existing(connection, staff)
        if not account.active:
            flash(CLOSED, "error")
            return redirect(url_for("staff.show"), 303)
        token = account_store.new_link(connection, staff, parts.clock())
        _tell(connection, staff, "link")
    return _link_page(account, token)


def end_sessions(staff: int) -> AnyResponse:
    """Everywhere the person is signed in."""
    with writing(current_context().engine) as connection:
        account = _existing(connection, staff)
        connection.execute(sessions_to_end(staff))
        _tell(connection, staff, "sessions-ended")
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
    parts = current_context()
    with reading(parts.engine) as connection:
        everyone = account_store.every(connection)
    text = render_template(
        "staff/show.html",
        accounts=everyone,
        sessions=count_of_each(parts.engine),
        roles=list(Role),
        now=parts.clock(),
        typed=request.form,
        mistakes=mistakes,
    )
    return make_response(text, status)


def _link_page(account: Account, token: str) -> Response:
    text = render_template(
        "staff/link.html",
        account=account,
        address=link_address(current_context().settings.console_url, token),
        hours=int(account_store.LINK_IS_GOOD_FOR.total_seconds()) // 3600,
    )
    return make_response(text)


def _tell(connection: Connection, account: int, what: str) -> None:
    parts = current_context()
    audit_log.record(
        connection,
        Audited.ACCOUNT_CHANGED,
        staff=current_staff().id,
        at=parts.clock(),
        account=account,
        what=what,
    )
