"""The headers of every response, and the refusal of requests that another site made a browser send."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Request, abort, current_app, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        # Our script connects to nothing, but tools that rate a page read robots.txt from within it.
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

# Referrer-Policy is same-origin, not no-referrer. With no-referrer a browser sends `Origin: null` with our
# own forms, and an old browser sends nothing else that tells them from another site's.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def add_headers(application: WSGIApplication, *, https: bool) -> WSGIApplication:
    """Return the application with the headers on every response, in place of its own of these names."""
    ours = dict(HEADERS)
    if https:
        ours["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    added = [*ours.items()]
    names = {name.lower() for name in ours}

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            own = [header for header in headers if header[0].lower() not in names]
            return start_response(status, own + added, exc_info)

        return application(environ, start)

    return answer


def refuse_other_sites() -> None:
    """Refuse (403) a request that another site made a browser send.

    Sec-Fetch-Site decides if the browser sends it, else Origin (OWASP, Cross-Site Request Forgery Prevention
    Cheat Sheet). Every browser of the last ten years sends one of them.
    """
    if request.method not in ("GET", "HEAD", "OPTIONS") and _from_another_site(request):
        abort(403)


def _from_another_site(incoming: Request) -> bool:
    fetch_site = incoming.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site not in ("same-origin", "none")
    origin = incoming.headers.get("Origin")
    return origin is not None and _host(origin) not in (incoming.host, current_app.config["PUBLIC_HOST"])


def _host(origin: str) -> str:
    """Return the host of an Origin header, with its port; empty if it has none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
