"""Who is asking, and whether they may: before every request, by the table of permissions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, make_response, redirect, request, url_for
from sqlalchemy import bindparam, exists, or_, select
from werkzeug.wrappers import Response as AnyResponse

from resident_app.console.context import current_context
from resident_app.console.permissions import (
    ENDPOINTS,
    ENROLLMENT,
    PAGES,
    REAUTHENTICATED,
    AccessLevel,
    NavigationItem,
)
from resident_app.database import reading
from resident_app.web.accounts.safe_redirect import own_path
from resident_app.web.accounts.sessions import current_session
from resident_app.web.accounts.staff_tables import PasskeyRow, Role, StaffRow

LOCKED = "console-locked"
"""What a page's script hears when the session is locked or over: it covers the page; what was typed stays."""

_ASK_WHO = "ask_who"


_STAFF = select(
    StaffRow.__table__,
    or_(
        StaffRow.tf_totp_secret.is_not(None),
        exists().where(PasskeyRow.user_id == StaffRow.id).correlate(StaffRow),
    ).label("has_second_factor"),
).where(StaffRow.id == bindparam("staff"), StaffRow.active)


@dataclass(frozen=True)
class SignedInStaff:
    """Who is signed in."""

    id: int
    name: str
    email: str
    role: Role
    languages: tuple[str, ...]
    phone: str
    has_second_factor: bool

    def may(self, needs: AccessLevel) -> bool:
        return AccessLevel[self.role.name] >= needs


def install(app: Flask, ask_who: Callable[[], AnyResponse]) -> None:
    """Put the guard before every request, and tell templates who is asking.

    `ask_who` answers with the page that asks a person to prove again who they are.
    """
    app.extensions[_ASK_WHO] = ask_who
    app.before_request(enforce)

    def for_this_request() -> dict[str, Any]:
        staff = g.get("staff")
        pages = _pages_for(app, staff) if staff and staff.has_second_factor else []
        return {"staff": staff, "pages": pages}

    app.context_processor(for_this_request)


def current_staff() -> SignedInStaff:
    """Who is signed in, in a view that needs somebody to be."""
    staff: SignedInStaff = g.staff
    return staff


def enforce() -> AnyResponse | None:
    """What stands against this request, if anything does."""
    endpoint = request.endpoint
    if endpoint is None:
        return None
    needs = ENDPOINTS.get(endpoint)
    if needs is None:
        abort(403)
    if needs is AccessLevel.NOTHING:
        return None
    session, now = current_session(), current_context().clock()
    staff = signed_in()
    if staff is None:
        return _to_sign_in()
    if session.is_locked(now):
        return _locked()
    if not is_background():
        session.seen_at = now
    g.staff = staff
    if not staff.has_second_factor and endpoint not in ENROLLMENT:
        return redirect(url_for("security.set_up_factor"), 303)
    if not staff.may(needs):
        abort(403)
    if endpoint in REAUTHENTICATED and not session.is_fresh(now):
        return _confirm()
    return None


def signed_in() -> SignedInStaff | None:
    """Whose session it is, locked or not; None: nobody's, or the account was closed."""
    session = current_session()
    if session.staff is None:
        return None
    with reading(current_context().engine) as connection:
        row = connection.execute(_STAFF, {"staff": session.staff}).one_or_none()
    if row is None:
        return None
    return SignedInStaff(
        id=row.id,
        name=row.name,
        email=row.email,
        role=Role(row.role),
        languages=tuple(row.languages.split(",")) if row.languages else (),
        phone=row.phone,
        has_second_factor=row.has_second_factor,
    )


def is_background() -> bool:
    """A page that asks by itself: that is no sign of anybody being there."""
    return request.headers.get("X-Background") == "true"


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def _to_sign_in() -> AnyResponse:
    if is_htmx() or is_background():
        return _not_now("HX-Trigger", LOCKED)
    asked = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"
    return redirect(url_for("security.sign_in", next=asked if asked != "/" else None), 303)


def _locked() -> AnyResponse:
    """The page that asks who is there, with all that was sent."""
    if is_htmx() or is_background():
        return _not_now("HX-Trigger", LOCKED)
    return _ask_who()


def _confirm() -> AnyResponse:
    """The same before something grave; a request that a page's script made leads there and back."""
    if not is_htmx():
        return _ask_who()
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = own_path(f"{shown.path}?{shown.query}" if shown.query else shown.path)
    return _not_now("HX-Redirect", url_for("security.unlock", grave="yes", next=back))


def _ask_who() -> AnyResponse:
    response: AnyResponse = current_app.extensions[_ASK_WHO]()
    return response


def _not_now(header: str, value: str) -> Response:
    response = make_response("", 401)
    response.headers[header] = value
    return response


def _pages_for(app: Flask, staff: SignedInStaff) -> list[NavigationItem]:
    """The navigation: what there is and this role may reach."""
    return [
        page
        for page in PAGES
        if page.endpoint in app.view_functions and staff.may(ENDPOINTS.get(page.endpoint, AccessLevel.ADMIN))
    ]
