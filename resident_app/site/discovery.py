"""Discovery: robots.txt, the sitemap, security.txt, and which pages a search engine may index."""

from datetime import UTC, datetime, timedelta

from flask import Response, current_app, make_response, request, url_for

from resident_app.configuration.office import Office
from resident_app.public_context import current_context
from resident_app.site.blueprint import root, site
from resident_app.web.page_cache import current_page_cache

# A page that is not listed here is not indexed. The check's form is listed: people look for it, and its
# answers have no address of their own.
_INDEXED = (
    "site.home",
    "site.check_form",
    "site.questions",
    "site.numbers",
    "site.privacy",
    "site.really_us",
    "site.languages",
    "site.accessibility",
    "site.about_quick_exit",
)
_SECURITY_TXT_DAYS = 180


@site.after_request
def keep_out_of_search(response: Response) -> Response:
    """Tell search engines to index no answer, and no page that is not listed here."""
    if request.method == "POST" or request.endpoint not in _INDEXED:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@root.get("/robots.txt")
def robots_txt() -> Response:
    """Return robots.txt (RFC 9309).

    Each language has its own lines. A star instead would match /questions/help too, an old address that
    redirects.
    """
    context = current_context()
    codes = [language.code for language in context.languages.on_the_site()]
    closed = [f"Disallow: /{code}/{path}" for code in codes for path in ("help", "letter", "exit")]
    sitemap = f"Sitemap: {context.settings.base_url}/sitemap.xml"
    return _plain_text("\n".join(["User-agent: *", *closed, "Disallow: /voice/", "", sitemap, ""]))


@root.get("/sitemap.xml")
def sitemap_xml() -> Response:
    """Return every indexed page in every language, each with its other languages (sitemaps.org, hreflang)."""
    response = make_response(current_page_cache().get(("sitemap",), _sitemap))
    response.mimetype = "application/xml"
    return response


@root.get("/.well-known/security.txt")
def security_txt() -> Response:
    context = current_context()
    office = context.configuration.office
    return _plain_text(security_contact(office, context.settings.base_url, context.clock()))


def security_contact(office: Office, base_url: str, now: datetime) -> str:
    """Return the text of security.txt (RFC 9116), which expires after about half a year."""
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


def _sitemap() -> str:
    context = current_context()
    codes = [language.code for language in context.languages.on_the_site()]
    template = current_app.jinja_env.get_template("sitemap.xml")
    pages = [_addresses(codes, endpoint) for endpoint in _INDEXED]
    return template.render(base_url=context.settings.base_url, pages=pages)


def _addresses(codes: list[str], endpoint: str) -> dict[str, str]:
    """Return a page's address in each language."""
    return {code: url_for(endpoint, lang=code) for code in codes}


def _plain_text(text: str) -> Response:
    response = make_response(text)
    response.mimetype = "text/plain"
    return response
