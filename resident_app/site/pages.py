"""The site as a blueprint: the language of a path, and the pages that are the same for everyone."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from resident_app.i18n import choose_language, current_language, negotiate
from resident_app.public_context import current_context
from resident_app.site import check, discovery, help, letter, numbers, questions, quick_exit, request_status
from resident_app.site.rendering import kept_page
from resident_app.web.headers import refuse_other_sites


def create_site() -> Blueprint:
    """Every page under `/<lang>/`."""
    site = Blueprint("site", __name__, template_folder="templates")
    site.before_request(refuse_other_sites)
    site.url_value_preprocessor(_take_language)
    site.url_defaults(_give_language)
    site.after_request(discovery.keep_forms_out_of_search)
    for name, path in (("home", ""), ("privacy", "privacy"), ("accessibility", "accessibility")):
        site.add_url_rule(f"/<lang>/{path}", name, _page_of(name))
    site.add_url_rule("/<lang>/languages", "languages", show_languages)
    for part in (questions, check, help, request_status, numbers, letter, quick_exit):
        part.add_to(site)
    return site


def to_language() -> BaseResponse:
    """Bare `/`: to the home page in the browser's language."""
    language = negotiate(request.headers.get("Accept-Language", ""), current_context().languages)
    response = redirect(url_for("site.home", lang=language.code))
    response.vary.add("Accept-Language")
    return response


def show_languages() -> Response:
    context = current_context()
    every = context.languages.values()
    return make_response(
        kept_page(
            "languages.html",
            written=[language for language in every if language.site],
            spoken_only=[language for language in every if language.phone and not language.site],
            reviews=context.reviews,
        )
    )


def _page_of(name: str) -> Callable[[], Response]:
    return lambda: make_response(kept_page(f"{name}.html"))


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    code = (values or {}).pop("lang", None)
    language = current_context().languages.get(str(code))
    if language is None or not language.site:
        abort(404)
    choose_language(language)


def _give_language(_endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and "language" in g:
        values["lang"] = current_language().code
