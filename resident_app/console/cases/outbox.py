"""Messages that have not gone out: why they wait or failed, and trying them again."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.messages import outbox
from resident_app.console.context import current_context
from resident_app.console.failures import working_parts
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.message_tables import DeliveryError, OutgoingState
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory

blueprint = Blueprint("outbox", __name__)


@blueprint.get("/outbox")
def show() -> str:
    """Show what waits and what failed."""
    with reading(current_context().engine) as connection:
        waiting = outbox.waiting(connection)
        failed = outbox.failed(connection)
        counts = outbox.counts(connection)
    failures = [count for count in counts if count.state is OutgoingState.FAILED]
    failed_number = sum(count.number for count in failures)
    return render_template(
        "outbox.html",
        waiting=waiting,
        failed=failed,
        failures=failures,
        waits=sum(count.number for count in counts) - failed_number,
        fails=failed_number,
        parts=working_parts(),
        people=staff_directory(current_context().engine),
    )


@blueprint.post("/outbox/<int:number>/retry")
def retry(number: int) -> AnyResponse:
    """Try one failed message again."""
    context = current_context()
    with writing(context.engine) as connection:
        is_retried = outbox.retry(
            connection, context.keys.current(), number, current_staff().id, context.clock()
        )
    if not is_retried:
        abort(404)
    flash("It will be tried again.", "done")
    return redirect(url_for("outbox.show"), 303)


@blueprint.post("/outbox/retry")
def retry_all() -> AnyResponse:
    """Try again every message of a channel that failed with one error, listed on the page or not."""
    context = current_context()
    try:
        channel, error = Channel(request.form["channel"]), DeliveryError(request.form["error"])
    except ValueError:
        abort(400)
    with writing(context.engine) as connection:
        found = outbox.failed(connection, channel, error, most=None)
        keys, staff = context.keys.current(), current_staff().id
        retried = sum(outbox.retry(connection, keys, message.id, staff, context.clock()) for message in found)
    flash(f"{retried} will be tried again.", "done")
    return redirect(url_for("outbox.show"), 303)


@blueprint.post("/outbox/<int:number>/cancel")
def cancel(number: int) -> AnyResponse:
    """Cancel one message. The page of the request that offered it comes back, or the outbox."""
    context = current_context()
    with writing(context.engine) as connection:
        is_cancelled = outbox.cancel(connection, number, current_staff().id, context.clock())
    words = "It will not be sent." if is_cancelled else "It is being sent at this moment, or was sent."
    flash(words, "done")
    about = request.form.get("request", "")
    if about.isascii() and about.isdigit():
        return redirect(url_for("request.show", number=int(about)), 303)
    return redirect(url_for("outbox.show"), 303)
