"""Replies that match no request: read them, attach them to a request, or remove them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.messages import placement
from resident_app.casework.messages.placement import StoredInbound
from resident_app.console.cases.actor import current_reader
from resident_app.console.context import current_context
from resident_app.database import writing
from resident_app.intake.message_tables import InboundRow, InboundState
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts.current_staff import current_staff

blueprint = Blueprint("replies", __name__)


@blueprint.get("/replies")
def show() -> str:
    """Show the replies that match no request."""
    context = current_context()
    keys = context.keys.current()
    with writing(context.engine) as connection:
        rows = placement.in_state(connection, InboundState.UNPLACED)
        reader = current_reader(connection)
        replies = [(row, placement.open_reply(row, keys).read(reader)) for row in rows]
    return render_template("replies.html", replies=replies)


@blueprint.post("/replies/<int:number>/attach")
def attach(number: int) -> AnyResponse:
    """Attach a message to the request with the number or reference that was entered."""
    context = current_context()
    named = context.request_index.named(request.form.get("request", ""))
    with writing(context.engine) as connection:
        reader = current_reader(connection)
        row = _unplaced(connection, number)
        wanted = named.read(reader)
        if wanted is None:
            flash("No request has this number or reference.", "error")
            return redirect(url_for("replies.show"), 303)
        message = placement.open_reply(row, context.keys.current()).read(reader)
        if message is None or not placement.attach_to_request(
            connection, context.keys.current(), row, message, wanted
        ):
            flash("It could not be attached: somebody did so before, or the request is gone.", "error")
            return redirect(url_for("replies.show"), 303)
        _record(connection, wanted, "placed")
    flash(f"The reply is attached to request {wanted}.", "done")
    return redirect(url_for("request.show", number=wanted), 303)


@blueprint.post("/replies/<int:number>/remove")
def remove(number: int) -> AnyResponse:
    """Remove a message that belongs to no request."""
    with writing(current_context().engine) as connection:
        placement.remove_inbound(connection, _unplaced(connection, number))
        _record(connection, 0, "dropped")
    flash("The reply is removed.", "done")
    return redirect(url_for("replies.show"), 303)


def _unplaced(connection: Connection, number: int) -> StoredInbound:
    found = placement.stored_inbound(
        connection, InboundRow.id == number, InboundRow.state == InboundState.UNPLACED
    )
    return found[0] if found else abort(404)


def _record(connection: Connection, wanted: int, what: str) -> None:
    audit_log.record(
        connection,
        Audited.REPLY_PLACED,
        actor_id=current_staff().id,
        at=current_context().clock(),
        request=wanted,
        what=what,
    )
