"""The site's two blueprints: pages below a language, and the few addresses at the root.

A page's module adds its views to one of them. They hold no state, so an application can be built twice. The
values of a route are `Any`, as in Flask's own types.
"""

from typing import Any

from flask import Blueprint, abort, g, request, url_for
from werkzeug.routing import RequestRedirect

from resident_app.i18n import choose_language, current_language, match_tag
from resident_app.public_context import current_context
from resident_app.web.headers import refuse_other_sites

site = Blueprint("site", __name__, template_folder="templates")
"""Every page under `/<lang>/`."""

root = Blueprint("root", __name__, template_folder="templates")
"""Addresses without a language: `/`, and those of `discovery`."""

LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024
"""The largest body of a form with a message: 300,000 characters of any script, of 12 bytes each."""
_WITH_MESSAGE = frozenset({"site.request_help", "site.add_note"})


@site.before_request
def _take_long_messages() -> None:
    """Read a long message, so that the page can say that it is too long and show it again."""
    if request.endpoint in _WITH_MESSAGE:
        request.max_content_length = request.max_form_memory_size = LARGEST_MESSAGE_BYTES


# After it: a request that is refused gets an answer of the same length.
site.before_request(refuse_other_sites)


@site.url_value_preprocessor
def _take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take the language out of the address. An address with another tag for it leads to ours: /zh-TW/help.

    Only a page that is read leads there: what a form sent is never sent again.
    """
    values = values if values is not None else {}
    code, languages = str(values.pop("lang", "")), current_context().languages
    language = languages.get(code)
    if language is not None and language.site:
        choose_language(language)
        return
    meant = match_tag(code, languages)
    if meant is None or endpoint is None or request.method not in ("GET", "HEAD"):
        abort(404)
    redirect = RequestRedirect(url_for(endpoint, lang=meant.code, **values))
    redirect.code = 302
    raise redirect


@site.url_defaults
def _give_language(_endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and "language" in g:
        values["lang"] = current_language().code
