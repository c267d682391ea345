"""Build a web application: safe defaults at the start, the outer WSGI layers at the end."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from resident_app.web import headers, page_cache
from resident_app.web.static_files import StaticFolder, serve_static


class _App(Flask):
    """An application without coroutines."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take every function as it is. Flask would inspect each one of each request."""
        return func


def new_app(
    import_name: str,
    *,
    public_host: str,
    https: bool,
    largest_body_bytes: int,
    most_form_fields: int,
    template_folder: str | None = None,
) -> Flask:
    """Return an application with limits, headers and template options, and without any address.

    `public_host` is the host that browsers send as Origin, with its port unless that is the default.
    """
    app = _App(import_name, static_folder=None, template_folder=template_folder or "templates")
    # Set before any rule is added. An inexact address gets an answer here, never a redirect to the host that
    # the request names.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.config.update(
        PUBLIC_HOST=public_host,
        MAX_CONTENT_LENGTH=largest_body_bytes,
        MAX_FORM_MEMORY_SIZE=largest_body_bytes,
        MAX_FORM_PARTS=most_form_fields,
    )
    app.jinja_options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    app.wsgi_app = headers.add_headers(app.wsgi_app, https=https)  # type: ignore[method-assign,assignment]
    page_cache.install(app)
    return app


def finish_app(app: Flask, static: Iterable[StaticFolder], trusted_proxies: int) -> None:
    """Wrap an application in its WSGI layers: static files, proxies, and the root as its only mount point.

    `trusted_proxies` is the number of proxies in front whose X-Forwarded-For and -Proto are believed.
    """
    served = serve_static(app.wsgi_app, static)
    behind_proxies = ProxyFix(served, x_for=trusted_proxies, x_proto=trusted_proxies, x_host=0)
    app.wsgi_app = _AtTheRoot(behind_proxies)  # type: ignore[method-assign]


class _AtTheRoot:
    """Ignores the SCRIPT_NAME of a request, so that no request chooses how the links of a page begin."""

    def __init__(self, application: WSGIApplication):
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._application({**environ, "SCRIPT_NAME": ""}, start_response)
