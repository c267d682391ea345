"""How the site is found and trusted: a map of its pages, what to leave alone, whom to tell of a flaw."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, make_response, request, url_for

from resident_app.configuration import Office
from resident_app.public_context import PublicContext
from resident_app.site.questions import SLUGS

# The form of the check stays in: people look for it, and what it answers is never an address.
_FOUND = ("home", "check", "questions", "numbers", "privacy", "languages", "accessibility", "leave")
_NOT_FOUND = ("exit", "letter", "help", "help_without_card", "status", "add_note", "erase")
_SECURITY_TXT_DAYS = 180


def install(app: Flask, context: PublicContext) -> None:
    """Add the addresses at the root."""
    app.add_url_rule("/robots.txt", "robots", lambda: _text(robots(context)))
    app.add_url_rule("/sitemap.xml", "sitemap", _sitemap(context))
    app.add_url_rule(
        "/.well-known/security.txt",
        "security",
        lambda: _text(security_txt(context.configuration.office, context.settings.base_url, context.clock())),
    )


def keep_forms_out_of_search(response: Response) -> Response:
    """No answer, and no form but the check's, is indexed."""
    endpoint = (request.endpoint or "").removeprefix("site.")
    if request.method == "POST" or endpoint in _NOT_FOUND:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def robots(context: PublicContext) -> str:
    """RFC 9309. A line for each language: a star would stand for /questions too, which has a page on help."""
    codes = [language.code for language in context.languages.on_the_site()]
    closed = [f"Disallow: /{code}/{path}" for code in codes for path in ("help", "letter", "exit")]
    lines = ["User-agent: *", *closed, "Disallow: /voice/", ""]
    return "\n".join([*lines, f"Sitemap: {context.settings.base_url}/sitemap.xml", ""])


def security_txt(office: Office, base_url: str, now: datetime) -> str:
    """RFC 9116; it expires within a year."""
    contacts = [str(contact) for contact in office.security_contacts] or [
        f"tel:{office.line}",
        office.website,
    ]
    expires = (now.astimezone(UTC) + timedelta(days=_SECURITY_TXT_DAYS)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    lines = [
        *(f"Contact: {contact}" for contact in contacts),
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Canonical: {base_url}/.well-known/security.txt",
    ]
    return "\n".join(lines) + "\n"


def _sitemap(context: PublicContext) -> Callable[[], Response]:
    """A view of every page in every language, each with its others (sitemaps.org, hreflang); made once."""
    kept: list[str] = []

    def view() -> Response:
        if not kept:
            codes = [language.code for language in context.languages.on_the_site()]
            template = current_app.jinja_env.get_template("sitemap.xml")
            pages = [_addresses(codes, *page) for page in _pages()]
            kept.append(template.render(base_url=context.settings.base_url, pages=pages))
        response = make_response(kept[0])
        response.mimetype = "application/xml"
        return response

    return view


def _pages() -> list[tuple[str, dict[str, Any]]]:
    """The endpoint and values of each page that may be found."""
    return [
        *((f"site.{name}", {}) for name in _FOUND),
        *(("site.question", {"slug": slug}) for slug in SLUGS),
    ]


def _addresses(codes: list[str], endpoint: str, values: dict[str, Any]) -> dict[str, str]:
    return {code: url_for(endpoint, lang=code, **values) for code in codes}


def _text(text: str) -> Response:
    response = make_response(text)
    response.mimetype = "text/plain"
    return response
