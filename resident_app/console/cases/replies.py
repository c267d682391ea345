"""Replies that match no request: read them, attach them to a request, or remove them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.search_query import digits_of, folded
from resident_app.casework.cases.timeline import OpenedCase, open_case
from resident_app.casework.messages import placement
from resident_app.casework.messages.detachment import detach_from_request
from resident_app.casework.messages.placement import StoredInbound
from resident_app.console.cases.actor import current_reader
from resident_app.console.context import current_context
from resident_app.database import writing
from resident_app.intake.inbound_messages import InboundMessage
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


@blueprint.post("/replies/<int:number>/compare")
def compare(number: int) -> AnyResponse | str:
    """Show a message beside the request that was entered, before it is attached."""
    context = current_context()
    keys = context.keys.current()
    named = context.request_index.named(request.form.get("request", ""))
    with writing(context.engine) as connection:
        reader = current_reader(connection)
        row = _unplaced(connection, number)
        wanted = named.read(reader)
        found = open_case(connection, keys, wanted) if wanted is not None else None
        case = found.read(reader) if found is not None else None
        message = placement.open_reply(row, keys).read(reader) if case is not None else None
    if case is None or message is None:
        flash("No request has this number or reference.", "error")
        return redirect(url_for("replies.show"), 303)
    return render_template(
        "attach.html", reply=row, message=message, case=case, warnings=_warnings(message, case)
    )


@blueprint.post("/replies/<int:number>/attach/<int:wanted>")
def attach(number: int, wanted: int) -> AnyResponse:
    """Attach a message to a request. Its page can undo that."""
    context = current_context()
    keys = context.keys.current()
    with writing(context.engine) as connection:
        row = _unplaced(connection, number)
        message = placement.open_reply(row, keys).read(current_reader(connection))
        if message is None or not placement.attach_to_request(
            connection, keys, row, message, wanted, actor_id=current_staff().id
        ):
            flash("It could not be attached: somebody did so before, or the request is gone.", "error")
            return redirect(url_for("replies.show"), 303)
        _record(connection, wanted, "placed")
    flash(f"The message is attached to request {wanted}. You can move it back in the timeline below.", "done")
    return redirect(url_for("request.show", number=wanted), 303)


@blueprint.post("/requests/<int:number>/detach/<int:entry>")
def detach(number: int, entry: int) -> AnyResponse:
    """Move a message that a colleague attached to the wrong request back to the replies."""
    context = current_context()
    with writing(context.engine) as connection:
        if not detach_from_request(connection, context.keys.current(), number, entry):
            flash("It could not be moved back: somebody did so before, or there is a legal hold.", "error")
            return redirect(url_for("request.show", number=number), 303)
        _record(connection, number, "detached")
    flash(f"The message is no part of request {number} any more. It waits here.", "done")
    return redirect(url_for("replies.show"), 303)


@blueprint.post("/replies/<int:number>/remove")
def remove(number: int) -> AnyResponse:
    """Remove a message that belongs to no request."""
    with writing(current_context().engine) as connection:
        placement.remove_inbound(connection, _unplaced(connection, number))
        _record(connection, 0, "dropped")
    flash("The reply is removed.", "done")
    return redirect(url_for("replies.show"), 303)


def _warnings(message: InboundMessage, case: OpenedCase) -> list[str]:
    """Return what speaks against attaching a message to a request."""
    sender, asked = message.sender, case.request
    if not sender:
        return ["This message has no sender. Nothing shows that this person wrote it."]
    if asked is None or not (asked.phone or asked.email):
        return [f"Request {case.row.id} has no number or address to compare it with."]
    is_theirs = (
        folded(sender) == folded(asked.email)
        if "@" in sender
        else digits_of(sender) == digits_of(folded(asked.phone))
    )
    if is_theirs:
        return []
    what = "address" if "@" in sender else "number"
    return [f"The sender’s {what} is not the {what} of request {case.row.id}."]


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
