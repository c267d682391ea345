"""The provider's REST API on this machine: refuses what it does not know, and what is missing.

It rings the office's phone, which answers, is busy or does not; and it keeps the text messages it
is given, which go nowhere.
"""

import base64
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator

from ivr.simulator.phone import Phone, Post
from ivr.simulator.reading import each, read

ACCOUNT_SID = "AC" + "0" * 32

# Of https://www.twilio.com/docs/voice/api/call-resource and messaging/api/message-resource, what we use.
_MADE = {
    "Calls": (
        {"To", "From", "Url"},
        {"Method", "StatusCallback", "StatusCallbackMethod", "Timeout", "TimeLimit"},
    ),
    "Messages": ({"To", "From", "Body"}, set()),
}
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_LONGEST_BODY = 1600
_PATH = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/(\w+?)(?:/(CA[0-9a-f]{32}))?\.json")
_OFFICER_VERBS = frozenset({"Say", "Gather", "Dial", "Hangup"})


@dataclass
class Leg:
    """A call that the line made."""

    sid: str
    form: dict[str, str]
    status: str = "ringing"
    heard: str = ""
    """What whoever answered heard."""


class Refused(Exception):
    """A request that the provider would refuse: its status and its error code."""

    def __init__(self, status: int, code: int, message: str):
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class FakeProvider:
    """Takes requests of one account. `post` reaches the line, as it does for a phone."""

    token: str
    base_url: str
    post: Post | None = None
    legs: list[Leg] = field(default_factory=list)
    texts: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    webhooks: dict[str, str] = field(default_factory=dict)
    """What is set for the line's number; empty: the number is not the account's."""
    address: str = ""

    @contextmanager
    def serving(self) -> Iterator["FakeProvider"]:
        """Serve on a free port of this machine; `address` says where."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    def answer(self, keys: str, waiting: list[Phone]) -> Phone | None:
        """The phone that rings last is answered, and `keys` are pressed; the caller that is connected."""
        leg = next(leg for leg in reversed(self.legs) if leg.status == "ringing")
        leg.status = "in-progress"
        verbs = read(self._ask(leg, leg.form["Url"], {}), _OFFICER_VERBS)
        leg.heard = " ".join(verb.text or "" for verb in each(verbs, "Say"))
        action = next(each(verbs, "Gather")).attrib["action"]
        verbs = read(self._ask(leg, action, {"Digits": keys}), _OFFICER_VERBS)
        names = [queue.text for queue in each(verbs, "Queue")]
        caller = next((phone for phone in waiting if phone.line and phone.line.name in names), None)
        self.over(leg, "completed")
        return caller.connected() if caller else None

    def over(self, leg: Leg, status: str) -> None:
        """The call has ended, as `status` says; the line is told."""
        leg.status = status
        self._ask(leg, leg.form["StatusCallback"], {"CallStatus": status})

    def _ask(self, leg: Leg, url: str, form: Mapping[str, str]) -> str:
        assert self.post
        parameters = {
            "CallSid": leg.sid,
            "From": leg.form["From"],
            "To": leg.form["To"],
            "CallStatus": leg.status,
            **form,
        }
        signature = RequestValidator(self.token).compute_signature(url, parameters)
        path = url.removeprefix(self.base_url)
        status, body = self.post(path, parameters, {"X-Twilio-Signature": signature})
        assert status in (200, 204), f"{path}: {status}"
        return body

    def respond(
        self, method: str, target: str, authorization: str, form: dict[str, str]
    ) -> tuple[int, dict[str, object]]:
        """Status and JSON of a request."""
        try:
            return self._respond(method, target, authorization, form)
        except Refused as error:
            self.refused.append(str(error))
            return error.status, {"code": error.code, "message": str(error), "status": error.status}

    def _respond(
        self, method: str, target: str, authorization: str, form: dict[str, str]
    ) -> tuple[int, dict[str, object]]:
        wanted = base64.b64encode(f"{ACCOUNT_SID}:{self.token}".encode()).decode()
        if authorization != f"Basic {wanted}":
            raise Refused(401, 20003, "Authenticate")
        path = _PATH.fullmatch(urlsplit(target).path)
        if not path or path[1] != ACCOUNT_SID:
            raise Refused(404, 20404, f"no such resource: {target}")
        match method, path[2], path[3]:
            case "POST", "Calls", None:
                return 201, self._shown(self._call(form))
            case "POST", "Messages", None:
                _refuse_unlike(form, *_MADE["Messages"])
                self.texts.append(form)
                return 201, {"sid": "SM" + secrets.token_hex(16), "status": "queued"}
            case "GET", "Calls", sid if sid:
                return 200, self._shown(self._leg(sid))
            case "POST", "Calls", sid if sid:
                _refuse_unlike(form, {"Status"}, set())
                if form["Status"] not in ("canceled", "completed"):
                    raise Refused(400, 21218, "no such status")
                leg = self._leg(sid)
                if form["Status"] == "completed" or leg.status in ("queued", "ringing"):
                    leg.status = form["Status"]
                return 200, self._shown(leg)
            case "GET", "IncomingPhoneNumbers", None:
                return 200, self._numbers(target)
        raise Refused(405, 20004, f"{method} {target}")

    def _call(self, form: dict[str, str]) -> Leg:
        _refuse_unlike(form, *_MADE["Calls"])
        leg = Leg("CA" + secrets.token_hex(16), form)
        self.legs.append(leg)
        return leg

    def _leg(self, sid: str) -> Leg:
        found = next((leg for leg in self.legs if leg.sid == sid), None)
        if found is None:
            raise Refused(404, 20404, "no such call")
        return found

    def _shown(self, leg: Leg) -> dict[str, object]:
        return {"sid": leg.sid, "status": leg.status}

    def _numbers(self, target: str) -> dict[str, object]:
        query = parse_qs(urlsplit(target).query)
        unknown = set(query) - {"PhoneNumber", "PageSize"}
        if unknown:
            raise Refused(400, 20001, f"unknown: {unknown}")
        numbers = [{"phone_number": query["PhoneNumber"][0], **self.webhooks}] if self.webhooks else []
        return {"incoming_phone_numbers": numbers, "next_page_uri": None, "page": 0, "page_size": 1}


def _refuse_unlike(form: dict[str, str], required: set[str], optional: set[str]) -> None:
    missing, unknown = required - set(form), set(form) - required - optional
    if missing or unknown:
        raise Refused(400, 20001, f"missing: {sorted(missing)}, unknown: {sorted(unknown)}")
    for name in {"To", "From"} & set(form):
        if not _E164.fullmatch(form[name]):
            raise Refused(400, 21211, f"{name} is not E.164")
    for name in {"Url", "StatusCallback"} & set(form):
        if not form[name].startswith(("http://", "https://")):
            raise Refused(400, 21205, f"{name} is not an absolute address")
    for name, largest in (("Timeout", 600), ("TimeLimit", 14_400)):
        if name in form and not (form[name].isdigit() and 0 < int(form[name]) <= largest):
            raise Refused(400, 21220, f"{name} is out of range")
    if not 0 < len(form.get("Body", "-")) <= _LONGEST_BODY:
        raise Refused(400, 21617, "Body is too long")


def _handler_of(provider: FakeProvider) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = {name: values[-1] for name, values in parse_qs(body, keep_blank_values=True).items()}
            status, shown = provider.respond(
                self.command, self.path, self.headers.get("Authorization", ""), form
            )
            content = json.dumps(shown).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing is logged: requests hold numbers."""

    return Handler
