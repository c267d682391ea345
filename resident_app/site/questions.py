"""Questions and answers: all on one page, and each at its own address."""

from flask import Response, abort

from resident_app.site.blueprint import site
from resident_app.site.rendering import cached_page

# Each has a template of its own. An address may stay in a browser's history, so it names nothing alarming.
SLUGS = (
    "agencies",
    "court-orders",
    "review",
    "portal",
    "collected",
    "before",
    "since",
    "your-record",
    "not-covered",
    "help",
    "more",
)


@site.get("/<lang>/questions")
def questions() -> Response:
    return cached_page("questions.html", slugs=SLUGS)


@site.get("/<lang>/questions/<slug>")
def question(slug: str) -> Response:
    if slug not in SLUGS:
        abort(404)
    return cached_page("question.html", slug=slug, others=[each for each in SLUGS if each != slug])
