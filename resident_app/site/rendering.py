"""What every template may use, and how a page is rendered."""

import hashlib
from pathlib import Path
from typing import Any

from babel.dates import get_month_names
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from flask import Flask, g, render_template, request, url_for

from resident_app import languages
from resident_app.languages import Language
from resident_app.records.disclosure import Disclosure
from resident_app.records.edition import Edition
from resident_app.services import Services, current_services

STATIC = Path(__file__).parent / "static"


def page(template: str, **values: Any) -> str:
    """A whole page in the request's language."""
    return render_template(template, **values)


def install(app: Flask, services: Services) -> None:
    """Give templates the office, the figures and the ways to write dates and numbers."""
    version = hashlib.sha256((STATIC / "site.css").read_bytes()).hexdigest()[:12]
    app.jinja_env.globals.update(
        office=services.configuration.office,
        figures=services.configuration.figures,
        codes=services.configuration.codes,
        stylesheet=f"/static/site.css?v={version}",
        all_languages=services.languages.on_the_site(),
        spoken_languages=list(services.languages.values()),
    )
    app.context_processor(_for_this_request)


def _for_this_request() -> dict[str, Any]:
    language = languages.current()
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
        "in_other_language": _in_other_language,
    }


def _system_names(edition: Edition) -> list[str]:
    return [_words("systems", code) for code in edition.systems]


def _released_names(disclosure: Disclosure) -> list[str]:
    return [_words("released", code) for code in disclosure.released]


def _words(table: str, code: str) -> str:
    """The words for a code of config/codes.toml, in the request's language."""
    names: dict[str, str] = getattr(current_services().configuration.codes, table)
    return languages.current().text(names[code])


def _in_other_language(language: Language) -> str:
    """This page's address in another language; for an error page, the home page's."""
    if g.get("is_error_page") or not (request.endpoint or "").startswith("site."):
        return url_for("site.home", lang=language.code)
    return url_for(request.endpoint, lang=language.code)  # type: ignore[arg-type]
