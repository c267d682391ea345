"""Errors become pages of the application: the status decides which, and nothing that was sent is repeated."""

from collections.abc import Callable

from flask import Flask, Response, make_response, request
from gunicorn.http.errors import NoMoreData, ParseException
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from resident_app.security import event_log
from resident_app.security.capacity import Overloaded

ErrorPage = Callable[[int], Response]
"""Renders the application's page for an HTTP status, 400 to 599."""


# What the server raises when the body turns out to be malformed while the application reads it.
_MALFORMED = (ParseException, NoMoreData)


def is_malformed_request(error: Exception) -> bool:
    """Return whether an error says that the request's body is not valid HTTP."""
    return isinstance(error, _MALFORMED)


def install(app: Flask, error_page: ErrorPage) -> None:
    """Answer every error with `error_page`. An error that is not HTTP's is logged first."""

    def answer_http_error(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return make_response(error.get_response())
        response = error_page(status)
        allow = error.get_response().headers.get("Allow")
        if status == 405 and allow:
            response.headers["Allow"] = allow
        return response

    def answer_failure(error: Exception) -> Response:
        if isinstance(error, Overloaded):
            return error_page(503)
        if is_malformed_request(error):
            event_log.refused_request(error)
            return error_page(400)
        event_log.failed(request.endpoint or "no endpoint", error)
        return error_page(503 if isinstance(error, OperationalError | PoolTimeout) else 500)

    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, answer_failure)
