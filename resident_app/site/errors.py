"""Error pages: in the reader's language, with what to do next, and never a word of what was sent."""

from flask import Flask, Response, g, make_response, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from resident_app.i18n import choose_language, negotiate
from resident_app.languages import Language
from resident_app.public_context import current_context
from resident_app.security import event_log
from resident_app.site.rendering import ask_again_later, page

# Pages for what a person can come across; anything else is told as one of these.
_TOLD = (403, 404, 405, 410, 413, 429, 503)


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _told)
    app.register_error_handler(Exception, _broken)


def _told(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    response = _page(status)
    if status == 405 and error.get_response().headers.get("Allow"):
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _broken(error: Exception) -> Response:
    event_log.failed(request.endpoint or "no endpoint", error)
    if isinstance(error, OperationalError | PoolTimeout):
        return _page(ServiceUnavailable.code)
    return _page(InternalServerError.code)


def _page(status: int) -> Response:
    g.is_error_page = True
    if "language" not in g:
        choose_language(_language_of_path())
    told = status if status in _TOLD else (404 if status < 500 else 500)
    response = make_response(page("error.html", told=told), status)
    return response if status != ServiceUnavailable.code else ask_again_later(response)


def _language_of_path() -> Language:
    known = current_context().languages
    code = request.path.split("/")[1]
    if code in known and known[code].site:
        return known[code]
    return negotiate(request.headers.get("Accept-Language", ""), known)
