"""Setting an account up: by a link that is good once to a password, and from there to a second factor."""

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.console.context import current_context
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import passkeys
from resident_app.web.accounts.access_control import current_staff
from resident_app.web.accounts.account_store import find, find_by_link, use_link
from resident_app.web.accounts.credentials import current_credentials
from resident_app.web.accounts.lockouts import current_lockouts
from resident_app.web.accounts.passwords import refusal
from resident_app.web.accounts.sessions import current_session

NOT_THE_SAME = "The two passwords are not the same."


def set_up(token: str) -> AnyResponse:
    """Choose a password. The link is used up when one is taken, not when it is opened."""
    parts = current_context()
    now = parts.clock()
    with reading(parts.engine) as connection:
        account = find_by_link(connection, token, now)
    if account is None:
        return make_response(render_template("security/link_over.html"), 404)
    if request.method == "GET":
        return make_response(render_template("security/set_up.html", account=account, mistakes={}))
    mistakes = password_mistakes(account.email)
    if mistakes:
        page = render_template("security/set_up.html", account=account, mistakes=mistakes)
        return make_response(page, 422)
    password = current_credentials().hash(request.form["password"])
    with writing(parts.engine) as connection:
        staff = use_link(connection, token, password, request.form.get("name", ""), now)
        if staff is not None:
            audit_log.record(connection, Audited.ACCOUNT_CHANGED, staff=staff, at=now, what="set-up")
            audit_log.record(connection, Audited.SIGNED_IN, staff=staff, at=now, how="link")
            account = find(connection, id=staff)
    if staff is None or account is None:
        return make_response(render_template("security/link_over.html"), 404)
    current_session().begin(staff, now)
    response = make_response(redirect(url_for("security.set_up_factor"), 303))
    current_lockouts().trust(response, account)
    return response


def set_up_factor() -> AnyResponse:
    """Choose what to prove oneself with besides the password."""
    if current_staff().has_second_factor:
        return redirect(url_for("account.show"), 303)
    return make_response(
        render_template(
            "security/set_up_factor.html",
            passkeys_work=passkeys.work_here(),
            console_url=current_context().settings.console_url,
        )
    )


def password_mistakes(email: str) -> dict[str, str]:
    """What is wrong with the new password in this request's form."""
    password = request.form.get("password", "")
    why = refusal(password, email)
    if why:
        return {"password": why}
    return {} if password == request.form.get("again", "") else {"again": NOT_THE_SAME}
