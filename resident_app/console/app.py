"""The console's application."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, make_response
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from resident_app.clock import Clock, utc_now
from resident_app.console import context as console_parts
from resident_app.console import errors, rendering
from resident_app.console.admin.audit import create_audit
from resident_app.console.admin.keys import create_keys
from resident_app.console.admin.retention import create_retention
from resident_app.console.admin.staff import create_staff_page
from resident_app.console.cases.call import create_calling
from resident_app.console.cases.contact import create_contact
from resident_app.console.cases.legal_hold import create_keeping
from resident_app.console.cases.outbox import create_outbox
from resident_app.console.cases.queue import create_queue
from resident_app.console.cases.replies import create_replies
from resident_app.console.cases.request import create_requests
from resident_app.console.context import ConsoleContext, open_context
from resident_app.console.reports.exports import create_exports
from resident_app.console.reports.figures import create_figures
from resident_app.migrations.state import is_current
from resident_app.security import event_log
from resident_app.settings import ConsoleSettings
from resident_app.web import headers
from resident_app.web.accounts import access_control, credentials, lockouts
from resident_app.web.accounts.account import create_account
from resident_app.web.accounts.reauthentication import ask_who
from resident_app.web.accounts.sessions import ServerSessions
from resident_app.web.accounts.sign_in import create_security
from resident_app.web.headers import refuse_other_sites

LARGEST_BODY_BYTES = 1024 * 1024

ROOMS: tuple[Callable[[], Blueprint], ...] = (
    create_security,
    create_account,
    create_queue,
    create_requests,
    create_calling,
    create_contact,
    create_keeping,
    create_outbox,
    create_replies,
    create_figures,
    create_exports,
    create_audit,
    create_retention,
    create_staff_page,
    create_keys,
)


def create_console_app(settings: ConsoleSettings, clock: Clock = utc_now) -> Flask:
    """Build the application. Raises SettingsError if anything it needs is not right."""
    parts = open_context(settings, clock)
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
    console_parts.attach(app, parts)
    headers.install(app, https=settings.is_https)
    app.session_interface = ServerSessions(parts)
    errors.install(app)
    app.before_request(refuse_other_sites)
    access_control.install(app, ask_who)
    CSRFProtect(app)
    credentials.install(app, parts)
    lockouts.install(app, parts)
    rendering.install(app, parts)
    for create in ROOMS:
        app.register_blueprint(create())
    _add_health(app, parts)
    static = WhiteNoise(app.wsgi_app, max_age=86400, allow_all_origins=False)
    for folder in rendering.STATIC_FOLDERS:
        static.add_files(folder, prefix="static/")
    proxies = settings.trusted_proxies
    app.wsgi_app = ProxyFix(static, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]
    return app


def _add_health(app: Flask, parts: ConsoleContext) -> None:
    def healthz() -> Response:
        """The process answers."""
        return _plain("ok", 200)

    def readyz() -> Response:
        """The database has today's tables."""
        try:
            ready = is_current(parts.engine)
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
