"""Erase a request, as its sender asked on the phone. Only a lead does it."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.timeline import find_row
from resident_app.console.context import current_context
from resident_app.database import reading, writing
from resident_app.intake.erasure import erase_request
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts.current_staff import current_staff

blueprint = Blueprint("erase_request", __name__)


@blueprint.get("/requests/<int:number>/erase")
def confirm(number: int) -> str:
    """Ask once more before the request is erased."""
    with reading(current_context().engine) as connection:
        row = find_row(connection, number)
        merged = connection.execute(
            select(func.count()).select_from(HelpRequestRow).where(HelpRequestRow.merged_into == number)
        ).scalar_one()
    if row is None or row.state == RequestState.ERASED:
        abort(404)
    return render_template("erase_request.html", row=row, merged=merged)


@blueprint.post("/requests/<int:number>/erase")
def erase(number: int) -> AnyResponse:
    """Erase a request whose sender asked the office to. Under legal hold it is kept and marked."""
    context = current_context()
    with writing(context.engine, durable=True) as connection:
        row = find_row(connection, number)
        if row is None or row.state == RequestState.ERASED:
            abort(404)
        is_erased = erase_request(connection, number, context.clock())
        audit_log.record(
            connection,
            Audited.REQUEST_CHANGED,
            actor_id=current_staff().id,
            at=context.clock(),
            request=number,
            what="erased" if is_erased else "erase-wanted",
        )
    if is_erased:
        flash(f"Request {number} is erased.", "done")
        return redirect(url_for("queue.show"), 303)
    flash(f"Request {number} is under legal hold: it is kept, and nobody may contact the person.", "done")
    return redirect(url_for("request.show", number=number), 303)
