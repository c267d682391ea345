"""What every response carries, and which requests are refused before anything reads them."""

from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, current_app, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        # Our script connects to nothing; tools that judge a page read robots.txt from within it.
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

# Referrer-Policy is same-origin, not no-referrer: under the latter a browser sends `Origin: null`
# with our own forms, and old ones send nothing else by which to tell them from another site's.
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


def install(app: Flask, *, https: bool) -> None:
    """Put the headers on every response that the application makes. Static files are not among them."""

    def add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        return response

    app.after_request(add)


def refuse_other_sites() -> None:
    """Refuse (403) a request that another site made a browser send.

    By Sec-Fetch-Site where the browser sends it, else by Origin (OWASP, Cross-Site Request
    Forgery Prevention). A client that sends neither is no browser of the last ten years.
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
    """The host of an Origin header; empty if it has none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
