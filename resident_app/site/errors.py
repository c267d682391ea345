"""The site's error page: in the reader's language, with what to do next, without anything that was sent."""

from flask import Response, g, make_response, request

from resident_app.i18n import choose_language, match_tag, negotiate
from resident_app.languages import Language
from resident_app.public_context import current_context
from resident_app.site.rendering import page, with_retry_after

# The statuses that have words of their own. Any other one is explained as 404 or 500.
_EXPLAINED = (403, 404, 405, 410, 413, 429, 503)


def error_page(status: int) -> Response:
    """Render the page for an HTTP status."""
    g.is_error_page = True
    if "language" not in g:
        choose_language(_language_of_path())
    explained = status if status in _EXPLAINED else (404 if status < 500 else 500)
    response = make_response(page("error.html", status=explained), status)
    return with_retry_after(response) if status == 503 else response


def _language_of_path() -> Language:
    known = current_context().languages
    code = request.path.split("/")[1]
    if code in known and known[code].site:
        return known[code]
    return match_tag(code, known) or negotiate(request.headers.get("Accept-Language", ""), known)
