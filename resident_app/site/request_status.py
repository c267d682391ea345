"""What whoever has a request's reference may do: ask how it stands, add to it, erase it."""

from flask import Blueprint, Response, make_response, request

from resident_app.i18n import lazy_gettext as _l
from resident_app.intake.help_desk import Erasing
from resident_app.public_context import current_context
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import RateLimited
from resident_app.site.forms import NoteForm, StatusForm, mistakes, new_form_token
from resident_app.site.rendering import form_page, network, only_language_changes, page

# NOTE: Phone. How a request stands. Page. Error beside the field for the reference number.
UNKNOWN = _l("We did not find a request with this number.")


def add_to(site: Blueprint) -> None:
    site.add_url_rule("/<lang>/help/status", "status", show_status_form, methods=["GET"])
    site.add_url_rule("/<lang>/help/status", "request_status", request_status, methods=["POST"])
    site.add_url_rule("/<lang>/help/add", "add_note", show_note_form, methods=["GET"])
    site.add_url_rule("/<lang>/help/add", "send_note", send_note, methods=["POST"])
    site.add_url_rule("/<lang>/help/erase", "erase", show_erase_form, methods=["GET"])
    site.add_url_rule("/<lang>/help/erase", "erase_request", erase_request, methods=["POST"])


def show_status_form() -> str:
    return page("status.html", typed={}, mistakes={}, trouble=None)


def request_status() -> Response:
    """How the request stands, and the forms with which its sender adds to it or erases it."""
    form = StatusForm(request.form)
    if only_language_changes():
        return _again("status.html", form, 200)
    if not form.validate():
        return _again("status.html", form, 422)
    try:
        standing = current_context().help_desk.standing(form.right, network())
    except (RateLimited, Overloaded) as refused:
        return _again("status.html", form, _status(refused))
    return make_response(
        page("standing.html", standing=standing, reference=form.right, form_token=new_form_token())
    )


def show_note_form() -> str:
    return page("add.html", typed={"form_token": new_form_token()}, mistakes={}, trouble=None)


def send_note() -> Response:
    form = NoteForm(request.form)
    if only_language_changes():
        return _again("add.html", form, 200)
    if not form.validate():
        return _again("add.html", form, 422)
    words, token = form.note.data.strip(), form.token
    try:
        added = current_context().help_desk.add(form.right, words, token, network())
    except (RateLimited, Overloaded) as refused:
        return _again("add.html", form, _status(refused))
    if not added:
        return form_page("add.html", form.data, {"reference": UNKNOWN}, 422)
    return make_response(page("added.html"))


def show_erase_form() -> str:
    return page("erase.html", typed={}, mistakes={}, trouble=None)


def erase_request() -> Response:
    """Asks once more before it erases. Whether there is such a request is not looked up until then."""
    form = StatusForm(request.form)
    if only_language_changes():
        return _again("erase.html", form, 200)
    if not form.validate():
        return _again("erase.html", form, 422)
    if request.form.get("confirmed") != "yes":
        return make_response(page("confirm.html", reference=form.right))
    try:
        erasing = current_context().help_desk.erase(form.right, network())
    except (RateLimited, Overloaded) as refused:
        return _again("erase.html", form, _status(refused))
    if erasing is Erasing.UNKNOWN:
        return make_response(page("standing.html", standing=None))
    return make_response(page("erased.html" if erasing is Erasing.ERASED else "kept.html"))


def _status(refused: RateLimited | Overloaded) -> int:
    return 429 if isinstance(refused, RateLimited) else 503


def _again(template: str, form: StatusForm, status: int) -> Response:
    return form_page(template, form.data, mistakes(form) if status == 422 else {}, status)
