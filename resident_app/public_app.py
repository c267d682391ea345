"""The public process: the residents' site and the phone line in one WSGI application."""

from collections.abc import Iterable
from wsgiref.headers import Headers
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, make_response
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from ivr.webhooks.line import PhoneLine, create_phone_line
from ivr.words.recordings import FOLDER as RECORDINGS
from resident_app import i18n, public_context
from resident_app.clock import Clock, utc_now
from resident_app.housekeeping import HOUSEKEEPING, Housekeeping
from resident_app.migrations.state import is_current
from resident_app.public_context import PublicContext, open_context
from resident_app.register.publication import NothingPublished, live_edition
from resident_app.security import event_log
from resident_app.settings import PublicSettings
from resident_app.site import discovery, errors, rendering
from resident_app.site.pages import create_site, to_language
from resident_app.web import headers

LARGEST_BODY_BYTES = 256 * 1024


def create_public_app(settings: PublicSettings, clock: Clock = utc_now, *, keeps_house: bool = True) -> Flask:
    """Build the application. Raises SettingsError if anything it needs is not right.

    `keeps_house`: it wipes what is too old by its clock, which must then be true.
    """
    context = open_context(settings, clock)
    app = Flask("resident_app", static_folder=None)
    # Before any rule: an address that is not quite right is answered, not redirected to any host it names.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.config.update(
        PUBLIC_HOST=settings.public_host,
        MAX_CONTENT_LENGTH=LARGEST_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY_BYTES,
        MAX_FORM_PARTS=100,
    )
    app.jinja_options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    public_context.attach(app, context)
    i18n.install(app)
    headers.install(app, https=settings.is_https)
    errors.install(app)
    rendering.install(app, context)
    discovery.install(app, context)
    app.add_url_rule("/", "to_language", to_language)
    app.register_blueprint(create_site())
    line = PhoneLine(context)
    app.register_blueprint(create_phone_line(line))
    _add_health(app, context)
    if keeps_house:
        app.extensions[HOUSEKEEPING] = Housekeeping(context, line.calls, line.texts)
        app.before_request(app.extensions[HOUSEKEEPING].now_and_then)
    static = WhiteNoise(
        app.wsgi_app,
        root=rendering.STATIC,
        prefix="static/",
        max_age=86400,
        allow_all_origins=False,
        add_headers_function=_add_static_headers,
    )
    if RECORDINGS.is_dir():
        static.add_files(RECORDINGS, prefix="voice/recordings/")
    proxies = settings.trusted_proxies
    behind_proxies = ProxyFix(static, x_for=proxies, x_proto=proxies, x_host=0)
    app.wsgi_app = _AtTheRoot(behind_proxies)  # type: ignore[method-assign]
    return app


class _AtTheRoot:
    """Serves at the root whatever a request says: the address of a page is never a request's to choose."""

    def __init__(self, application: WSGIApplication):
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._application({**environ, "SCRIPT_NAME": ""}, start_response)


def _add_static_headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def _add_health(app: Flask, context: PublicContext) -> None:
    def healthz() -> Response:
        """The process answers."""
        return _plain("ok", 200)

    def readyz() -> Response:
        """The database has today's tables and a live edition."""
        ready = _is_ready(context.engine)
        return _plain("ready" if ready else "not ready", 200 if ready else 503)

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)


def _is_ready(engine: Engine) -> bool:
    try:
        live_edition(engine)
        return is_current(engine)
    except NothingPublished:
        return False
    except Exception as error:
        event_log.failed("readyz", error)
        return False


def _plain(text: str, status: int) -> Response:
    response = make_response(text + "\n", status)
    response.mimetype = "text/plain"
    return response
