"""What has not gone out: what waits and why, what failed and why, and trying it again."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.messages import outbox
from resident_app.casework.messages.outbox import DeliveryError
from resident_app.console.context import current_context
from resident_app.database import reading, writing
from resident_app.intake.message_tables import OutgoingState
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.web.accounts.current_staff import current_staff
from resident_app.web.accounts.directory import staff_directory

TROUBLES = {
    DeliveryError.NOT_SET_UP: "This cannot be sent yet: no phone company or mail server is set up.",
    DeliveryError.UNREACHABLE: "The phone company or the mail server cannot be reached.",
    DeliveryError.TOO_BUSY: "The phone company or the mail server is too busy.",
    DeliveryError.NOT_LET_IN: "The phone company or the mail server does not accept our password.",
    DeliveryError.UNCERTAIN: "It was handed over, and nobody said whether it was taken.",
    DeliveryError.WANTS_NONE: "This number answered STOP: it wants no texts.",
    DeliveryError.NOT_A_NUMBER: "This number cannot get texts.",
    DeliveryError.NO_SUCH_ADDRESS: "There is no such email address.",
    DeliveryError.REFUSED: "The phone company or the mail server refused it.",
    DeliveryError.RETURNED: "The email came back: it could not be delivered.",
    DeliveryError.CANNOT_OPEN: "It does not open with the office’s keys.",
}
_WORDS = {trouble.value: words for trouble, words in TROUBLES.items()}


blueprint = Blueprint("outbox", __name__)


@blueprint.get("/outbox")
def show() -> str:
    with reading(current_context().engine) as connection:
        waiting = outbox.waiting(connection)
        failed = outbox.failed(connection)
        counts = outbox.counts(connection)
    return render_template(
        "outbox.html",
        waiting=waiting,
        failed=failed,
        failures=[count for count in counts if count.state == OutgoingState.FAILED.value],
        waits=sum(count.number for count in counts if count.state != OutgoingState.FAILED.value),
        fails=sum(count.number for count in counts if count.state == OutgoingState.FAILED.value),
        troubles=_WORDS,
        people=staff_directory(current_context().engine),
    )


@blueprint.post("/outbox/<int:number>/retry")
def retry(number: int) -> AnyResponse:
    """Try one message again, under its own key: who took it before does not send it twice."""
    context = current_context()
    with writing(context.engine) as connection:
        if not outbox.retry(connection, number, context.clock()):
            abort(404)
        _tell(connection, 1, number)
    flash("It will be tried again.", "done")
    return redirect(url_for("outbox.show"), 303)


@blueprint.post("/outbox/retry")
def retry_all() -> AnyResponse:
    """Try everything again that failed in one way, on every page."""
    context, channel, trouble = (
        current_context(),
        request.form.get("channel", ""),
        request.form.get("trouble", ""),
    )
    with writing(context.engine) as connection:
        found = outbox.failed(connection, channel, trouble, most=None)
        for message in found:
            outbox.retry(connection, message.id, context.clock())
        _tell(connection, len(found), 0)
    flash(f"{len(found)} will be tried again.", "done")
    return redirect(url_for("outbox.show"), 303)


@blueprint.post("/outbox/<int:number>/cancel")
def cancel(number: int) -> AnyResponse:
    """Give a message up."""
    context = current_context()
    with writing(context.engine) as connection:
        done = outbox.cancel(connection, number, context.clock())
        if done:
            audit_log.record(
                connection,
                Audited.MESSAGE_RETRIED,
                staff=current_staff().id,
                at=context.clock(),
                message=number,
                what="cancelled",
            )
    flash("It will not be sent." if done else "It is being sent at this moment, or was sent.", "done")
    return redirect(url_for("outbox.show"), 303)


def _tell(connection: Connection, count: int, number: int) -> None:
    audit_log.record(
        connection,
        Audited.MESSAGE_RETRIED,
        staff=current_staff().id,
        at=current_context().clock(),
        message=number,
        count=count,
    )
