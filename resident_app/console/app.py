"""The console's application."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from typing import IO

from flask import Blueprint, Flask, Request

from resident_app.clock import Clock, utc_now
from resident_app.console import admin, cases, failures, readiness, rendering, reports
from resident_app.console.cases import erased, neighbors, notices
from resident_app.console.cases.new_request import allow_larger_forms
from resident_app.console.context import accounts_context, attach, open_context
from resident_app.console.errors import error_page
from resident_app.migrations.state import is_current
from resident_app.settings import ConsoleSettings
from resident_app.web import errors, health
from resident_app.web.accounts.installation import install_accounts
from resident_app.web.factory import finish_app, new_app
from resident_app.web.headers import refuse_other_sites

_LARGEST_BODY_BYTES = 1024 * 1024
_MOST_FORM_FIELDS = 2_000


def create_console_app(settings: ConsoleSettings, clock: Clock = utc_now) -> Flask:
    """Build the application. Raises SettingsError if anything it needs is wrong."""
    context = open_context(settings, clock)
    app = new_app(
        "resident_app.console",
        public_host=settings.console_url.partition("://")[2],
        https=settings.is_https,
        largest_body_bytes=_LARGEST_BODY_BYTES,
        most_form_fields=_MOST_FORM_FIELDS,
    )
    app.request_class = ConsoleRequest
    attach(app, context)
    errors.install(app, error_page)
    erased.install(app)
    app.before_request(refuse_other_sites)
    ready = readiness.install(app, context)
    allow_larger_forms(app, context)
    install_accounts(app, accounts_context(context))
    app.before_request(notices.keep_own_address)
    app.jinja_env.globals.update(waiting_counts=notices.waiting_counts, notice_email=notices.wants_email)
    rendering.install(app, context)
    failures.install(app)
    app.url_defaults(neighbors.keep_view)
    for blueprint in _page_blueprints():
        app.register_blueprint(blueprint)
    health.install(app, lambda: is_current(context.engine), find_problem=ready.problem)
    finish_app(app, rendering.STATIC, settings.trusted_proxies)
    return app


class ConsoleRequest(Request):
    """A request whose files stay in memory. Werkzeug would write large ones to the disk, unsealed."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def _page_blueprints() -> Iterator[Blueprint]:
    """Yield the blueprint of every page: each module of cases, reports and admin that has a `blueprint`."""
    for package in (cases, reports, admin):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            blueprint = getattr(import_module(module.name), "blueprint", None)
            if blueprint is not None:
                yield blueprint
