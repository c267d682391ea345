"""Quick exit, after GOV.UK's "Exit this page": the address of its button, and the page that explains it."""

from flask import Response, make_response

from resident_app.public_context import current_context
from resident_app.site.blueprint import site
from resident_app.site.rendering import cached_page


@site.get("/<lang>/leave")
def about_quick_exit() -> Response:
    return cached_page("quick_exit.html")


@site.get("/<lang>/exit")
def quick_exit() -> Response:
    """Redirect to an everyday site. Over https the browser deletes what it stored, but not its history.

    A GET, because `form-action 'self'` would stop a form that ends on another site.
    """
    response = make_response("", 302)
    response.headers["Location"] = str(current_context().configuration.office.exit_to)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
