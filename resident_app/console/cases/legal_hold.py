"""Legal hold: a lead puts a request under it, or ends it."""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases import legal_holds
from resident_app.casework.cases.actions import ActionRefused
from resident_app.console.cases.actor import current_actor, describe_refusal
from resident_app.console.context import current_context
from resident_app.database import writing

blueprint = Blueprint("legal_hold", __name__)


@blueprint.post("/requests/<int:number>/hold")
def hold(number: int) -> AnyResponse:
    """Put a request under legal hold."""
    context, reason = current_context(), request.form.get("reason", "")
    try:
        with writing(context.engine) as connection:
            legal_holds.hold(
                connection,
                context.keys.current(),
                number,
                reason,
                current_actor(request.form.get("form_token")),
            )
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    return redirect(url_for("request.show", number=number), 303)


@blueprint.post("/requests/<int:number>/release")
def release(number: int) -> AnyResponse:
    """End a legal hold. If its sender had erased the request meanwhile, it is removed now."""
    context, reason = current_context(), request.form.get("reason", "")
    is_erased = False
    try:
        with writing(context.engine) as connection:
            is_erased = legal_holds.release(
                connection,
                context.keys.current(),
                number,
                reason,
                current_actor(request.form.get("form_token")),
            )
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    if is_erased:
        flash(f"The hold ended. The person had asked to erase request {number}: it is erased now.", "done")
        return redirect(url_for("queue.show"), 303)
    return redirect(url_for("request.show", number=number), 303)
