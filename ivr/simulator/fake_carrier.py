"""The carrier's REST API on this machine. It refuses what it does not know, and what is incomplete.

It rings the office's phone, which answers, is busy or does not answer. It keeps the text messages that it
gets; they go nowhere.
"""

import base64
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator

from ivr.simulator.handset import Handset, Leg
from ivr.simulator.phone import Phone, Post
from ivr.simulator.rest_rules import CREATED, PATH, CarrierRefusal, refuse_invalid
from ivr.simulator.rest_server import rest_handler
from ivr.simulator.twiml_reader import each, read
from resident_app.settings import DEMONSTRATION_ACCOUNT

ACCOUNT_SID = DEMONSTRATION_ACCOUNT

_STOPS_WITHIN_SECONDS = 0.02
_OFFICER_VERBS = frozenset({"Say", "Gather", "Dial", "Hangup"})


@dataclass
class SentText:
    """A text message that was taken."""

    sid: str
    form: dict[str, str]
    key: str
    at: datetime


@dataclass
class FakeCarrier:
    """Takes requests of one account. `post` reaches the line, as it does for a phone."""

    token: str
    base_url: str
    post: Post | None = None
    legs: list[Leg] = field(default_factory=list)
    conferences: dict[str, list[Handset]] = field(default_factory=dict)
    """Who is in each conference."""
    callers: list[Phone] = field(default_factory=list)
    """Those who may wait in a queue, the longest wait first. A test passes them to `answer` instead."""
    texts: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    webhooks: dict[str, str] = field(default_factory=dict)
    """What is set for the line's number; empty: the number is not the account's."""
    address: str = ""
    sent: list[SentText] = field(default_factory=list)
    """Every text message that was sent, `texts` with what the provider knows of them."""
    honours_keys: bool = True
    """Whether a text message that is asked for again under its key is the same message."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    at: Callable[[str, str], None] = lambda _moment, _request: None
    """What happens when a request, as `POST Messages`, is `asked`, `taken` and `answered`.

    It may raise CarrierRefusal for what a provider in trouble answers, and ConnectionBroken.
    """
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def serving(self, port: int = 0) -> Iterator["FakeCarrier"]:
        """Serve on a port of this machine, a free one unless it is given; `address` says where."""
        server = ThreadingHTTPServer(("127.0.0.1", port), rest_handler(self))
        self.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=[_STOPS_WITHIN_SECONDS], daemon=True)
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
        verbs = read(self.ask(leg, leg.form["Url"], {}), _OFFICER_VERBS)
        leg.heard = " ".join(verb.text or "" for verb in each(verbs, "Say"))
        action = next(each(verbs, "Gather")).attrib["action"]
        verbs = read(self.ask(leg, action, {"Digits": keys}), _OFFICER_VERBS)
        names = [queue.text for queue in each(verbs, "Queue")]
        caller = next((phone for phone in waiting if phone.line and phone.line.name in names), None)
        self.over(leg, "completed")
        return caller.connected() if caller else None

    def ringing(self, number: str) -> Handset:
        """The phone that rings at a number."""
        return Handset(
            self, next(leg for leg in self.legs if leg.form["To"] == number and leg.status == "ringing")
        )

    def next_in(self, queue: str) -> Phone | None:
        """Return the caller who waits longest in a queue."""
        waiting = (one for one in self.callers if one.line and not one.is_talking and not one.ended)
        return next((one for one in waiting if one.line and one.line.name == queue), None)

    def caller_left(self, caller: Phone) -> None:
        """A caller hung up: whoever talks with them hears the rest of their document."""
        if caller in self.callers:
            self.callers.remove(caller)
        for leg in self.legs:
            if leg.handset and leg.handset.caller is caller:
                leg.handset.put_out()

    def over(self, leg: Leg, status: str) -> None:
        """The call has ended, as `status` says; the line is told."""
        leg.status = status
        self.ask(leg, leg.form["StatusCallback"], {"CallStatus": status})

    def ask(self, leg: Leg, url: str, form: Mapping[str, str]) -> str:
        """Ask the line about a call that it made: its document."""
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

    def report(self, text: SentText, status: str, code: str = "") -> None:
        """Report how far a text message has come, as the provider does: sent, then delivered or undelivered.

        There is no report of the first status, queued:
        https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks.
        """
        url = text.form.get("StatusCallback", "")
        if not url:
            return
        assert self.post
        form = {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "AccountSid": ACCOUNT_SID,
            "From": text.form["From"],
            "To": text.form["To"],
            "MessageStatus": status,
            "SmsStatus": status,
            **({"ErrorCode": code} if code else {}),
        }
        signature = RequestValidator(self.token).compute_signature(url, form)
        answered, _ = self.post(url.removeprefix(self.base_url), form, {"X-Twilio-Signature": signature})
        assert answered == 204, f"{url}: {answered}"

    def respond(
        self, method: str, target: str, authorization: str, form: dict[str, str], key: str = ""
    ) -> tuple[int, dict[str, object]]:
        """Status and JSON of a request; `key` is its idempotency key."""
        try:
            return self._respond(method, target, authorization, form, key)
        except CarrierRefusal as error:
            self.refused.append(str(error))
            return error.status, {"code": error.code, "message": str(error), "status": error.status}

    def _respond(
        self, method: str, target: str, authorization: str, form: dict[str, str], key: str
    ) -> tuple[int, dict[str, object]]:
        wanted = base64.b64encode(f"{ACCOUNT_SID}:{self.token}".encode()).decode()
        if authorization != f"Basic {wanted}":
            raise CarrierRefusal(401, 20003, "Authenticate")
        path = PATH.fullmatch(urlsplit(target).path)
        if not path or path[1] != ACCOUNT_SID:
            raise CarrierRefusal(404, 20404, f"no such resource: {target}")
        match method, path[2], path[3]:
            case "POST", "Calls", None:
                return 201, self._shown(self._call(form))
            case "POST" | "GET", "Messages", None:
                return self._texting(method, target, form, key)
            case "GET", "Calls", sid if sid:
                return 200, self._shown(self._leg(sid))
            case "POST", "Calls", sid if sid:
                return 200, self._shown(self._changed(self._leg(sid), form))
            case "GET", "IncomingPhoneNumbers", None:
                return 200, self._numbers(target)
        raise CarrierRefusal(405, 20004, f"{method} {target}")

    def _changed(self, leg: Leg, form: dict[str, str]) -> Leg:
        """A call is ended, or sent to another document."""
        if "Url" in form:
            refuse_invalid(form, {"Url"}, {"Method"})
            if leg.status != "in-progress" or leg.handset is None:
                raise CarrierRefusal(400, 21220, "the call is not in progress")
            leg.handset.sent_to(form["Url"])
            return leg
        refuse_invalid(form, {"Status"}, set())
        if form["Status"] not in ("canceled", "completed"):
            raise CarrierRefusal(400, 21218, "no such status")
        if leg.handset and form["Status"] == "completed" and not leg.handset.is_over:
            leg.handset.hang_up()
        elif form["Status"] == "completed" or leg.status in ("queued", "ringing"):
            leg.status = form["Status"]
        return leg

    def _call(self, form: dict[str, str]) -> Leg:
        refuse_invalid(form, *CREATED["Calls"])
        leg = Leg("CA" + secrets.token_hex(16), form)
        self.legs.append(leg)
        return leg

    def _texting(
        self, method: str, target: str, form: dict[str, str], key: str
    ) -> tuple[int, dict[str, object]]:
        if method == "GET":
            return 200, self._messages(target)
        return 201, {"sid": self._text(form, key).sid, "status": "queued"}

    def _text(self, form: dict[str, str], key: str) -> SentText:
        refuse_invalid(form, *CREATED["Messages"])
        with self._mutex:
            if key and self.honours_keys:
                for earlier in self.sent:
                    if earlier.key == key:
                        return earlier
            made = SentText("SM" + secrets.token_hex(16), form, key, self.clock())
            self.sent.append(made)
            self.texts.append(form)
            return made

    def _messages(self, target: str) -> dict[str, object]:
        query = parse_qs(urlsplit(target).query)
        unknown = set(query) - {"To", "From", "PageSize"}
        if unknown:
            raise CarrierRefusal(400, 20001, f"unknown: {unknown}")
        found = [
            {"sid": text.sid, "body": text.form["Body"], "date_created": format_datetime(text.at)}
            for text in reversed(self.sent)
            if all(text.form[name] == query[name][0] for name in ("To", "From") if name in query)
        ]
        return {"messages": found, "next_page_uri": None, "page": 0, "page_size": 50}

    def _leg(self, sid: str) -> Leg:
        found = next((leg for leg in self.legs if leg.sid == sid), None)
        if found is None:
            raise CarrierRefusal(404, 20404, "no such call")
        return found

    def _shown(self, leg: Leg) -> dict[str, object]:
        return {"sid": leg.sid, "status": leg.status}

    def _numbers(self, target: str) -> dict[str, object]:
        query = parse_qs(urlsplit(target).query)
        unknown = set(query) - {"PhoneNumber", "PageSize"}
        if unknown:
            raise CarrierRefusal(400, 20001, f"unknown: {unknown}")
        numbers = [{"phone_number": query["PhoneNumber"][0], **self.webhooks}] if self.webhooks else []
        return {"incoming_phone_numbers": numbers, "next_page_uri": None, "page": 0, "page_size": 1}
