"""Asking again who is there: after an idle while, and before something grave; then what was sent goes on."""

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import validate_csrf
from werkzeug.wrappers import Response as AnyResponse
from wtforms import ValidationError

from resident_app.console.context import current_context
from resident_app.console.permissions import REAUTHENTICATED
from resident_app.database import deciding, reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import passkeys
from resident_app.web.accounts.access_control import signed_in
from resident_app.web.accounts.account_store import Account, find
from resident_app.web.accounts.credentials import current_credentials
from resident_app.web.accounts.lockouts import GuessOutcome, SignInStep, current_lockouts
from resident_app.web.accounts.passkeys import StoredPasskey
from resident_app.web.accounts.safe_redirect import own_path
from resident_app.web.accounts.sessions import current_session

OURS = "unlock-"
"""How the names of our own fields begin, among those of what was being sent."""

WRONG = "This is not right. Try again."
_CSRF = "csrf_token"


def ask_who() -> AnyResponse:
    """The page that asks, in place of the one that was wanted; it carries what was being sent."""
    if request.method == "POST":
        try:
            # Else another site's words could be sent on as this person's.
            validate_csrf(request.form.get(_CSRF))
        except ValidationError:
            abort(400)
    return _page(
        request.full_path.rstrip("?"),
        posts=request.method == "POST",
        grave=request.endpoint in REAUTHENTICATED,
        status=401,
    )


def unlock() -> AnyResponse:
    """Prove it is still you."""
    session, now = current_session(), current_context().clock()
    if signed_in() is None or session.staff is None:
        return redirect(url_for("security.sign_in"), 303)
    grave = "yes" in (request.form.get(f"{OURS}grave"), request.args.get("grave"))
    itself = url_for("security.unlock")
    wanted = own_path(request.values.get(f"{OURS}next") or request.args.get("next") or itself)
    if request.method == "GET":
        if session.is_locked(now) or (grave and not session.is_fresh(now)):
            return _page(wanted, posts=False, grave=grave, status=200)
        # Opened in a tab of its own, beside the page that was locked.
        return make_response(_unlocked()) if wanted == itself else redirect(wanted, 303)
    posts = request.form.get(f"{OURS}posts") == "yes"
    outcome = _prove(session.staff, grave)
    if outcome is GuessOutcome.TOO_MANY:
        session.end()
        return redirect(url_for("security.sign_in"), 303)
    if outcome is GuessOutcome.WRONG:
        return _page(wanted, posts=posts, grave=grave, status=422, mistakes={"unlock-password": WRONG})
    # 307: the browser sends the same fields once more, to where they were going.
    return redirect(wanted, 307 if posts else 303)


def _prove(staff: int, grave: bool) -> GuessOutcome:
    parts, session = current_context(), current_session()
    now = parts.clock()
    with reading(parts.engine) as connection:
        account = find(connection, id=staff)
        keys = passkeys.passkeys_of(connection, staff)
    if account is None:
        return GuessOutcome.WRONG
    by_passkey = bool(request.form.get(f"{OURS}credential"))
    outcome = current_lockouts().guess(
        SignInStep.UNLOCK, account.email, account, lambda: _is_right(account, keys, grave, by_passkey)
    )
    if outcome is GuessOutcome.RIGHT:
        if grave or by_passkey:
            session.prove(now)
        session.seen_at = now
        with writing(parts.engine) as connection:
            how = "passkey" if by_passkey else "password-and-code" if grave else "password"
            audit_log.record(connection, Audited.UNLOCKED, staff=staff, at=now, how=how)
    return outcome


def _is_right(account: Account, keys: list[StoredPasskey], grave: bool, by_passkey: bool) -> bool:
    """A passkey, or the password; before something grave the app's code with it."""
    credentials = current_credentials()
    if by_passkey:
        try:
            with deciding(current_context().engine) as connection:
                passkeys.shown(
                    connection,
                    request.form[f"{OURS}credential"],
                    current_context().clock(),
                    staff=account.id,
                )
        except passkeys.NotRight:
            return False
        return True
    if not credentials.is_right(request.form.get(f"{OURS}password", ""), account):
        return False
    if not grave:
        return True
    if account.app_secret:
        return credentials.is_right_code(request.form.get(f"{OURS}code", ""), account)
    # Only who has no second factor yet, and is about to get one, needs none.
    return not keys


def _page(
    wanted: str, *, posts: bool, grave: bool, status: int, mistakes: dict[str, str] | None = None
) -> Response:
    staff = signed_in()
    if staff is None:
        return make_response(redirect(url_for("security.sign_in"), 303))
    with reading(current_context().engine) as connection:
        account = find(connection, id=staff.id)
        keys = passkeys.passkeys_of(connection, staff.id)
    assert account is not None
    text = render_template(
        "security/unlock.html",
        wanted=wanted,
        posts=posts,
        grave=grave,
        mistakes=mistakes or {},
        carried=_carried() if posts else [],
        who=staff.name or staff.email,
        email=staff.email,
        asks_password=not (grave and keys and not account.app_secret),
        asks_code=bool(grave and account.app_secret),
        has_keys=bool(keys),
        options=passkeys.to_sign_in(keys) if keys and passkeys.work_here() else "",
        console_url=current_context().settings.console_url,
    )
    return make_response(text, status)


def _unlocked() -> str:
    return render_template("security/unlocked.html")


def _carried() -> list[tuple[str, str]]:
    """The fields of what was being sent, but for our own."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not name.startswith(OURS) and name != _CSRF
    ]
