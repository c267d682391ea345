"""The site's two blueprints: pages below a language, and the few addresses at the root.

A page's module adds its views to one of them. They hold no state, so an application can be built twice. The
values of a route are `Any`, as in Flask's own types.
"""

from typing import Any

from flask import Blueprint, abort, g

from resident_app.i18n import choose_language, current_language
from resident_app.public_context import current_context
from resident_app.web.headers import refuse_other_sites

site = Blueprint("site", __name__, template_folder="templates")
"""Every page under `/<lang>/`."""

root = Blueprint("root", __name__, template_folder="templates")
"""Addresses without a language: `/`, and those of `discovery`."""

site.before_request(refuse_other_sites)


@site.url_value_preprocessor
def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    code = (values or {}).pop("lang", None)
    language = current_context().languages.get(str(code))
    if language is None or not language.site:
        abort(404)
    choose_language(language)


@site.url_defaults
def _give_language(_endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and "language" in g:
        values["lang"] = current_language().code
