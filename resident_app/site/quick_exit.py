"""Leaving fast, after GOV.UK's "exit this page": the control's address, and the page that explains it."""

from flask import Blueprint, Response, make_response

from resident_app.public_context import current_context
from resident_app.site.rendering import kept_page


def add_to(site: Blueprint) -> None:
    site.add_url_rule("/<lang>/leave", "leave", show_leave)
    site.add_url_rule("/<lang>/exit", "exit", leave_now)


def show_leave() -> Response:
    return make_response(kept_page("leave.html"))


def leave_now() -> Response:
    """To an everyday site. Over https the browser forgets what it kept of ours, but not its history.

    A GET, because `form-action 'self'` would stop a form that ends on another site.
    """
    response = make_response("", 302)
    response.headers["Location"] = str(current_context().configuration.office.exit_to)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
