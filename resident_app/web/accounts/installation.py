"""Gives an application its accounts: sessions, the guard before each request, and the sign-in pages."""

from pathlib import Path

from flask import Flask, Response, redirect, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from resident_app.database import writing
from resident_app.security.row_authentication import record_refused, row_keys_of
from resident_app.web.accounts import (
    access_control,
    account,
    credentials,
    enrollment,
    lockouts,
    reauthentication,
    second_factors,
    sign_in,
)
from resident_app.web.accounts.account_store import AccountRefused
from resident_app.web.accounts.context import AccountsContext, attach
from resident_app.web.accounts.sessions import ServerSessions

STATIC_FOLDER = Path(__file__).parent / "static"
"""Scripts of the sign-in pages: passkey.js, and lock.js, which covers a page whose session is locked."""


def install_accounts(app: Flask, context: AccountsContext) -> None:
    """Install everything, in the order in which it must look at a request: the guard, then the CSRF check."""
    app.config.update(
        SECRET_KEY=context.secret_key,
        WTF_CSRF_TIME_LIMIT=None,  # A form's token is valid as long as its session.
        WTF_CSRF_SSL_STRICT=False,  # refuse_other_sites checks the origin of every request.
    )
    attach(app, context)
    _record_refused_rows(app, context)
    app.session_interface = ServerSessions(context)
    access_control.install(app)
    CSRFProtect(app)
    credentials.install(app, context)
    lockouts.install(app, context)
    for module in (sign_in, enrollment, reauthentication, account, second_factors):
        app.register_blueprint(module.blueprint)


def _record_refused_rows(app: Flask, context: AccountsContext) -> None:
    """Put rows that were not authentic into the audit log, and send whose account is none back to sign in."""
    keys = row_keys_of(context.engine)

    def record(response: Response) -> Response:
        rows = keys.take_refused()
        if rows:
            with writing(context.engine) as connection:
                record_refused(connection, rows, context.clock())
        return response

    def to_sign_in(_: AccountRefused) -> AnyResponse:
        return redirect(url_for("sign_in.sign_in"), 303)

    app.after_request(record)
    app.register_error_handler(AccountRefused, to_sign_in)
