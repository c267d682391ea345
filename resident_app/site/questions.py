"""Questions and answers: all on one page for reading through, and each at its own address."""

from flask import Blueprint, Response, abort, make_response

from resident_app.site.rendering import kept_page

# Each is a template of its own. An address may stay in a browser's history, so it names nothing alarming.
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


def add_to(site: Blueprint) -> None:
    site.add_url_rule("/<lang>/questions", "questions", show_all)
    site.add_url_rule("/<lang>/questions/<slug>", "question", show_one)


def show_all() -> Response:
    return make_response(kept_page("questions.html", slugs=SLUGS))


def show_one(slug: str) -> Response:
    if slug not in SLUGS:
        abort(404)
    return make_response(
        kept_page("question.html", slug=slug, others=[each for each in SLUGS if each != slug])
    )
