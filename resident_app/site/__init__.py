"""The residents' pages. They set no cookie, use one small script, and keep nothing that a resident typed."""

from flask import Flask

from resident_app.public_context import PublicContext
from resident_app.site import (  # noqa: F401  (each adds its views to a blueprint)
    answer_length,
    check,
    discovery,
    help,
    letter,
    longest_answers,
    numbers,
    pages,
    questions,
    quick_exit,
    rendering,
    request_status,
)
from resident_app.site import errors as site_errors
from resident_app.site.blueprint import root, site
from resident_app.web import errors


def install_site(app: Flask, context: PublicContext) -> None:
    """Add the pages, their error page and what their templates use to an application."""
    errors.install(app, site_errors.error_page)
    answer_length.install(app, lambda: longest_answers.longest_answers(app), site_errors.error_page)
    rendering.install(app, context)
    app.register_blueprint(root)
    app.register_blueprint(site)
