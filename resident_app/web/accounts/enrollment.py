"""Enrollment: a single-use link leads to a password, and from there to a second factor."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts import passkeys
from resident_app.web.accounts.account_store import find, find_by_link, use_link
from resident_app.web.accounts.context import current_accounts
from resident_app.web.accounts.credentials import current_credentials
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.lockouts import current_lockouts
from resident_app.web.accounts.passwords import password_problem
from resident_app.web.accounts.sessions import current_session
from resident_app.web.accounts.staff_tables import AskedFor

NO_CODE = "Enter the link that you were given, or the code after its sign #."
NOT_THE_SAME = "The two passwords are not the same."

blueprint = Blueprint("enrollment", __name__, template_folder="templates")


def enrollment_link(base_url: str, token: str) -> str:
    """Return a set-up link's full address. The token is in the fragment, which a browser never sends."""
    return f"{base_url}/set-up#{token}"


@blueprint.route("/set-up", methods=["GET", "POST"])
def enroll() -> AnyResponse:
    """Take the code of a set-up link, then choose a password. Only a valid password uses the link up."""
    if request.method == "GET":
        return make_response(render_template("accounts/set_up_code.html", mistakes={}))
    context = current_accounts()
    now = context.clock()
    # A person without a script may paste the whole link.
    token = request.form.get("code", "").rpartition("#")[2].strip()
    if not token:
        page = render_template("accounts/set_up_code.html", mistakes={"code": NO_CODE})
        return make_response(page, 422)
    with reading(context.engine) as connection:
        account = find_by_link(connection, token, now)
    if account is None:
        return _link_expired()
    if account.asked_for is AskedFor.LINK:
        return make_response(render_template("accounts/link_waits.html"), 403)
    asks = "password" not in request.form
    mistakes = {} if asks else password_mistakes(account.email)
    if asks or mistakes:
        page = render_template("accounts/enroll.html", account=account, code=token, mistakes=mistakes)
        return make_response(page, 422 if mistakes else 200)
    password = current_credentials().hash(request.form["password"])
    with writing(context.engine) as connection:
        id = use_link(connection, token, password, request.form.get("name", ""), now)
        if id is not None:
            audit_log.record(connection, Audited.ACCOUNT_CHANGED, actor_id=id, at=now, what="set-up")
            audit_log.record(connection, Audited.SIGNED_IN, actor_id=id, at=now, how="link")
            account = find(connection, id=id)
    if id is None or account is None:
        return _link_expired()
    current_session().begin(id, now)
    response = make_response(redirect(url_for("enrollment.choose_second_factor"), 303))
    current_lockouts().remember_device(response, account)
    return response


@blueprint.get("/set-up-sign-in")
def choose_second_factor() -> AnyResponse:
    """Choose a passkey or an authenticator app."""
    if current_staff().has_second_factor:
        return redirect(url_for("account.show"), 303)
    return make_response(
        render_template(
            "accounts/choose_second_factor.html",
            passkeys_work=passkeys.can_be_used_here(),
            base_url=current_accounts().base_url,
        )
    )


def password_mistakes(email: str) -> dict[str, str]:
    """Return what is wrong with the new password in this request's form, by field."""
    password = request.form.get("password", "")
    problem = password_problem(password, email)
    if problem:
        return {"password": problem}
    return {} if password == request.form.get("again", "") else {"again": NOT_THE_SAME}


def _link_expired() -> AnyResponse:
    return make_response(render_template("accounts/link_expired.html"), 404)
