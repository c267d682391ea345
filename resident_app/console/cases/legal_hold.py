"""What a lead decides about keeping one request: legal hold, and erasing as its sender wishes."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases import legal_holds
from resident_app.casework.cases.actions import ActionRefused
from resident_app.casework.cases.timeline import row_of
from resident_app.console.cases.actor import current_actor, describe_refusal
from resident_app.console.context import current_context
from resident_app.database import reading, writing
from resident_app.intake.erasure import erase_group
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts.access_control import current_staff


def create_keeping() -> Blueprint:
    keeping = Blueprint("keeping", __name__)
    keeping.add_url_rule("/requests/<int:number>/hold", "hold", hold, methods=["POST"])
    keeping.add_url_rule("/requests/<int:number>/release", "release", release, methods=["POST"])
    keeping.add_url_rule("/requests/<int:number>/erase", "confirm", confirm)
    keeping.add_url_rule("/requests/<int:number>/erase", "erase", erase, methods=["POST"])
    return keeping


def hold(number: int) -> AnyResponse:
    """Put a request under legal hold."""
    parts, reason = current_context(), request.form.get("reason", "")
    try:
        with writing(parts.engine) as connection:
            legal_holds.hold(
                connection,
                parts.keys.current(),
                number,
                reason,
                current_actor(request.form.get("form_token")),
            )
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    return redirect(url_for("request.show", number=number), 303)


def release(number: int) -> AnyResponse:
    """End the hold. What its sender had wanted erased goes now."""
    parts, reason = current_context(), request.form.get("reason", "")
    gone = False
    try:
        with writing(parts.engine) as connection:
            gone = legal_holds.release(
                connection,
                parts.keys.current(),
                number,
                reason,
                current_actor(request.form.get("form_token")),
            )
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    if gone:
        flash(f"The hold ended. Its sender had wanted request {number} erased: it is gone.", "done")
        return redirect(url_for("queue.show"), 303)
    return redirect(url_for("request.show", number=number), 303)


def confirm(number: int) -> str:
    """Asks once more before a request is erased."""
    with reading(current_context().engine) as connection:
        row = row_of(connection, number)
        merged = connection.execute(
            select(func.count()).select_from(HelpRequestRow).where(HelpRequestRow.merged_into == number)
        ).scalar_one()
    if row is None or row.state == RequestState.ERASED.value:
        abort(404)
    return render_template("erase_request.html", row=row, merged=merged)


def erase(number: int) -> AnyResponse:
    """Erase a request whose sender asked for it on the phone."""
    parts = current_context()
    with writing(parts.engine, durable=True) as connection:
        row = row_of(connection, number)
        if row is None or row.state == RequestState.ERASED.value:
            abort(404)
        gone = erase_group(connection, number, parts.clock())
        audit_log.record(
            connection,
            Audited.REQUEST_CHANGED,
            staff=current_staff().id,
            at=parts.clock(),
            request=number,
            what="erased" if gone else "erase-wanted",
        )
    if gone:
        flash(f"Request {number} is erased.", "done")
        return redirect(url_for("queue.show"), 303)
    flash(f"Request {number} is under legal hold: it is kept, and nobody may contact the person.", "done")
    return redirect(url_for("request.show", number=number), 303)
