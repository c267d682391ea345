"""Error pages of the console: what to do next, and never a word of what was sent."""

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from resident_app.security import event_log
from resident_app.security.capacity import Overloaded

RETRY_AFTER_SECONDS = 15

_TOLD = {
    400: (
        "This could not be read",
        "The page may have been open too long. Load it again and send it again.",
    ),
    403: ("You cannot open this page", "Your role does not include it. An admin can change your role."),
    404: ("There is no such page", "The address may be mistyped, or what it showed may be gone."),
    405: ("This cannot be done this way", "Go back to the page and use its buttons."),
    413: ("This is too long", "Go back, make the text shorter, and send it again."),
    422: ("This cannot be done", "Something that was sent is missing or not right. Go back and try again."),
    429: ("Too many attempts", "Wait for some time, then try again."),
    500: ("Something broke on our side", "Nothing was changed by this request. Try again, or tell an admin."),
    503: ("The console is busy", "Wait a moment, then try again."),
}


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _told)
    app.register_error_handler(CSRFError, lambda _error: _page(400))
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
    if isinstance(error, Overloaded):
        return _page(503)
    event_log.failed(request.endpoint or "no endpoint", error)
    return _page(503 if isinstance(error, OperationalError | PoolTimeout) else 500)


def _page(status: int) -> Response:
    title, advice = _TOLD.get(status) or _TOLD[422 if status < 500 else 500]
    response = make_response(render_template("error.html", heading=title, advice=advice), status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
