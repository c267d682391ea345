"""What every template of the site may use, and how a page is rendered."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import get_month_names
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from flask import Flask, Response, abort, g, make_response, render_template, request, url_for

from resident_app.configuration.office_hours import office_hours, time_zone_name
from resident_app.contact_points import printed_number
from resident_app.i18n import current_language
from resident_app.intake.help_request import MESSAGE_LENGTH
from resident_app.languages import SOURCE, Language
from resident_app.public_context import PublicContext, current_context
from resident_app.register.disclosure import Disclosure
from resident_app.register.edition import Edition
from resident_app.register.recipients import find_recipients, other_agencies, short_name
from resident_app.security.request_source import RequestSource
from resident_app.site.answer_length import current_answer_length
from resident_app.site.identity import Identity, current_identity
from resident_app.site.phone_links import with_phone_links
from resident_app.web.network_source import network_source
from resident_app.web.page_cache import current_page_cache
from resident_app.web.static_files import StaticFolder, versioned_address
from resident_app.web.typesetting.fonts import can_typeset

STATIC = StaticFolder(Path(__file__).parent / "static")

Typed = dict[str, Any]
"""What a person typed into a form, by field. `Any`: WTForms gives the values of a form as such."""

_SECTION_OF_LAW = re.compile(r"\d+ U\.S\.C\. \d+")

_WIDELY_READ = ("es", "zh-Hans", "ar", "ko", "en")
"""Languages in several scripts. Their words for "languages" are on the control that opens the list, as many
as fit beside the exit control."""

_PROBLEMS = {409: "erased", 429: "too-many", 503: "busy"}


def page(template: str, **values: object) -> str:
    """Render a whole page in the request's language."""
    return render_template(template, **values)


def cached_page(template: str, **values: object) -> Response:
    """Return a page that depends on its address and the site's identity alone, rendered once for each."""
    key = page_key("page", request.endpoint, *sorted((request.view_args or {}).items()))
    return make_response(current_page_cache().get(key, lambda: page(template, **values).encode()))


def page_key(purpose: str, *parts: object) -> tuple[object, ...]:
    """Return the key of a cached page, which is another one in another language or under another identity."""
    return (purpose, current_language().code, current_identity(), *parts)


def form_page(
    template: str,
    typed: Typed,
    mistakes: Mapping[str, object],
    status: int,
    problem: str | None = None,
    **values: object,
) -> Response:
    """Return a form again, with what was typed and with what is wrong: its mistakes, or a problem of ours.

    `problem` is the name of the problem, where the status does not say it. Far too much text to be shown
    again is refused (413).
    """
    text = page(template, typed=typed, mistakes=mistakes, problem=problem or _PROBLEMS.get(status), **values)
    if not current_answer_length().fits(text):
        abort(413)
    response = make_response(text, status)
    return with_retry_after(response) if status == 503 else response


def with_retry_after(response: Response) -> Response:
    """Add when there may be capacity again (RFC 9110, 10.2.3)."""
    seconds = current_context().configuration.limits.capacity.retry_after_seconds
    response.headers["Retry-After"] = str(seconds)
    return response


def is_language_change() -> bool:
    """Return whether a form was sent only to show it in another language. Nothing is stored then."""
    return "change_language" in request.form


def request_source() -> RequestSource:
    """Return the network that the request comes from, for rate limits."""
    return network_source(current_context().settings.trusted_proxies)


def install(app: Flask, context: PublicContext) -> None:
    """Give templates the configuration, and functions that write dates, numbers and names."""
    configuration = context.configuration
    languages = context.languages.on_the_site()
    app.jinja_env.globals.update(
        MESSAGE_LENGTH=MESSAGE_LENGTH,
        printed_number=printed_number,
        office=configuration.office,
        figures=configuration.figures,
        retention=configuration.retention,
        codes=configuration.codes,
        organizations=configuration.organizations,
        other_agencies=other_agencies(configuration.codes),
        stylesheet=versioned_address("site.css", [STATIC]),
        exit_script=versioned_address("exit.js", [STATIC]),
        forms_script=versioned_address("forms.js", [STATIC]),
        base_url=context.settings.base_url,
        host=context.settings.public_host,
        reviewed=frozenset(context.reviews) | {SOURCE},
        all_languages=languages,
        letter_languages={language.code for language in languages if can_typeset(language)},
        spoken_languages=list(context.languages.values()),
    )
    app.context_processor(_for_this_request)


def _for_this_request() -> dict[str, object]:
    language, identity = current_language(), current_identity()
    return {
        "language": language,
        "identity": identity,
        "is_demonstration": identity is Identity.DEMONSTRATION,
        "hours_and_zone": _hours_and_zone(language),
        "day": language.day,
        "month": language.month,
        "year": language.year,
        "months": get_month_names("wide", context="stand-alone", locale=language.locale),
        "languages_in_several_scripts": _in_several_scripts(language),
        "answers_form": request.method == "POST",
        "endpoint": (request.endpoint or "").removeprefix("site."),
        "in_other_languages": _in_other_languages(),
        **_writers(language),
        "shown_in_applications": _shown_in_applications(language),
    }


def _in_several_scripts(language: Language) -> list[Language]:
    """Return widely read languages other than the page's."""
    on_the_site = current_context().languages.on_the_site()
    widely_read = [one for code in _WIDELY_READ for one in on_the_site if one.code == code]
    return [one for one in widely_read if one.code != language.code]


def _writers(language: Language) -> dict[str, Callable[..., object]]:
    """Return functions that write numbers, lists and the names of codes in a language."""
    return {
        "number": lambda value: format_decimal(value, locale=language.locale),
        "percent": lambda value: format_percent(value / 100, locale=language.locale),
        "with_phone_links": with_phone_links,
        "joined": lambda items: format_list(list(items), locale=language.locale),
        "system_names": _system_names,
        "released_names": _released_names,
        "agency_name": lambda disclosure: _name_of_code("agencies", disclosure.agency),
        "short_name": lambda disclosure: short_name(disclosure.agency, current_context().configuration.codes),
        "recipients": lambda found: find_recipients(found, current_context().configuration.codes),
        "ground_name": lambda disclosure: _name_of_code("grounds", disclosure.ground),
        "states_ground": lambda disclosure: (
            disclosure.ground not in current_context().configuration.codes.unstated_grounds
        ),
        "law": _unbroken_sections,
        "language_names": lambda codes: [_name_of_language(code, language) for code in codes],
    }


def _hours_and_zone(language: Language) -> tuple[list[tuple[str, str]], str]:
    """Return the office's days with their hours, and its time zone's name, for the bottom of every page."""
    office = current_context().configuration.office
    return current_page_cache().get(
        ("hours", language.code),
        lambda: (
            office_hours(office.hours, language.locale),
            time_zone_name(office.time_zone, language.locale),
        ),
    )


def _shown_in_applications(language: Language) -> list[str]:
    """Return what else an application may show, in a language."""
    shown = current_context().configuration.codes.application_may_show
    return [language.text(words) for words in shown.values()]


def _system_names(edition: Edition) -> list[str]:
    return [_name_of_code("systems", code) for code in edition.systems]


def _released_names(disclosure: Disclosure) -> list[str]:
    return [_name_of_code("released", code) for code in disclosure.released]


def _name_of_code(table: str, code: str) -> str:
    """Return the name of a code of config/codes.toml, in the request's language."""
    names: dict[str, str] = getattr(current_context().configuration.codes, table)
    return current_language().text(names[code])


def _unbroken_sections(text: str) -> str:
    """Return a text in which a section of federal law, such as 8 U.S.C. 1325, stays in one line."""
    return _SECTION_OF_LAW.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)


def _name_of_language(code: str, language: Language) -> str:
    """Return what `language` calls the language with a code."""
    return Locale.parse(code, sep="-").get_display_name(language.locale) or code


def _in_other_languages() -> dict[str, str]:
    """Return this page's address in each language, by its code; for an error page, the home page's.

    Cached, because every page names them all, and making them takes a fifth of a page's time.
    """
    is_home = g.get("is_error_page") or not (request.endpoint or "").startswith("site.")
    endpoint, values = ("site.home", {}) if is_home else (request.endpoint or "", request.view_args or {})

    def make() -> dict[str, str]:
        every = current_context().languages.on_the_site()
        return {one.code: url_for(endpoint, lang=one.code, **values) for one in every}

    return current_page_cache().get(("addresses", endpoint, *sorted(values.items())), make)
