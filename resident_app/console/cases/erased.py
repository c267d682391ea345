"""An erased request: the page says that it was erased and by whom, and not that it never was."""

from typing import NoReturn

from flask import Flask, Response, make_response, render_template
from sqlalchemy import Connection
from werkzeug.exceptions import NotFound

from resident_app.casework.retention.erased_request import PastErasure, erased_request
from resident_app.console.context import current_context
from resident_app.console.rendering import format_moment
from resident_app.intake.erasure_tables import RemovalReason
from resident_app.web.accounts.directory import staff_directory


class RequestErased(NotFound):
    """What was asked for is of an erased request."""

    def __init__(self, number: int, erased: PastErasure):
        super().__init__()
        self.number = number
        self.erased = erased


def refuse_missing(connection: Connection, number: int) -> NoReturn:
    """Answer that there is no such request, or that it was erased."""
    erased = erased_request(connection, number)
    raise RequestErased(number, erased) if erased else NotFound


def describe_missing(connection: Connection, number: int) -> str:
    """Return what to tell an officer who typed the number of a request that is not there."""
    erased = erased_request(connection, number)
    return _heading(number, erased) if erased else f"There is no request {number}."


def install(app: Flask) -> None:
    """Give erased requests a page of their own."""
    app.register_error_handler(RequestErased, _page)


def _page(error: RequestErased) -> Response:
    context, erased = current_context(), error.erased
    when = format_moment(erased.at, context.configuration.calendar.zone)
    advice = f"{when}. Nothing of it is left, and nobody can get it back."
    text = render_template("error.html", heading=_heading(error.number, erased), advice=advice)
    return make_response(text, 404)


def _heading(number: int, erased: PastErasure) -> str:
    if erased.why is RemovalReason.RETENTION:
        return f"Request {number} was removed: the time for which it is kept was over"
    if erased.staff is None:
        return f"Request {number} was erased by its sender"
    found = staff_directory(current_context().engine).get(erased.staff)
    return f"Request {number} was erased by {found.name if found else 'the office'}"
