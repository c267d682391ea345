"""Take a request down, for a walk-in, a caller or from a paper form, and give out its reference."""

from dataclasses import replace

from flask import Blueprint, Flask, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from resident_app.casework.cases.actions import ActionRefused
from resident_app.casework.cases.taken_down import PapersRefused, take_down
from resident_app.console.cases.actor import current_actor
from resident_app.console.cases.new_request_form import NO_CONTACT, NewRequestForm, empty_form, read_form
from resident_app.console.cases.reference_slip import reference_slip
from resident_app.console.context import ConsoleContext, current_context
from resident_app.intake.attachments import IncomingFile
from resident_app.intake.request_storage import Erased, NoReferenceLeft
from resident_app.web.accounts.current_staff import current_staff

blueprint = Blueprint("new_request", __name__)

_FIELDS_BYTES = 1024 * 1024
"""What the form may have besides its files."""


@blueprint.get("/requests/new")
def show() -> str:
    """Show the empty form."""
    return _page(empty_form(current_context()))


@blueprint.post("/requests/new")
def create() -> AnyResponse:
    """Store the request, and show its reference and a slip to give to the person."""
    context = current_context()
    form = read_form(request.form, _papers(), context)
    if form.taken is None:
        return make_response(_page(form), 422)
    actor = current_actor(form.form_token)
    try:
        stored = take_down(
            context.engine,
            context.keys.current(),
            form.taken,
            actor,
            context.configuration.limits.attachments,
        )
    except PapersRefused as refused:
        reasons = " ".join(str(reason).strip("[]") for reason in refused.args)
        mistakes = {"papers": f"{reasons} Nothing was saved yet. Choose the files again."}
        return make_response(_page(replace(form, mistakes=mistakes)), 422)
    except NoReferenceLeft:
        mistakes = {"came_by": "No reference number is free. Nothing was saved. Tell an admin."}
        return make_response(_page(replace(form, mistakes=mistakes)), 503)
    except Erased:
        flash("The person has erased this request since. It was not saved again.", "error")
        return redirect(url_for("new_request.show"), 303)
    if form.typed["assign"] == "yes":
        try:
            context.casework.assign(stored.number, current_staff().id, current_actor(form.form_token, "own"))
        except ActionRefused:
            flash("It is saved, and is not assigned to you.", "error")
    slip = reference_slip(form.taken, stored.reference, context)
    return make_response(render_template("reference_slip.html", number=stored.number, slip=slip))


def allow_larger_forms(app: Flask, context: ConsoleContext) -> None:
    """Let the form with papers be larger than others. Call it before anything that reads a body."""
    most = context.configuration.limits.attachments.message_bytes + _FIELDS_BYTES

    def allow() -> None:
        if request.endpoint == "new_request.create":
            request.max_content_length = most

    app.before_request(allow)


def _papers() -> list[IncomingFile]:
    """Return the files that were chosen. A browser sends an empty one without a name if none was."""
    sent = request.files.getlist("papers")
    return [IncomingFile(one.filename, one.stream.read()) for one in sent if one.filename]


def _page(form: NewRequestForm) -> str:
    context = current_context()
    return render_template(
        "new_request.html",
        form=form,
        typed=form.typed,
        mistakes=form.mistakes,
        no_contact=NO_CONTACT,
        limits=context.configuration.limits.attachments,
        today=context.today(),
    )
