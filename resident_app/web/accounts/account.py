"""A person's own account: name, languages, phone, password, and the places where they are signed in."""

from typing import TypedDict

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from resident_app.contact_points import NotAPhoneNumber, PhoneMistake, parse_phone_number
from resident_app.database import reading, writing
from resident_app.web.accounts import account_store, passkeys
from resident_app.web.accounts.context import current_accounts
from resident_app.web.accounts.credentials import current_credentials
from resident_app.web.accounts.current_staff import current_account, current_staff, record_own_change
from resident_app.web.accounts.enrollment import password_mistakes
from resident_app.web.accounts.lockouts import current_lockouts
from resident_app.web.accounts.sessions import current_session, sessions_of

WRONG_PHONE = "Enter a phone number with its area code, such as 206-555-0100."

blueprint = Blueprint("account", __name__, url_prefix="/account", template_folder="templates")


class _Typed(TypedDict):
    name: str
    phone: str
    languages: list[str]


@blueprint.get("")
def show() -> AnyResponse:
    return _show_page({})


@blueprint.post("")
def change() -> AnyResponse:
    """Change name, phone and languages."""
    known = current_accounts().languages
    languages = tuple(code for code in request.form.getlist("languages") if code in known)
    try:
        phone = _own_phone(request.form.get("phone", ""))
    except NotAPhoneNumber:
        return _show_page({"phone": WRONG_PHONE}, 422)
    with writing(current_accounts().engine) as connection:
        account_store.change(
            connection,
            current_staff().id,
            current_accounts().clock(),
            name=request.form.get("name", "").strip()[:120],
            phone=phone,
            languages=languages,
        )
        record_own_change(connection, "details")
    flash("Saved.")
    return redirect(url_for("account.show"), 303)


@blueprint.route("/heartbeat", methods=["GET", "POST"])
def heartbeat() -> AnyResponse:
    """POST: note that a person is typing, so that the session stays open. GET: return whose session it is.

    A covered page asks by GET. The same person goes on with the token of the session that is there now.
    """
    if request.method == "GET":
        return jsonify(staff=current_staff().id, token=generate_csrf())
    return make_response("", 204)


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> AnyResponse:
    """Set a new password. The permissions have made the person reauthenticate."""
    email = current_staff().email
    mistakes = password_mistakes(email) if request.method == "POST" else {}
    if request.method == "GET" or mistakes:
        page = render_template("accounts/password.html", mistakes=mistakes, email=email)
        return make_response(page, 422 if mistakes else 200)
    hash = current_credentials().hash(request.form["password"])
    with writing(current_accounts().engine) as connection:
        account_store.change_password(
            connection, current_staff().id, hash, current_session().name, current_accounts().clock()
        )
        record_own_change(connection, "password")
        account = current_account(connection)
    flash("Your password is changed. Everywhere else you are signed out.")
    response = make_response(redirect(url_for("account.show"), 303))
    current_lockouts().remember_device(response, account)
    return response


@blueprint.post("/session/end")
def end_session() -> AnyResponse:
    """End one of the person's sessions, or all except this one."""
    name = request.form.get("session", "")
    if name and not all(character in "0123456789abcdef" for character in name):
        abort(404)
    with writing(current_accounts().engine) as connection:
        account_store.end_sessions(
            connection,
            current_staff().id,
            current_accounts().clock(),
            name=name,
            keep=current_session().name,
        )
        record_own_change(connection, "session-ended")
    flash("Ended." if name else "Everywhere else you are signed out.")
    return redirect(url_for("account.show"), 303)


def _show_page(mistakes: dict[str, str], status: int = 200) -> Response:
    engine = current_accounts().engine
    with reading(engine) as connection:
        account = current_account(connection)
        keys = passkeys.passkeys_of(connection, account)
    typed = _Typed(
        name=request.form.get("name", account.name),
        phone=request.form.get("phone", account.phone),
        languages=request.form.getlist("languages") if mistakes else list(account.languages),
    )
    text = render_template(
        "accounts/account.html",
        account=account,
        passkeys=keys,
        sessions=sessions_of(engine, account),
        typed=typed,
        mistakes=mistakes,
    )
    return make_response(text, status)


def _own_phone(typed: str) -> str:
    """Return the number of the person's phone in E.164, or "" if none was typed. Raises NotAPhoneNumber."""
    if not typed.strip():
        return ""
    number = parse_phone_number(typed)
    if ";" in number:  # An extension. Click to call rings a phone, not a switchboard.
        raise NotAPhoneNumber(PhoneMistake.EXTENSION)
    return number
