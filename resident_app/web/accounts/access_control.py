"""The guard before every request: what the application's permissions allow, and to whom."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.web.accounts.context import current_accounts
from resident_app.web.accounts.current_staff import SignedInStaff, signed_in_staff
from resident_app.web.accounts.permissions import AccessLevel, Permission
from resident_app.web.accounts.reauthentication import reauthentication_page
from resident_app.web.accounts.safe_redirect import own_path
from resident_app.web.accounts.sessions import current_session

LOCKED_EVENT = "session-locked"
"""The event that covers a page whose session is locked or over. What a person typed there stays."""


def install(app: Flask) -> None:
    """Put the guard before every request, and give templates `staff` and `navigation`."""
    app.before_request(enforce_permissions)
    app.context_processor(_template_variables)


def enforce_permissions() -> AnyResponse | None:
    """Return the response that stops this request, or None if the person may go on.

    An endpoint without a row in the permissions is closed to everyone (403).
    """
    endpoint = request.endpoint
    if endpoint is None:
        return None
    permission = current_accounts().permissions.get(endpoint)
    if permission is None:
        abort(403)
    if permission.access is AccessLevel.ANYONE:
        return None
    session, now = current_session(), current_accounts().clock()
    staff = signed_in_staff()
    if staff is None:
        return _to_sign_in()
    if session.is_locked(now):
        return _session_locked() if _is_script() else reauthentication_page()
    if not _is_background():
        session.seen_at = now
    g.staff = staff
    if not staff.has_second_factor and not permission.enrollment:
        return redirect(url_for("enrollment.choose_second_factor"), 303)
    if not staff.may(permission.access):
        abort(403)
    if permission.reauthenticate and not session.is_fresh(now):
        return _to_reauthentication() if _is_htmx() else reauthentication_page()
    return None


def _template_variables() -> dict[str, SignedInStaff | list[Permission] | None]:
    staff: SignedInStaff | None = g.get("staff")
    return {"staff": staff, "navigation": _navigation(staff) if staff and staff.has_second_factor else []}


def _navigation(staff: SignedInStaff) -> list[Permission]:
    """Return the pages of the navigation that this role may open."""
    rows = current_accounts().permissions.values()
    return [row for row in rows if row.navigation and staff.may(row.access)]


def _is_background() -> bool:
    """Return whether a page sent this request by itself. That does not show that a person is there."""
    return request.headers.get("X-Background") == "true"


def _is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def _is_script() -> bool:
    return _is_htmx() or _is_background()


def _to_sign_in() -> AnyResponse:
    if _is_script():
        return _session_locked()
    asked = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"
    return redirect(url_for("sign_in.sign_in", next=asked if asked != "/" else None), 303)


def _session_locked() -> Response:
    """Tell the page's script to cover the page."""
    return _unauthorized("HX-Trigger", LOCKED_EVENT)


def _to_reauthentication() -> Response:
    """Send the browser to the reauthentication page, and from there back to the page it shows now."""
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = own_path(f"{shown.path}?{shown.query}" if shown.query else shown.path)
    return _unauthorized(
        "HX-Redirect", url_for("reauthentication.reauthenticate", sensitive="yes", next=back)
    )


def _unauthorized(header: str, value: str) -> Response:
    response = make_response("", 401)
    response.headers[header] = value
    return response
