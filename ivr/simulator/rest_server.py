"""Serves the fake carrier's REST API by HTTP."""

import json
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from ivr.simulator.rest_rules import PATH, CarrierRefusal, ConnectionBroken


class RestCarrier(Protocol):
    """What answers the requests."""

    @property
    def at(self) -> Callable[[str, str], None]:
        """What happens when a request is `asked`, `taken` and `answered`."""

    def respond(
        self, method: str, target: str, authorization: str, form: dict[str, str], key: str = ""
    ) -> tuple[int, dict[str, object]]:
        """Return the status and the JSON of a request."""


def rest_handler(carrier: RestCarrier) -> Callable[..., BaseHTTPRequestHandler]:
    """Return the handler of an HTTP server for a carrier."""

    class RestHandler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = {name: values[-1] for name, values in parse_qs(body, keep_blank_values=True).items()}
            path = PATH.fullmatch(urlsplit(self.path).path)
            request = f"{self.command} {path[2] if path else self.path}"
            try:
                carrier.at("asked", request)
                status, shown = carrier.respond(
                    self.command,
                    self.path,
                    self.headers.get("Authorization", ""),
                    form,
                    self.headers.get("Idempotency-Key", ""),
                )
                carrier.at("taken", request)
            except CarrierRefusal as trouble:
                status, shown = trouble.status, {"code": trouble.code, "message": "trouble"}
            except ConnectionBroken:
                self.close_connection = True
                return
            content = json.dumps(shown).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            with suppress(BrokenPipeError, ConnectionResetError):  # The client may be gone.
                self.end_headers()
                self.wfile.write(content)
            carrier.at("answered", request)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing is logged: requests hold numbers."""

    return RestHandler
