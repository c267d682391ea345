"""Help requests on the site: leave one and get a reference; ask how one stands."""

import secrets

from flask import Blueprint, Response, make_response, request

from resident_app import languages
from resident_app.outreach.help_desk import TooMany
from resident_app.safeguards.capacity import Busy
from resident_app.safeguards.source import Source, from_address
from resident_app.services import current_services
from resident_app.site.forms import HelpForm, StatusForm, mistakes
from resident_app.site.rendering import page


def add_to(site: Blueprint) -> None:
    site.add_url_rule("/<lang>/help", "help", show_help_form, methods=["GET"])
    site.add_url_rule("/<lang>/help", "leave_request", leave_request, methods=["POST"])
    site.add_url_rule("/<lang>/help/status", "status", show_status_form, methods=["GET"])
    site.add_url_rule("/<lang>/help/status", "request_status", request_status, methods=["POST"])


def show_help_form() -> str:
    """The blank form, with a token by which its second sending is known."""
    blank = {
        "form_token": secrets.token_urlsafe(16),
        "spoken": languages.current().code,
        "written": languages.current().code,
    }
    return page("help.html", typed=blank, mistakes={}, trouble=None)


def leave_request() -> Response:
    """The reference, once the request is stored; else the form with everything that was typed."""
    services = current_services()
    form = HelpForm(request.form)
    if not form.validate():
        return _help_again(form, 422)
    wanted = form.request(languages.current().code, list(services.languages), services.configuration.codes)
    try:
        reference = services.help_desk.leave(wanted, (form.form_token.data or "")[:100], _source())
    except TooMany:
        return _help_again(form, 429)
    except Busy:
        return _help_again(form, 503)
    return make_response(page("received.html", reference=reference, request=wanted))


def show_status_form() -> str:
    return page("status.html", typed={}, mistakes={}, trouble=None)


def request_status() -> Response:
    form = StatusForm(request.form)
    if not form.validate():
        return _status_again(form, 422)
    assert form.parsed
    try:
        state = current_services().help_desk.state(form.parsed, _source())
    except TooMany:
        return _status_again(form, 429)
    except Busy:
        return _status_again(form, 503)
    return make_response(page("standing.html", state=state))


def _source() -> Source:
    return from_address(request.remote_addr or "")


def _help_again(form: HelpForm, status: int) -> Response:
    found = mistakes(form) if status == 422 else {}
    return _again(page("help.html", typed=form.data, mistakes=found, trouble=_trouble(status)), status)


def _status_again(form: StatusForm, status: int) -> Response:
    found = mistakes(form) if status == 422 else {}
    return _again(page("status.html", typed=form.data, mistakes=found, trouble=_trouble(status)), status)


def _trouble(status: int) -> str | None:
    return {429: "too-many", 503: "busy"}.get(status)


def _again(text: str, status: int) -> Response:
    response = make_response(text, status)
    if status == 503:
        seconds = current_services().configuration.limits.capacity.retry_after_seconds
        response.headers["Retry-After"] = str(seconds)
    return response
