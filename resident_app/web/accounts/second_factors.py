"""A person's second factors: authenticator app, passkeys, recovery codes."""

from datetime import datetime

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

from resident_app.database import reading, writing
from resident_app.web.accounts import account_store, passkeys
from resident_app.web.accounts.context import current_accounts
from resident_app.web.accounts.credentials import current_credentials
from resident_app.web.accounts.current_staff import current_account, current_staff, record_own_change
from resident_app.web.accounts.sessions import current_session

WRONG_CODE = "This code is not right. Check the clock of your phone, and enter the code that is shown now."
WRONG_PASSKEY = "No passkey was made. Try again."
ONLY_FACTOR = "This is your only second factor. Add another one first."

_NEW_APP_SECRET = "new_app"  # noqa: S105 - the name of a session's value

blueprint = Blueprint("second_factors", __name__, url_prefix="/account", template_folder="templates")


@blueprint.route("/app", methods=["GET", "POST"])
def authenticator_app() -> AnyResponse:
    """Show an authenticator app's key, and store it once a first code shows that the app works."""
    session, credentials = current_session(), current_credentials()
    if request.method == "GET":
        session[_NEW_APP_SECRET] = credentials.new_app_secret()
        return _app_page({})
    secret = session.get(_NEW_APP_SECRET)
    if secret is None:
        return redirect(url_for("second_factors.authenticator_app"), 303)
    counter = credentials.app_counter(request.form.get("code", ""), secret)
    if counter is None:
        return _app_page({"code": WRONG_CODE}, 422)
    del session[_NEW_APP_SECRET]
    with writing(current_accounts().engine) as connection:
        account_store.set_authenticator_app(connection, current_staff().id, secret, counter, _now())
        record_own_change(connection, "app")
    return _after_new_factor("Your authenticator app is set up.")


@blueprint.post("/app/remove")
def remove_authenticator_app() -> AnyResponse:
    with writing(current_accounts().engine) as connection:
        if not current_account(connection).passkeys:
            return _only_factor()
        account_store.remove_authenticator_app(connection, current_staff().id, _now())
        record_own_change(connection, "app-removed")
    flash("The authenticator app is removed.")
    return redirect(url_for("account.show"), 303)


@blueprint.route("/passkey", methods=["GET", "POST"])
def passkey() -> AnyResponse:
    """Register a new passkey or security key."""
    if request.method == "GET":
        return _passkey_page({})
    name = request.form.get("name", "").strip()[:64] or "Passkey"
    context = current_accounts()
    try:
        with writing(context.engine) as connection:
            account = current_account(connection)
            passkeys.register(connection, account, request.form.get("credential", ""), name, context.clock())
            record_own_change(connection, "passkey")
    except passkeys.InvalidPasskey:
        return _passkey_page({"credential": WRONG_PASSKEY}, 422)
    return _after_new_factor("Your passkey is set up.")


@blueprint.post("/passkey/remove")
def remove_passkey() -> AnyResponse:
    number = request.form.get("passkey", "")
    if not number.isdecimal():
        abort(404)
    with writing(current_accounts().engine) as connection:
        account = current_account(connection)
        if not account.app_secret and len(account.passkeys) < 2:
            return _only_factor()
        if not passkeys.remove(connection, account.id, int(number), _now()):
            abort(404)
        record_own_change(connection, "passkey-removed")
    flash("The passkey is removed.")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/recovery-codes")
def recovery_codes() -> AnyResponse:
    """Replace the recovery codes and show the new ones, once.

    A POST, so that nobody replaces their codes by loading a page.
    """
    if not current_staff().has_second_factor:
        return redirect(url_for("enrollment.choose_second_factor"), 303)
    credentials = current_credentials()
    codes = credentials.new_recovery_codes()
    with writing(current_accounts().engine) as connection:
        account_store.set_recovery_codes(
            connection,
            current_staff().id,
            [credentials.hash_of_recovery_code(code) for code in codes],
            _now(),
        )
        record_own_change(connection, "recovery-codes")
    return make_response(render_template("accounts/recovery_codes.html", codes=codes))


def _now() -> datetime:
    return current_accounts().clock()


def _after_new_factor(message: str) -> AnyResponse:
    """Go back to the account, or on to the first recovery codes of an account that has none."""
    with reading(current_accounts().engine) as connection:
        has_codes = bool(current_account(connection).recovery_codes)
    flash(message)
    if has_codes:
        return redirect(url_for("account.show"), 303)
    # 307: the browser repeats the POST there.
    return redirect(url_for("second_factors.recovery_codes"), 307)


def _only_factor() -> AnyResponse:
    flash(ONLY_FACTOR, "error")
    return redirect(url_for("account.show"), 303)


def _app_page(mistakes: dict[str, str], status: int = 200) -> Response:
    secret, credentials = current_session()[_NEW_APP_SECRET], current_credentials()
    text = render_template(
        "accounts/authenticator_app.html",
        picture=credentials.app_picture(secret, current_staff().email),
        key=credentials.app_key(secret),
        mistakes=mistakes,
    )
    return make_response(text, status)


def _passkey_page(mistakes: dict[str, str], status: int = 200) -> Response:
    with reading(current_accounts().engine) as connection:
        account = current_account(connection)
        keys = passkeys.passkeys_of(connection, account)
    text = render_template(
        "accounts/passkey.html",
        options=passkeys.registration_options(account, keys) if passkeys.can_be_used_here() else "",
        base_url=current_accounts().base_url,
        number=len(keys) + 1,
        mistakes=mistakes,
    )
    return make_response(text, status)
