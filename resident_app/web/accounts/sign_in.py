"""Signing in: a password and then a code or a security key, or a passkey alone. And signing out."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.console.context import current_context
from resident_app.database import deciding, reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import enrollment, passkeys, reauthentication
from resident_app.web.accounts.access_control import signed_in
from resident_app.web.accounts.account_store import Account, find, take_recovery_code
from resident_app.web.accounts.credentials import current_credentials
from resident_app.web.accounts.lockouts import GuessOutcome, SignInStep, current_lockouts
from resident_app.web.accounts.safe_redirect import own_path
from resident_app.web.accounts.sessions import current_session

TOO_MANY = (
    "Too many wrong attempts. Try again tomorrow, use a passkey, or ask an admin for a new set-up link."
)
WRONG_PASSWORD = "This e-mail address and password do not go together."  # noqa: S105 - words, no password
WRONG_CODE = "This code is not right, or it was used already. Wait for the next one."
WRONG_RECOVERY_CODE = "This recovery code is not right, or it was used already."
WRONG_PASSKEY = "The passkey did not work. Try again, or sign in with your password."

_HALF_WAY, _HALF_WAY_SECONDS = "half_way", 600


def create_security() -> Blueprint:
    blueprint = Blueprint("security", __name__)
    both = ["GET", "POST"]
    blueprint.add_url_rule("/sign-in", "sign_in", sign_in, methods=both)
    blueprint.add_url_rule("/sign-in/code", "second_factor", second_factor, methods=both)
    blueprint.add_url_rule("/sign-in/recovery-code", "recovery_code", recovery_code, methods=both)
    blueprint.add_url_rule("/sign-in/passkey", "passkey", passkey, methods=["POST"])
    blueprint.add_url_rule("/sign-out", "logout", sign_out, methods=["POST"])
    blueprint.add_url_rule("/set-up/<token>", "set_up", enrollment.set_up, methods=both)
    blueprint.add_url_rule("/set-up-sign-in", "set_up_factor", enrollment.set_up_factor)
    blueprint.add_url_rule("/unlock", "unlock", reauthentication.unlock, methods=both)
    return blueprint


def sign_in() -> AnyResponse:
    """The first page: a passkey, or an e-mail address and a password."""
    if request.method == "GET":
        return redirect("/", 303) if signed_in() else _sign_in_page()
    email, password = request.form.get("email", ""), request.form.get("password", "")
    if not email.strip() or not password:
        missing = {} if email.strip() else {"email": "Enter your e-mail address."}
        return _sign_in_page(missing | ({} if password else {"password": "Enter your password."}))
    with reading(current_context().engine) as connection:
        account = find(connection, email=email)
    outcome = current_lockouts().guess(
        SignInStep.PASSWORD, email, account, lambda: current_credentials().is_right(password, account)
    )
    if outcome is GuessOutcome.TOO_MANY:
        return _sign_in_page({"email": TOO_MANY}, 429)
    if outcome is GuessOutcome.WRONG or account is None:
        return _sign_in_page({"email": WRONG_PASSWORD})
    if not _has_second_factor(account):
        return signed_in_with(account, "password")
    now = current_context().clock()
    current_session()[_HALF_WAY] = [account.id, now.timestamp(), account.fs_uniquifier]
    return redirect(url_for("security.second_factor", next=own_path(request.values.get("next"))), 303)


def second_factor() -> AnyResponse:
    """After the password: a code of the app, or a security key."""
    account = _half_way()
    if account is None:
        return redirect(url_for("security.sign_in"), 303)
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
        return signed_in_with(account, "code")
    if outcome is GuessOutcome.TOO_MANY:
        return _second_factor_page(account, {"code": TOO_MANY}, 429)
    return _second_factor_page(account, {"code": WRONG_CODE})


def recovery_code() -> AnyResponse:
    """After the password, instead of the second factor: one of the codes that were written down."""
    account = _half_way()
    if account is None:
        return redirect(url_for("security.sign_in"), 303)
    if request.method == "GET":
        return _page("security/recovery_code.html")
    hash = current_credentials().hash_of_recovery_code(request.form.get("code", ""))

    def is_right() -> bool:
        with writing(current_context().engine) as connection:
            return take_recovery_code(connection, account, hash)

    outcome = current_lockouts().guess(SignInStep.CODE, account.email, account, is_right)
    if outcome is GuessOutcome.RIGHT:
        return signed_in_with(account, "recovery-code")
    words = TOO_MANY if outcome is GuessOutcome.TOO_MANY else WRONG_RECOVERY_CODE
    return _page(
        "security/recovery_code.html",
        429 if outcome is GuessOutcome.TOO_MANY else 422,
        mistakes={"code": words},
    )


def passkey() -> AnyResponse:
    """A passkey alone: the device knows its owner, so it is both factors."""
    return _sign_in_with_passkey(None)


def sign_out() -> AnyResponse:
    session, parts = current_session(), current_context()
    if session.staff is not None:
        with writing(parts.engine) as connection:
            audit_log.record(connection, Audited.SIGNED_OUT, staff=session.staff, at=parts.clock())
    session.end()
    return redirect(url_for("security.sign_in"), 303)


def signed_in_with(account: Account, how: str) -> AnyResponse:
    """Begin the session of somebody who has proved who they are, and go on to where they wanted."""
    parts, lockouts = current_context(), current_lockouts()
    now = parts.clock()
    with writing(parts.engine) as connection:
        audit_log.record(connection, Audited.SIGNED_IN, staff=account.id, at=now, how=how)
    lockouts.attempts.forget(now)
    current_session().begin(account.id, now)
    response = make_response(redirect(own_path(request.values.get("next")), 303))
    lockouts.trust(response, account)
    return response


def _sign_in_with_passkey(half_way: Account | None) -> AnyResponse:
    """`half_way`: the password was right, so that the key need not know its owner."""
    parts = current_context()
    now = parts.clock()
    try:
        with deciding(parts.engine) as connection:
            account = passkeys.shown(
                connection,
                request.form.get("credential", ""),
                now,
                staff=half_way.id if half_way else None,
                alone=half_way is None,
            )
    except passkeys.NotRight:
        current_lockouts().tell_wrong_passkey(half_way)
        if half_way:
            return _second_factor_page(half_way, {"passkey": WRONG_PASSKEY})
        return _sign_in_page({"passkey": WRONG_PASSKEY})
    return signed_in_with(account, "security-key" if half_way else "passkey")


def _half_way() -> Account | None:
    """Whose password was right, not long ago, in this session."""
    id, at, uniquifier = current_session().get(_HALF_WAY, (0, 0, ""))
    if current_context().clock().timestamp() - at > _HALF_WAY_SECONDS:
        return None
    with reading(current_context().engine) as connection:
        account = find(connection, id=id)
    return account if account and account.active and account.fs_uniquifier == uniquifier else None


def _has_second_factor(account: Account) -> bool:
    with reading(current_context().engine) as connection:
        return bool(account.app_secret or passkeys.passkeys_of(connection, account.id))


def _sign_in_page(mistakes: dict[str, str] | None = None, status: int = 422) -> Response:
    return _page(
        "security/sign_in.html",
        status,
        mistakes=mistakes,
        email=request.form.get("email", ""),
        options=passkeys.to_sign_in() if passkeys.work_here() else "",
    )


def _second_factor_page(
    account: Account, mistakes: dict[str, str] | None = None, status: int = 422
) -> Response:
    with reading(current_context().engine) as connection:
        keys = passkeys.passkeys_of(connection, account.id)
    return _page(
        "security/second_factor.html",
        status,
        mistakes=mistakes,
        has_app=bool(account.app_secret),
        has_keys=bool(keys),
        options=passkeys.to_sign_in(keys, alone=False) if keys and passkeys.work_here() else "",
    )


def _page(
    template: str, status: int = 200, *, mistakes: dict[str, str] | None = None, **values: Any
) -> Response:
    text = render_template(
        template,
        mistakes=mistakes or {},
        next=own_path(request.values.get("next")),
        console_url=current_context().settings.console_url,
        **values,
    )
    return make_response(text, status if mistakes else 200)
