"""One's own account: name, languages, phone, what one signs in with, and where one is signed in."""

from typing import Any

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
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.console.context import current_context
from resident_app.contact_points import NotAPhoneNumber, parse_phone_number
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import account_store, passkeys
from resident_app.web.accounts.access_control import current_staff
from resident_app.web.accounts.account_store import Account
from resident_app.web.accounts.credentials import current_credentials
from resident_app.web.accounts.enrollment import password_mistakes
from resident_app.web.accounts.lockouts import current_lockouts
from resident_app.web.accounts.sessions import current_session, sessions_of, sessions_to_end

WRONG_CODE = "This code is not right. Check the clock of your phone, and enter the code that is shown now."
WRONG_PASSKEY = "No passkey was made. Try again."
WRONG_PHONE = "Enter a phone number with its area code, such as 206-555-0100."
ONLY_FACTOR = "This is your only second factor. Add another one first."

_NEW_APP = "new_app"


def create_account() -> Blueprint:
    blueprint = Blueprint("account", __name__, url_prefix="/account")
    both = ["GET", "POST"]
    blueprint.add_url_rule("", "show", show)
    blueprint.add_url_rule("", "change", change, methods=["POST"])
    blueprint.add_url_rule("/here", "here", here, methods=both)
    blueprint.add_url_rule("/password", "password", password, methods=both)
    blueprint.add_url_rule("/app", "app", app_, methods=both)
    blueprint.add_url_rule("/app/remove", "remove_app", remove_app, methods=["POST"])
    blueprint.add_url_rule("/passkey", "passkey", passkey, methods=both)
    blueprint.add_url_rule("/passkey/remove", "remove_passkey", remove_passkey, methods=["POST"])
    blueprint.add_url_rule("/recovery-codes", "recovery_codes", recovery_codes, methods=["POST"])
    blueprint.add_url_rule("/session/end", "end_session", end_session, methods=["POST"])
    return blueprint


def show() -> AnyResponse:
    return _show_page({})


def here() -> AnyResponse:
    """POST: somebody is typing, so that the session stays open. GET: whose session it is, and its token.

    A page that was covered goes on by it, for the same person alone, in the session that is there now.
    """
    if request.method == "GET":
        return jsonify(staff=current_staff().id, token=generate_csrf())
    return make_response("", 204)


def change() -> AnyResponse:
    """Name, phone and languages."""
    known = {language.code for language in current_context().languages.values()}
    languages = [code for code in request.form.getlist("languages") if code in known]
    try:
        phone = _own_phone(request.form.get("phone", ""))
    except NotAPhoneNumber:
        return _show_page({"phone": WRONG_PHONE}, 422)
    with writing(current_context().engine) as connection:
        account_store.change(
            connection,
            current_staff().id,
            name=request.form.get("name", "").strip()[:120],
            phone=phone,
            languages=",".join(languages)[:200],
        )
        _tell(connection, "details")
    flash("Saved.")
    return redirect(url_for("account.show"), 303)


def password() -> AnyResponse:
    """A new password. That it is the person has just been proved."""
    email = current_staff().email
    mistakes = password_mistakes(email) if request.method == "POST" else {}
    if request.method == "GET" or mistakes:
        page = render_template("account/password.html", mistakes=mistakes, email=email)
        return make_response(page, 422 if mistakes else 200)
    hash = current_credentials().hash(request.form["password"])
    with writing(current_context().engine) as connection:
        account_store.change_password(connection, current_staff().id, hash, current_session())
        _tell(connection, "password")
        account = account_store.find(connection, id=current_staff().id)
    flash("Your password is changed. Everywhere else you are signed out.")
    response = make_response(redirect(url_for("account.show"), 303))
    assert account is not None
    current_lockouts().trust(response, account)
    return response


def app_() -> AnyResponse:
    """An authenticator app: its key, and a first code that shows that it works."""
    session, credentials = current_session(), current_credentials()
    if request.method == "GET":
        session[_NEW_APP] = credentials.new_app_secret()
        return _app_page({})
    secret = session.get(_NEW_APP)
    if secret is None:
        return redirect(url_for("account.app"), 303)
    counter = credentials.app_counter(request.form.get("code", ""), secret)
    if counter is None:
        return _app_page({"code": WRONG_CODE}, 422)
    del session[_NEW_APP]
    with writing(current_context().engine) as connection:
        account_store.set_app(connection, current_staff().id, secret, counter)
        _tell(connection, "app")
    return _after_new_factor("Your authenticator app is set up.")


def remove_app() -> AnyResponse:
    with writing(current_context().engine) as connection:
        if not passkeys.passkeys_of(connection, current_staff().id):
            return _only_factor()
        account_store.remove_app(connection, current_staff().id)
        _tell(connection, "app-removed")
    flash("The authenticator app is removed.")
    return redirect(url_for("account.show"), 303)


def passkey() -> AnyResponse:
    """A new passkey or security key."""
    if request.method == "GET":
        return _passkey_page({})
    name = request.form.get("name", "").strip()[:64] or "Passkey"
    parts = current_context()
    try:
        with writing(parts.engine) as connection:
            passkeys.register(
                connection, _account(connection), request.form.get("credential", ""), name, parts.clock()
            )
            _tell(connection, "passkey")
    except passkeys.NotRight:
        return _passkey_page({"credential": WRONG_PASSKEY}, 422)
    return _after_new_factor("Your passkey is set up.")


def remove_passkey() -> AnyResponse:
    number = request.form.get("passkey", "")
    if not number.isdecimal():
        abort(404)
    with writing(current_context().engine) as connection:
        account = _account(connection)
        if not account.app_secret and len(passkeys.passkeys_of(connection, account.id)) < 2:
            return _only_factor()
        if not passkeys.remove(connection, account.id, int(number)):
            abort(404)
        _tell(connection, "passkey-removed")
    flash("The passkey is removed.")
    return redirect(url_for("account.show"), 303)


def recovery_codes() -> AnyResponse:
    """New codes; those of before are no longer good. They are shown once."""
    if not current_staff().has_second_factor:
        return redirect(url_for("security.set_up_factor"), 303)
    credentials = current_credentials()
    codes = credentials.new_recovery_codes()
    with writing(current_context().engine) as connection:
        account_store.set_recovery_codes(
            connection, current_staff().id, [credentials.hash_of_recovery_code(code) for code in codes]
        )
        _tell(connection, "recovery-codes")
    return make_response(render_template("account/recovery_codes.html", codes=codes))


def end_session() -> AnyResponse:
    """One of one's own sessions, or all but this one."""
    name = request.form.get("session", "")
    this = current_session()
    if name and not all(character in "0123456789abcdef" for character in name):
        abort(404)
    with writing(current_context().engine) as connection:
        connection.execute(sessions_to_end(current_staff().id, name=name, but=this))
        _tell(connection, "session-ended")
    flash("Ended." if name else "Everywhere else you are signed out.")
    return redirect(url_for("account.show"), 303)


def _after_new_factor(words: str) -> AnyResponse:
    with reading(current_context().engine) as connection:
        has_codes = bool(_account(connection).recovery_codes)
    flash(words)
    # The codes page is asked for by a POST: a page that makes new codes is not to be loaded by accident.
    return redirect(url_for("account.show"), 303) if has_codes else _first_codes()


def _first_codes() -> AnyResponse:
    return make_response(redirect(url_for("account.recovery_codes"), 307))


def _only_factor() -> AnyResponse:
    flash(ONLY_FACTOR, "error")
    return redirect(url_for("account.show"), 303)


def _show_page(mistakes: dict[str, str], status: int = 200) -> Response:
    parts, staff = current_context(), current_staff()
    with reading(parts.engine) as connection:
        account = _account(connection)
        keys = passkeys.passkeys_of(connection, staff.id)
    typed: dict[str, Any] = {
        "name": request.form.get("name", account.name),
        "phone": request.form.get("phone", account.phone),
        "languages": request.form.getlist("languages") if mistakes else list(account.languages),
    }
    text = render_template(
        "account/show.html",
        account=account,
        passkeys=keys,
        sessions=sessions_of(parts.engine, staff.id),
        typed=typed,
        mistakes=mistakes,
    )
    return make_response(text, status)


def _app_page(mistakes: dict[str, str], status: int = 200) -> Response:
    secret, credentials = current_session()[_NEW_APP], current_credentials()
    text = render_template(
        "account/app.html",
        picture=credentials.app_picture(secret, current_staff().email),
        key=credentials.app_key(secret),
        mistakes=mistakes,
    )
    return make_response(text, status)


def _passkey_page(mistakes: dict[str, str], status: int = 200) -> Response:
    with reading(current_context().engine) as connection:
        account = _account(connection)
        keys = passkeys.passkeys_of(connection, account.id)
    works = passkeys.work_here()
    text = render_template(
        "account/passkey.html",
        options=passkeys.to_register(account, keys) if works else "",
        console_url=current_context().settings.console_url,
        number=len(keys) + 1,
        mistakes=mistakes,
    )
    return make_response(text, status)


def _account(connection: Connection) -> Account:
    account = account_store.find(connection, id=current_staff().id)
    assert account is not None
    return account


def _tell(connection: Connection, what: str) -> None:
    staff, now = current_staff().id, current_context().clock()
    audit_log.record(connection, Audited.ACCOUNT_CHANGED, staff=staff, at=now, account=staff, what=what)


def _own_phone(typed: str) -> str:
    """The number of one's phone, E.164; empty if none was typed. Raises NotAPhoneNumber."""
    if not typed.strip():
        return ""
    number = parse_phone_number(typed)
    if ";" in number:  # An extension: the officer's phone is rung itself.
        raise NotAPhoneNumber
    return number
