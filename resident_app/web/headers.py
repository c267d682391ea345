"""The headers of every response, and the refusal of requests that another site made a browser send."""

from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, current_app, request

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


def install(app: Flask, *, https: bool) -> None:
    """Add the headers to every response of the application. Static files are served without them."""

    def add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        return response

    app.after_request(add)


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
