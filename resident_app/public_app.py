"""The public process: the residents' site and the phone line in one WSGI application."""

from flask import Flask

from ivr.webhooks.line import PhoneLine
from ivr.words.recordings import FOLDER as RECORDINGS
from resident_app import i18n, public_context
from resident_app.clock import Clock, utc_now
from resident_app.housekeeping import HOUSEKEEPING, Housekeeping
from resident_app.migrations.state import is_current
from resident_app.public_context import PublicContext, open_context
from resident_app.register.evaluator.evaluator_client import EvaluatorDown
from resident_app.settings import PublicSettings
from resident_app.site import install_site
from resident_app.site.rendering import STATIC
from resident_app.web import health
from resident_app.web.factory import finish_app, new_app
from resident_app.web.static_files import StaticFolder

_LARGEST_BODY_BYTES = 256 * 1024
_MOST_FORM_FIELDS = 100
_NO_CALLS = "calls, because no secret of a carrier is set"
_HEALTH_SECONDS = 0.5
"""A balancer waits a second or two: a silent evaluator must not make the whole process seem dead."""


def create_public_app(
    settings: PublicSettings, clock: Clock = utc_now, *, with_housekeeping: bool = True
) -> Flask:
    """Build the application. Raises SettingsError if anything it needs is wrong.

    With `with_housekeeping` it deletes what is too old by its clock, which must then be the true time.
    """
    context = open_context(settings, clock)
    app = new_app(
        "resident_app",
        public_host=settings.public_host,
        https=settings.is_https,
        largest_body_bytes=_LARGEST_BODY_BYTES,
        most_form_fields=_MOST_FORM_FIELDS,
    )
    public_context.attach(app, context)
    i18n.install(app)
    install_site(app, context)
    line = PhoneLine(context)
    app.register_blueprint(line.create_blueprint())
    health.install(
        app,
        lambda: is_current(context.engine),
        lambda: _can_check(context),
        degraded=[] if settings.has_carrier_secret else [_NO_CALLS],
    )
    if with_housekeeping:
        app.extensions[HOUSEKEEPING] = Housekeeping(context, line.calls)
        app.before_request(app.extensions[HOUSEKEEPING].run_if_due)
    recordings = [StaticFolder(RECORDINGS, "voice/recordings/")] if RECORDINGS.is_dir() else []
    finish_app(app, [STATIC, *recordings], settings.trusted_proxies)
    return app


def _can_check(context: PublicContext) -> bool:
    """Return whether a check would be answered now. A kept connection says nothing, so ask over it."""
    try:
        context.evaluator.key_ids(_HEALTH_SECONDS)
    except EvaluatorDown:
        return False
    return context.register.can_answer()
