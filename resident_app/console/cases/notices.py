"""A person's notices, and whether an e-mail says that there is one."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.notices import staff_notices
from resident_app.casework.notices.notice_addresses import NoticeAddress, store_address, stored_address
from resident_app.console.context import ConsoleContext, current_context
from resident_app.database import reading, writing
from resident_app.web.accounts.current_staff import SignedInStaff, current_staff
from resident_app.web.accounts.directory import staff_directory

PATH = "/notices"
_STORES = ("home.show", "notices.show")
blueprint = Blueprint("notices", __name__)


@blueprint.get(PATH)
def show() -> str:
    """Show the person's notices, the unread first."""
    context, staff = current_context(), current_staff()
    with reading(context.engine) as connection:
        notices = staff_notices.notices_of(connection, staff.id)
    return render_template("notices.html", notices=notices, people=staff_directory(context.engine))


@blueprint.post(f"{PATH}/read")
def mark_read() -> AnyResponse:
    """Mark every notice as read."""
    context = current_context()
    with writing(context.engine) as connection:
        staff_notices.mark_read(connection, current_staff().id, context.clock())
    return redirect(url_for("notices.show"), 303)


@blueprint.post(f"{PATH}/email")
def set_email() -> AnyResponse:
    """Choose whether an e-mail says that there is a notice."""
    context, staff = current_context(), current_staff()
    wants = request.form.get("wants_email") == "yes"
    with writing(context.engine) as connection:
        store_address(connection, staff.id, _own_address(context, staff, wants), context.clock())
    flash("Saved.", "done")
    return redirect(url_for("account.show"), 303)


def keep_own_address() -> None:
    """Store where the person who is signed in gets e-mail about notices, if that is new.

    Only the page that follows signing in looks, and the notices' own.
    """
    staff: SignedInStaff | None = g.get("staff")
    if staff is None or request.endpoint not in _STORES:
        return
    context = current_context()
    with reading(context.engine) as connection:
        stored = stored_address(connection, staff.id)
    own = _own_address(context, staff, stored.wants_email if stored else True)
    if own != stored:
        with writing(context.engine) as connection:
            store_address(connection, staff.id, own, context.clock())


def wants_email() -> bool:
    """Return whether the person who is signed in gets e-mail about notices."""
    with reading(current_context().engine) as connection:
        stored = stored_address(connection, current_staff().id)
    return stored is None or stored.wants_email


def waiting_counts() -> dict[str, int]:
    """Return how many notices are unread, and how many requests wait because their sender wrote."""
    with reading(current_context().engine) as connection:
        return {
            "notices": staff_notices.unread_count(connection, current_staff().id),
            "wrote": staff_notices.wrote_count(connection),
        }


def _own_address(context: ConsoleContext, staff: SignedInStaff, wants: bool) -> NoticeAddress:
    return NoticeAddress(staff.email, context.settings.console_url + PATH, wants)
