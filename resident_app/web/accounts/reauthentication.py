"""Reauthentication: after 15 idle minutes, and before a sensitive action (sudo mode)."""

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import validate_csrf
from werkzeug.wrappers import Response as AnyResponse
from wtforms import ValidationError

from resident_app.database import deciding, reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import passkeys
from resident_app.web.accounts.account_store import Account, find
from resident_app.web.accounts.context import current_accounts
from resident_app.web.accounts.credentials import current_credentials
from resident_app.web.accounts.current_staff import signed_in_staff
from resident_app.web.accounts.lockouts import GuessOutcome, SignInStep, current_lockouts
from resident_app.web.accounts.passkeys import StoredPasskey
from resident_app.web.accounts.safe_redirect import own_path
from resident_app.web.accounts.sessions import current_session

PREFIX = "reauthentication-"
"""Begins the names of this page's own fields, beside the fields of the form that was being sent."""

WRONG = "This is not right. Try again."
_CSRF = "csrf_token"

blueprint = Blueprint("reauthentication", __name__, template_folder="templates")


def reauthentication_page() -> AnyResponse:
    """Return the page that asks again, in place of the requested one. It carries the form that was sent."""
    if request.method == "POST":
        try:
            # Otherwise another site's form could be sent on as this person's.
            validate_csrf(request.form.get(_CSRF))
        except ValidationError:
            abort(400)
    permission = current_accounts().permissions.get(request.endpoint or "")
    return _page(
        request.full_path.rstrip("?"),
        posts=request.method == "POST",
        sensitive=permission is not None and permission.reauthenticate,
        status=401,
    )


@blueprint.route("/unlock", methods=["GET", "POST"])
def reauthenticate() -> AnyResponse:
    """Check the password or passkey, and go on to the page that was requested."""
    session, now = current_session(), current_accounts().clock()
    if signed_in_staff() is None or session.account_id is None:
        return redirect(url_for("sign_in.sign_in"), 303)
    sensitive = "yes" in (request.form.get(f"{PREFIX}sensitive"), request.args.get("sensitive"))
    itself = url_for("reauthentication.reauthenticate")
    wanted = own_path(request.values.get(f"{PREFIX}next") or request.args.get("next") or itself)
    if request.method == "GET":
        if session.is_locked(now) or (sensitive and not session.is_fresh(now)):
            return _page(wanted, posts=False, sensitive=sensitive, status=200)
        # Opened in a tab of its own, from the page that was covered.
        done = render_template("accounts/reauthenticated.html")
        return make_response(done) if wanted == itself else redirect(wanted, 303)
    posts = request.form.get(f"{PREFIX}posts") == "yes"
    outcome = _check(session.account_id, sensitive)
    if outcome is GuessOutcome.LOCKED_OUT:
        session.end()
        return redirect(url_for("sign_in.sign_in"), 303)
    if outcome is GuessOutcome.WRONG:
        mistakes = {f"{PREFIX}password": WRONG}
        return _page(wanted, posts=posts, sensitive=sensitive, status=422, mistakes=mistakes)
    # 307: the browser sends the same fields again, to the page they were for.
    return redirect(wanted, 307 if posts else 303)


def _check(account_id: int, sensitive: bool) -> GuessOutcome:
    context, session = current_accounts(), current_session()
    now = context.clock()
    with reading(context.engine) as connection:
        account = find(connection, id=account_id)
        keys = passkeys.passkeys_of(connection, account) if account else []
    if account is None:
        return GuessOutcome.WRONG
    by_passkey = bool(request.form.get(f"{PREFIX}credential"))
    outcome = current_lockouts().guess(
        SignInStep.REAUTHENTICATION,
        account.email,
        account,
        lambda: _is_right_passkey(account) if by_passkey else _is_right_password(account, keys, sensitive),
    )
    if outcome is GuessOutcome.RIGHT:
        if sensitive or by_passkey:
            session.mark_fresh(now)
        session.seen_at = now
        with writing(context.engine) as connection:
            how = "passkey" if by_passkey else "password-and-code" if sensitive else "password"
            audit_log.record(connection, Audited.UNLOCKED, actor_id=account_id, at=now, how=how)
    return outcome


def _is_right_passkey(account: Account) -> bool:
    context = current_accounts()
    try:
        with deciding(context.engine) as connection:
            passkeys.verify(
                connection, request.form[f"{PREFIX}credential"], context.clock(), account_id=account.id
            )
    except passkeys.InvalidPasskey:
        return False
    return True


def _is_right_password(account: Account, keys: list[StoredPasskey], sensitive: bool) -> bool:
    """Check the password, and before a sensitive action the app's code too."""
    credentials = current_credentials()
    if not credentials.is_right(request.form.get(f"{PREFIX}password", ""), account):
        return False
    if not sensitive:
        return True
    if account.app_secret:
        return credentials.is_right_code(request.form.get(f"{PREFIX}code", ""), account)
    # During enrollment the account has no second factor yet. With a passkey, the passkey is required.
    return not keys


def _page(
    wanted: str, *, posts: bool, sensitive: bool, status: int, mistakes: dict[str, str] | None = None
) -> Response:
    staff = signed_in_staff()
    if staff is None:
        return make_response(redirect(url_for("sign_in.sign_in"), 303))
    with reading(current_accounts().engine) as connection:
        account = find(connection, id=staff.id)
        keys = passkeys.passkeys_of(connection, account) if account else []
    if account is None:
        return make_response(redirect(url_for("sign_in.sign_in"), 303))
    text = render_template(
        "accounts/reauthenticate.html",
        wanted=wanted,
        posts=posts,
        sensitive=sensitive,
        mistakes=mistakes or {},
        carried=_carried() if posts else [],
        who=staff.name or staff.email,
        email=staff.email,
        prefix=PREFIX,
        asks_password=not (sensitive and keys and not account.app_secret),
        asks_code=bool(sensitive and account.app_secret),
        has_keys=bool(keys),
        options=passkeys.sign_in_options(keys) if keys and passkeys.can_be_used_here() else "",
        base_url=current_accounts().base_url,
    )
    return make_response(text, status)


def _carried() -> list[tuple[str, str]]:
    """Return the fields of the form that was being sent, without this page's own."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not name.startswith(PREFIX) and name != _CSRF
    ]
