"""The console's error page: what happened and what to do next, without anything that was sent."""

from flask import Response, make_response, render_template

RETRY_AFTER_SECONDS = 15

_WORDS = {
    400: (
        "This could not be read",
        "The page may have been open too long. Load it again and send it again.",
    ),
    403: ("You cannot open this page", "Your role does not include it. An admin can change your role."),
    404: ("There is no such page", "The address may be mistyped, or what it showed may be gone."),
    405: ("This cannot be done this way", "Go back to the page and use its buttons."),
    413: (
        "This is too large",
        "Go back, write less or choose fewer or smaller files, and send it again.",
    ),
    422: ("This cannot be done", "Something that was sent is missing or not right. Go back and try again."),
    429: ("Too many attempts", "Wait for some time, then try again."),
    500: ("Something broke on our side", "Nothing was changed by this request. Try again, or tell an admin."),
    503: ("The console is busy", "Wait a moment, then try again."),
}


def error_page(status: int) -> Response:
    """Render the page for an HTTP status."""
    title, advice = _WORDS.get(status) or _WORDS[422 if status < 500 else 500]
    response = make_response(render_template("error.html", heading=title, advice=advice), status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
