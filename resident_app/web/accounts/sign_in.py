"""Sign in: with a password and a second factor, or with a passkey alone. And sign out."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.database import deciding, reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import passkeys
from resident_app.web.accounts.account_store import Account, find, use_recovery_code
from resident_app.web.accounts.context import current_accounts
from resident_app.web.accounts.credentials import current_credentials
from resident_app.web.accounts.current_staff import signed_in_staff
from resident_app.web.accounts.lockouts import GuessOutcome, SignInStep, current_lockouts
from resident_app.web.accounts.safe_redirect import own_path
from resident_app.web.accounts.second_person import count_done_alone, needs_second_person
from resident_app.web.accounts.sessions import current_session

LOCKED_OUT = (
    "Too many wrong attempts. Try again tomorrow, use a passkey, or ask an admin for a new set-up link."
)
WRONG_PASSWORD = "This e-mail address and password do not go together."  # noqa: S105 - words, no password
WRONG_CODE = "This code is not right, or it was used already. Wait for the next one."
WRONG_RECOVERY_CODE = "This recovery code is not right, or it was used already."
WRONG_PASSKEY = "The passkey did not work. Try again, or sign in with your password."

DONE_ALONE = (
    "Since you signed in before, one person alone did what needs two people ({count} times). "
    "Look at the audit log for events of the kind one-person."
)

_PASSWORD_GIVEN, _PASSWORD_GIVEN_SECONDS = "password_given", 600

blueprint = Blueprint("sign_in", __name__, template_folder="templates")


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> AnyResponse:
    """Check a passkey, or an e-mail address and a password."""
    if request.method == "GET":
        return redirect("/", 303) if signed_in_staff() else _sign_in_page()
    email, password = request.form.get("email", ""), request.form.get("password", "")
    if not email.strip() or not password:
        missing = {} if email.strip() else {"email": "Enter your e-mail address."}
        return _sign_in_page(missing | ({} if password else {"password": "Enter your password."}))
    with reading(current_accounts().engine) as connection:
        account = find(connection, email=email)
    outcome = current_lockouts().guess(
        SignInStep.PASSWORD, email, account, lambda: current_credentials().is_right(password, account)
    )
    if outcome is GuessOutcome.LOCKED_OUT:
        return _sign_in_page({"email": LOCKED_OUT}, 429)
    if outcome is GuessOutcome.WRONG or account is None:
        return _sign_in_page({"email": WRONG_PASSWORD})
    if not account.has_second_factor:
        return _begin_session(account, "password")
    now = current_accounts().clock()
    current_session()[_PASSWORD_GIVEN] = [account.id, now.timestamp(), account.fs_uniquifier]
    return redirect(url_for("sign_in.second_factor", next=own_path(request.values.get("next"))), 303)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
def second_factor() -> AnyResponse:
    """After the password, check a code of the authenticator app, or a security key."""
    account = _password_given()
    if account is None:
        return redirect(url_for("sign_in.sign_in"), 303)
    if request.method == "GET":
        return _second_factor_page(account)
    if request.form.get("credential"):
        return _sign_in_with_passkey(account)
    code = request.form.get("code", "")
    if not code.strip():
        return _second_factor_page(account, {"code": "Enter the code that your app shows."})
    outcome = current_lockouts().guess(
        SignInStep.CODE, account.email, account, lambda: current_credentials().is_right_code(code, account)
    )
    if outcome is GuessOutcome.RIGHT:
        return _begin_session(account, "code")
    if outcome is GuessOutcome.LOCKED_OUT:
        return _second_factor_page(account, {"code": LOCKED_OUT}, 429)
    return _second_factor_page(account, {"code": WRONG_CODE})


@blueprint.route("/sign-in/recovery-code", methods=["GET", "POST"])
def recovery_code() -> AnyResponse:
    """After the password, check a recovery code in place of the second factor."""
    account = _password_given()
    if account is None:
        return redirect(url_for("sign_in.sign_in"), 303)
    if request.method == "GET":
        return _page("accounts/recovery_code.html")
    hash = current_credentials().hash_of_recovery_code(request.form.get("code", ""))

    def is_right() -> bool:
        with writing(current_accounts().engine) as connection:
            return use_recovery_code(connection, account.id, hash, current_accounts().clock())

    outcome = current_lockouts().guess(SignInStep.CODE, account.email, account, is_right)
    if outcome is GuessOutcome.RIGHT:
        return _begin_session(account, "recovery-code")
    message = LOCKED_OUT if outcome is GuessOutcome.LOCKED_OUT else WRONG_RECOVERY_CODE
    return _page(
        "accounts/recovery_code.html",
        429 if outcome is GuessOutcome.LOCKED_OUT else 422,
        mistakes={"code": message},
    )


@blueprint.post("/sign-in/passkey")
def passkey() -> AnyResponse:
    """Check a passkey alone. The device verifies its user, so it is both factors."""
    return _sign_in_with_passkey(None)


@blueprint.post("/sign-out")
def sign_out() -> AnyResponse:
    session, context = current_session(), current_accounts()
    if session.account_id is not None:
        with writing(context.engine) as connection:
            audit_log.record(connection, Audited.SIGNED_OUT, actor_id=session.account_id, at=context.clock())
    session.end()
    return redirect(url_for("sign_in.sign_in"), 303)


def _begin_session(account: Account, how: str) -> AnyResponse:
    """Sign an account in, and go on to the page that was requested."""
    context, lockouts = current_accounts(), current_lockouts()
    now = context.clock()
    with writing(context.engine) as connection:
        alone = count_done_alone(connection, account.id) if needs_second_person(account.role) else 0
        audit_log.record(connection, Audited.SIGNED_IN, actor_id=account.id, at=now, how=how)
    lockouts.remove_expired(now)
    current_session().begin(account.id, now)
    if alone:
        flash(DONE_ALONE.format(count=alone), "error")
    response = make_response(redirect(own_path(request.values.get("next")), 303))
    lockouts.remember_device(response, account)
    return response


def _sign_in_with_passkey(password_given: Account | None) -> AnyResponse:
    """`password_given`: this account's password was right, so its key need not verify the user."""
    context = current_accounts()
    now = context.clock()
    try:
        with deciding(context.engine) as connection:
            account = passkeys.verify(
                connection,
                request.form.get("credential", ""),
                now,
                account_id=password_given.id if password_given else None,
                alone=password_given is None,
            )
    except passkeys.InvalidPasskey:
        current_lockouts().record_wrong_passkey(password_given)
        if password_given:
            return _second_factor_page(password_given, {"passkey": WRONG_PASSKEY})
        return _sign_in_page({"passkey": WRONG_PASSKEY})
    return _begin_session(account, "security-key" if password_given else "passkey")


def _password_given() -> Account | None:
    """Return the account whose password was right in this session in the last ten minutes, or None."""
    id, at, uniquifier = current_session().get(_PASSWORD_GIVEN, (0, 0, ""))
    if current_accounts().clock().timestamp() - at > _PASSWORD_GIVEN_SECONDS:
        return None
    with reading(current_accounts().engine) as connection:
        account = find(connection, id=id)
    return account if account and account.active and account.fs_uniquifier == uniquifier else None


def _sign_in_page(mistakes: dict[str, str] | None = None, status: int = 422) -> Response:
    return _page(
        "accounts/sign_in.html",
        status,
        mistakes=mistakes,
        email=request.form.get("email", ""),
        options=passkeys.sign_in_options() if passkeys.can_be_used_here() else "",
    )


def _second_factor_page(
    account: Account, mistakes: dict[str, str] | None = None, status: int = 422
) -> Response:
    with reading(current_accounts().engine) as connection:
        keys = passkeys.passkeys_of(connection, account)
    return _page(
        "accounts/second_factor.html",
        status,
        mistakes=mistakes,
        has_app=bool(account.app_secret),
        has_keys=bool(keys),
        options=passkeys.sign_in_options(keys, alone=False) if keys and passkeys.can_be_used_here() else "",
    )


def _page(
    template: str, status: int = 200, *, mistakes: dict[str, str] | None = None, **values: object
) -> Response:
    text = render_template(
        template,
        mistakes=mistakes or {},
        next=own_path(request.values.get("next")),
        base_url=current_accounts().base_url,
        **values,
    )
    return make_response(text, status if mistakes else 200)
