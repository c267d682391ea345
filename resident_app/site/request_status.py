"""What the holder of a reference may do with a help request: see its status, add a note, erase it."""

from flask import Response, make_response, request

from resident_app.i18n import lazy_gettext as _l
from resident_app.intake.help_desk import Erasing
from resident_app.public_context import current_context
from resident_app.security.capacity import Overloaded
from resident_app.security.rate_limits import RateLimited
from resident_app.site.blueprint import site
from resident_app.site.forms import mistakes, new_form_token
from resident_app.site.reference_form import ContactCorrectionForm, NoteForm, ReferenceForm
from resident_app.site.rendering import form_page, is_language_change, page, request_source

# NOTE: Error beside the field for the reference number.
UNKNOWN = _l("We did not find a request with this number.")

_STATUS = "request_status/status.html"
_FORM = "request_status/form.html"
_NOTE = "request_status/add_note.html"
_CONTACT = "request_status/contact.html"
_ERASE = "request_status/erase.html"


@site.get("/<lang>/help/status")
def request_status_form() -> str:
    return page(_FORM, typed={}, mistakes={}, problem=None)


@site.post("/<lang>/help/status")
def request_status() -> Response:
    """Show the request's status, with the forms that add a note and erase the request."""
    if is_language_change() and "note" in request.form:
        return _status_again()
    form = ReferenceForm(request.form)
    if is_language_change():
        return _form_again(_FORM, form, 200)
    if not form.validate():
        return _form_again(_FORM, form, 422)
    try:
        found = current_context().help_desk.request_status(form.parsed_reference, request_source())
    except (RateLimited, Overloaded) as error:
        return _form_again(_FORM, form, _http_status(error))
    values = {"found": found, "reference": form.parsed_reference, "typed": {"form_token": new_form_token()}}
    return make_response(page(_STATUS, **values))


def _status_again() -> Response:
    """Look up again in another language, and keep the note that was being written."""
    form, shown = NoteForm(request.form), ReferenceForm(request.form)
    if not shown.validate():
        return _form_again(_NOTE, form, 200)
    try:
        found = current_context().help_desk.request_status(shown.parsed_reference, request_source())
    except (RateLimited, Overloaded) as error:
        return _form_again(_NOTE, form, _http_status(error))
    return form_page(_STATUS, form.data, {}, 200, found=found, reference=shown.parsed_reference)


@site.get("/<lang>/help/add")
def note_form() -> str:
    return page(_NOTE, typed={"form_token": new_form_token()}, mistakes={}, problem=None)


@site.post("/<lang>/help/add")
def add_note() -> Response:
    form = NoteForm(request.form)
    if is_language_change():
        return _form_again(_NOTE, form, 200)
    if not form.validate():
        return _form_again(_NOTE, form, 422)
    words = form.note.data.strip()
    try:
        added = current_context().help_desk.add(form.parsed_reference, words, form.token, request_source())
    except (RateLimited, Overloaded) as error:
        return _form_again(_NOTE, form, _http_status(error))
    if not added:
        return form_page(_NOTE, form.data, {"reference": UNKNOWN}, 422)
    return make_response(page("request_status/note_added.html"))


@site.get("/<lang>/help/contact")
def contact_form() -> str:
    typed = {"form_token": new_form_token()}
    return page(_CONTACT, typed=typed, mistakes={}, problem=None, suggested="")


@site.post("/<lang>/help/contact")
def change_contact() -> Response:
    """Take other contact details for a request. The page never shows those that it has."""
    form = ContactCorrectionForm(request.form)
    if is_language_change():
        return _form_again(_CONTACT, form, 200)
    if not form.validate():
        return form_page(_CONTACT, form.data, mistakes(form), 422, suggested=form.suggested)
    try:
        changed = current_context().help_desk.change_contact(
            form.parsed_reference, form.contact, form.token, request_source()
        )
    except (RateLimited, Overloaded) as error:
        return _form_again(_CONTACT, form, _http_status(error))
    if not changed:
        return form_page(_CONTACT, form.data, {"reference": UNKNOWN}, 422)
    return make_response(page("request_status/contact_changed.html", contact=form.contact))


@site.get("/<lang>/help/erase")
def erase_form() -> str:
    return page(_ERASE, typed={}, mistakes={}, problem=None)


@site.post("/<lang>/help/erase")
def erase_request() -> Response:
    """Erase a request after asking once more. Only then is it looked up."""
    form = ReferenceForm(request.form)
    if is_language_change():
        return _form_again(_ERASE, form, 200)
    if not form.validate():
        return _form_again(_ERASE, form, 422)
    if request.form.get("confirmed") != "yes":
        return make_response(page("request_status/confirm_erasure.html", reference=form.parsed_reference))
    try:
        erasing = current_context().help_desk.erase(form.parsed_reference, request_source())
    except (RateLimited, Overloaded) as error:
        return _form_again(_ERASE, form, _http_status(error))
    if erasing is Erasing.UNKNOWN:
        return make_response(page(_STATUS, found=None))
    erased = erasing is Erasing.ERASED
    return make_response(page("request_status/erased.html" if erased else "request_status/legal_hold.html"))


def _http_status(error: RateLimited | Overloaded) -> int:
    return 429 if isinstance(error, RateLimited) else 503


def _form_again(template: str, form: ReferenceForm, status: int) -> Response:
    return form_page(template, form.data, mistakes(form) if status == 422 else {}, status)
