"""What every template may use, and how a page is rendered."""

import hashlib
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import get_month_names
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from flask import Flask, Response, current_app, g, make_response, render_template, request, url_for

from resident_app.i18n import current_language
from resident_app.languages import SOURCE, Language
from resident_app.public_context import PublicContext, current_context
from resident_app.register.disclosure import Disclosure
from resident_app.register.edition import Edition
from resident_app.security.request_source import RequestSource, from_address
from resident_app.web.typesetting import can_typeset

STATIC = Path(__file__).parent / "static"

_KEPT, _ADDRESSES = "kept_pages", "kept_addresses"
_TROUBLE = {409: "erased", 429: "too-many", 503: "busy"}


def page(template: str, **values: Any) -> str:
    """A whole page in the request's language."""
    return render_template(template, **values)


def kept_page(template: str, **values: Any) -> bytes:
    """A page that depends on its address alone, rendered once."""
    kept: dict[tuple[object, ...], bytes] = current_app.extensions[_KEPT]
    name = (current_language().code, request.endpoint, *sorted((request.view_args or {}).items()))
    if name not in kept:
        kept[name] = page(template, **values).encode()
    return kept[name]


def form_page(template: str, typed: dict[str, Any], mistakes: dict[str, Any], status: int) -> Response:
    """A form again, with what was typed, what is wrong with it, or what went wrong."""
    text = page(template, typed=typed, mistakes=mistakes, trouble=_TROUBLE.get(status))
    response = make_response(text, status)
    return response if status != 503 else ask_again_later(response)


def ask_again_later(response: Response) -> Response:
    """The response, saying when there may be capacity again (RFC 9110, 10.2.3)."""
    seconds = current_context().configuration.limits.capacity.retry_after_seconds
    response.headers["Retry-After"] = str(seconds)
    return response


def only_language_changes() -> bool:
    """Whether a form came for its words to stand in another language's page: it is not sent yet."""
    return "change_language" in request.form


def network() -> RequestSource:
    """Where the request comes from, for limits."""
    return from_address(request.remote_addr or "")


def install(app: Flask, context: PublicContext) -> None:
    """Give templates the office, the figures and the ways to write dates and numbers."""
    app.extensions[_KEPT] = {}
    app.extensions[_ADDRESSES] = {}
    app.jinja_env.globals.update(
        office=context.configuration.office,
        figures=context.configuration.figures,
        retention=context.configuration.retention,
        codes=context.configuration.codes,
        organisations=context.configuration.organisations,
        stylesheet=_versioned("site.css"),
        exit_script=_versioned("exit.js"),
        base_url=context.settings.base_url,
        reviewed=frozenset(context.reviews) | {SOURCE},
        all_languages=context.languages.on_the_site(),
        letter_languages={
            language.code for language in context.languages.on_the_site() if can_typeset(language)
        },
        spoken_languages=list(context.languages.values()),
    )
    app.context_processor(_for_this_request)


def _versioned(name: str) -> str:
    """A static file's address, which changes when its contents do."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={version}"


def _for_this_request() -> dict[str, Any]:
    language = current_language()
    return {
        "language": language,
        "day": language.day,
        "month": language.month,
        "months": get_month_names("wide", context="stand-alone", locale=language.locale),
        "number": lambda value: format_decimal(value, locale=language.locale),
        "percent": lambda value: format_percent(value / 100, locale=language.locale),
        "joined": lambda parts: format_list(list(parts), locale=language.locale),
        "system_names": _system_names,
        "released_names": _released_names,
        "agency_name": lambda disclosure: _words("agencies", disclosure.agency),
        "ground_name": lambda disclosure: _words("grounds", disclosure.ground),
        "language_names": lambda codes: [_name_of(code, language) for code in codes],
        "endpoint": (request.endpoint or "").removeprefix("site."),
        "in_other_languages": _in_other_languages(),
    }


def _system_names(edition: Edition) -> list[str]:
    return [_words("systems", code) for code in edition.systems]


def _released_names(disclosure: Disclosure) -> list[str]:
    return [_words("released", code) for code in disclosure.released]


def _words(table: str, code: str) -> str:
    """The words for a code of config/codes.toml, in the request's language."""
    names: dict[str, str] = getattr(current_context().configuration.codes, table)
    return current_language().text(names[code])


def _name_of(code: str, language: Language) -> str:
    """What `language` calls the language of a code."""
    return Locale.parse(code, sep="-").get_display_name(language.locale) or code


def _in_other_languages() -> dict[str, str]:
    """This page's address in each language, by its code; for an error page, the home page's.

    Kept: every page names them all, and to make them takes a fifth of a page's time.
    """
    is_home = g.get("is_error_page") or not (request.endpoint or "").startswith("site.")
    endpoint, values = ("site.home", {}) if is_home else (request.endpoint or "", request.view_args or {})
    name = (endpoint, *sorted(values.items()))
    kept: dict[tuple[object, ...], dict[str, str]] = current_app.extensions[_ADDRESSES]
    if name not in kept:
        every = current_context().languages.on_the_site()
        kept[name] = {one.code: url_for(endpoint, lang=one.code, **values) for one in every}
    return kept[name]
