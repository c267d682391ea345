"""Mark a request: tags from the office's list, and priority with a reason."""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.actions import ActionRefused, ReasonRequired
from resident_app.console.cases.actor import current_actor, describe_refusal
from resident_app.console.context import current_context

_LONGEST_REASON = 400

blueprint = Blueprint("tags", __name__)


@blueprint.post("/requests/<int:number>/tags")
def change(number: int) -> AnyResponse:
    """Give the request the chosen tags. A tag that is not in the list is ignored."""
    context = current_context()
    names = {code: tag.name for code, tag in context.configuration.casework.tags.items()}
    try:
        context.casework.set_tags(
            number, names, request.form.getlist("tags"), current_actor(request.form.get("form_token"))
        )
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash("The tags are saved.", "done")
    return _back_to(number)


@blueprint.post("/requests/<int:number>/priority")
def prioritize(number: int) -> AnyResponse:
    """Put the request before others, or no longer. The reason is sealed in the timeline."""
    has_priority = request.form.get("priority") == "on"
    reason = request.form.get("reason", "").strip()[:_LONGEST_REASON]
    try:
        current_context().casework.set_priority(
            number, has_priority, reason, current_actor(request.form.get("form_token"))
        )
    except ReasonRequired:
        flash("Say why in a few words.", "error")
    except ActionRefused as refused:
        flash(describe_refusal(refused), "error")
    else:
        flash("It comes before others now." if has_priority else "It waits with the others again.", "done")
    return _back_to(number)


def _back_to(number: int) -> AnyResponse:
    return redirect(url_for("request.show", number=number), 303)
