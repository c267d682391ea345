"""Questions and answers, on one page: each has an anchor."""

from flask import Response, abort, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from resident_app.site.blueprint import site
from resident_app.site.rendering import cached_page

# Each has a template of its own. An anchor may stay in a browser's history, so it names nothing alarming.
SLUGS = (
    "your-record",
    "agencies",
    "court-orders",
    "before",
    "since",
    "not-covered",
    "review",
    "other-agencies",
    "portal",
    "collected",
    "help",
    "more",
)


@site.get("/<lang>/questions")
def questions() -> Response:
    return cached_page("questions.html", slugs=SLUGS)


@site.get("/<lang>/questions/<slug>")
def question(slug: str) -> BaseResponse:
    """Redirect the address that a question once had to its anchor."""
    if slug not in SLUGS:
        abort(404)
    return redirect(url_for("site.questions", _anchor=slug), 301)
