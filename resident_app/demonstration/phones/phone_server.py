"""Serves the demonstration's phone company at one port: its page, and the carrier's REST API for the line."""

import threading
from pathlib import Path

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from resident_app.clock import Clock, utc_now
from resident_app.demonstration.phones.page_guard import HOST, refuse_other_names
from resident_app.demonstration.phones.phone_company import PhoneCompany
from resident_app.demonstration.phones.phone_page import PhonePage
from resident_app.settings import PhoneSettings
from resident_app.site.rendering import STATIC as SITE_STATIC
from resident_app.web.factory import finish_app, new_app
from resident_app.web.static_files import StaticFolder, versioned_address

STATIC = (SITE_STATIC, StaticFolder(Path(__file__).parent / "static"))
"""The page shares the residents' stylesheet."""
KEYPAD = (
    *(("1", ""), ("2", "ABC"), ("3", "DEF"), ("4", "GHI"), ("5", "JKL"), ("6", "MNO")),
    *(("7", "PQRS"), ("8", "TUV"), ("9", "WXYZ"), ("*", "star"), ("0", "a person"), ("#", "pound")),
)
_LARGEST_BODY_BYTES = 64 * 1024


def create_phone_app(company: PhoneCompany, settings: PhoneSettings, clock: Clock = utc_now) -> Flask:
    """Return the application: the page, and the carrier's REST API for the line."""
    address = phone_address(settings).rstrip("/")
    app = new_app(
        __name__,
        public_host=address.partition("://")[2],
        https=False,
        largest_body_bytes=_LARGEST_BODY_BYTES,
        most_form_fields=100,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(
        stylesheets=[versioned_address(name, STATIC) for name in ("site.css", "phone.css")],
        script=versioned_address("phone.js", STATIC),
        keypad=KEYPAD,
    )
    app.before_request(refuse_other_names)
    app.register_blueprint(PhonePage(company, settings, clock).create_blueprint())
    app.register_blueprint(_rest_api(company))
    finish_app(app, STATIC, trusted_proxies=0)
    return app


def phone_address(settings: PhoneSettings) -> str:
    """Return the page's address."""
    return f"http://{HOST}:{settings.twilio_api_base.port or 80}/"


def open_server(company: PhoneCompany, settings: PhoneSettings, clock: Clock = utc_now) -> BaseWSGIServer:
    """Return a server that listens at the company's port. Raises OSError if the port is taken."""
    app = create_phone_app(company, settings, clock)
    port = settings.twilio_api_base.port or 80
    return make_server(HOST, port, app, threaded=True, request_handler=_QuietHandler)


def serve(company: PhoneCompany, settings: PhoneSettings) -> None:
    """Serve the page and let phones ring until the process ends. Raises OSError if the port is taken."""
    server = open_server(company, settings)
    threading.Thread(target=company.run, daemon=True).start()
    server.serve_forever()


class _QuietHandler(WSGIRequestHandler):
    """Logs nothing: requests hold numbers."""

    def log(self, *_: object, **__: object) -> None:
        """Leave a request out of the log."""


def _rest_api(company: PhoneCompany) -> Blueprint:
    """Return the carrier's REST API. Who uses it gives the account's token."""
    blueprint = Blueprint("rest", __name__)

    @blueprint.route("/2010-04-01/<path:_resource>", methods=["GET", "POST"])
    def rest(_resource: str) -> ResponseReturnValue:
        target = request.full_path if request.query_string else request.path
        authorization = request.headers.get("Authorization", "")
        key = request.headers.get("Idempotency-Key", "")
        form = {name: values[-1] for name, values in request.form.lists()}
        status, shown = company.carrier.respond(request.method, target, authorization, form, key)
        return jsonify(shown), status

    return blueprint
