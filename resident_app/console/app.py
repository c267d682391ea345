"""The console's application."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from flask import Blueprint, Flask, Response, make_response
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from resident_app.clock import Clock, utc_now
from resident_app.console import admin, cases, errors, rendering, reports
from resident_app.console.context import ConsoleContext, accounts_context, attach, open_context
from resident_app.migrations.state import is_current
from resident_app.security import event_log
from resident_app.settings import ConsoleSettings
from resident_app.web import headers
from resident_app.web.accounts.installation import install_accounts
from resident_app.web.headers import refuse_other_sites

LARGEST_BODY_BYTES = 1024 * 1024


def create_console_app(settings: ConsoleSettings, clock: Clock = utc_now) -> Flask:
    """Build the application. Raises SettingsError if anything it needs is not right."""
    context = open_context(settings, clock)
    app = Flask("resident_app.console", static_folder=None, template_folder="templates")
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        PUBLIC_HOST=settings.console_url.partition("://")[2],
        MAX_CONTENT_LENGTH=LARGEST_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY_BYTES,
        MAX_FORM_PARTS=2_000,
        WTF_CSRF_TIME_LIMIT=None,  # as long as its session
        WTF_CSRF_SSL_STRICT=False,  # refuse_other_sites judges where a request comes from
    )
    app.jinja_options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    attach(app, context)
    headers.install(app, https=settings.is_https)
    errors.install(app)
    app.before_request(refuse_other_sites)
    install_accounts(app, accounts_context(context))
    rendering.install(app, context)
    for blueprint in _page_blueprints():
        app.register_blueprint(blueprint)
    _add_health(app, context)
    static = WhiteNoise(app.wsgi_app, max_age=86400, allow_all_origins=False)
    for folder in rendering.STATIC_FOLDERS:
        static.add_files(folder, prefix="static/")
    proxies = settings.trusted_proxies
    app.wsgi_app = ProxyFix(static, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]
    return app


def _page_blueprints() -> Iterator[Blueprint]:
    """Yield the blueprint of every page: each module of cases, reports and admin that has a `blueprint`."""
    for package in (cases, reports, admin):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            blueprint = getattr(import_module(module.name), "blueprint", None)
            if blueprint is not None:
                yield blueprint


def _add_health(app: Flask, context: ConsoleContext) -> None:
    def healthz() -> Response:
        """The process answers."""
        return _plain("ok", 200)

    def readyz() -> Response:
        """The database has today's tables."""
        try:
            ready = is_current(context.engine)
        except Exception as error:
            event_log.failed("readyz", error)
            ready = False
        return _plain("ready" if ready else "not ready", 200 if ready else 503)

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)


def _plain(text: str, status: int) -> Response:
    response = make_response(text + "\n", status)
    response.mimetype = "text/plain"
    return response
