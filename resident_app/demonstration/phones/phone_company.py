"""The demonstration's phone company. It asks the line for TwiML as the carrier does, and nothing goes out.

A page in the browser calls the line and answers the phones that the line rings. While no page is open, those
phones answer by themselves, and texts are printed.
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator

from ivr.simulator import FakeCarrier, Handset, LiveCall, Phone, Post
from ivr.simulator.virtual_clock import RunningClock
from resident_app.settings import PhoneSettings

ANY_KEY = "1"
_ANSWER_AFTER_SECONDS = 2.0
_PAGE_IS_OPEN_SECONDS = 90.0
"""After a page asked for the last time. A browser lets a page in the background ask once a minute."""
_USUAL_RING_SECONDS = 60
_MOST_ENDED_CALLS = 20


@dataclass(frozen=True)
class TextMessage:
    """A text message to or from the line."""

    sender: str
    to: str
    body: str


class PhoneCompany:
    """The calls and texts of a demonstration. `log` gets a line for each event that no page shows."""

    def __init__(
        self, settings: PhoneSettings, line: str, log: Callable[[str], None], post: Post | None = None
    ):
        """`line` is the number of the phone line, E.164. `post` reaches it; by HTTP unless it is given."""
        self._log = log
        self._base_url = settings.base_url
        self._line = line
        self._address = urlsplit(settings.base_url)
        self._token = settings.twilio_auth_token.get_secret_value()
        self._ringing_since: dict[str, float] = {}
        self._page_asked_at = float("-inf")
        self._texts: list[TextMessage] = []
        self._texts_taken = self._texts_reported = 0
        self._mutex = threading.Lock()
        self._calls: dict[str, LiveCall] = {}
        self._rung: dict[str, LiveCall] = {}
        self._post = post or self._post_by_http
        self.carrier = FakeCarrier(self._token, settings.base_url, post=self._post)
        paths = {"voice_url": "/voice/start", "voice_fallback_url": "/voice/fallback.xml"}
        paths |= {"status_callback": "/voice/status", "sms_url": "/text"}
        self.carrier.webhooks = {name: settings.base_url + path for name, path in paths.items()}

    def call(self, caller: str, attestation: str = "", at: datetime | None = None) -> LiveCall:
        """Call the line. `caller` is E.164, or a word for a withheld number; `at`: as if at that time."""
        named = {"DemonstrationTime": at.isoformat()} if at else {}
        clock = RunningClock()
        phone = Phone(self._post, self._base_url, self._token, caller, clock, attestation, **named)
        live = LiveCall(phone.ring())
        with self._mutex:
            ended = [sid for sid, call in self._calls.items() if call.is_over]
            for sid in ended[:-_MOST_ENDED_CALLS]:
                del self._calls[sid]
            self._calls[phone.call_sid] = live
            self.carrier.callers.append(phone)
        return live

    def find(self, sid: str) -> LiveCall | None:
        """Return a call by its SID: one that a page made, or one to a phone that the line rang."""
        return self._calls.get(sid) or next((one for one in self.rung() if _sid(one) == sid), None)

    def rung(self) -> list[LiveCall]:
        """Return the calls to phones that the line rang, the last one first."""
        with self._mutex:
            for leg in self.carrier.legs:
                if leg.sid not in self._rung:
                    self._rung[leg.sid] = LiveCall(Handset(self.carrier, leg))
            return list(reversed(self._rung.values()))

    def hang_up(self, call: LiveCall, status: str = "completed") -> None:
        """End a call. Of a phone that still rings, `status` says how that ended."""
        call.hang_up(status)
        if isinstance(call.side, Phone):
            self.carrier.caller_left(call.side)

    def texts(self) -> list[TextMessage]:
        """Return every text message so far, the oldest first."""
        with self._mutex:
            new = self.carrier.texts[self._texts_taken :]
            self._texts_taken += len(new)
            self._texts += [TextMessage(text["From"], text["To"], text["Body"]) for text in new]
            return list(self._texts)

    def send_text(self, sender: str, body: str) -> None:
        """Send a text message to the line, and keep what it answers."""
        form = {"From": sender, "To": self._line, "Body": body, "MessageSid": "SM" + secrets.token_hex(16)}
        signature = RequestValidator(self._token).compute_signature(f"{self._base_url}/text", form)
        _, document = self._post("/text", form, {"X-Twilio-Signature": signature})
        answers = ElementTree.fromstring(document).iter("Message")  # noqa: S314
        sent = [TextMessage(sender, self._line, body)]
        sent += [TextMessage(self._line, sender, answer.text or "") for answer in answers]
        self.texts()
        with self._mutex:
            self._texts += sent

    def page_asks(self, *, leaves: bool = False) -> None:
        """Note that a page is open: it answers the phones from now on. `leaves`: the page was closed."""
        self._page_asked_at = float("-inf") if leaves else time.monotonic()

    def run(self, poll_seconds: float = 0.5) -> None:
        """Let phones ring and answer until the process ends."""
        while True:
            time.sleep(poll_seconds)
            self.poll(time.monotonic())

    def poll(self, now: float) -> None:
        """End what has rung too long; answer by itself what no page shows, and log new texts."""
        has_page = now - self._page_asked_at < _PAGE_IS_OPEN_SECONDS
        for call in self.rung():
            assert isinstance(call.side, Handset)
            leg = call.side.leg
            rings = now - self._ringing_since.setdefault(leg.sid, now)
            if leg.status != "ringing":
                continue
            if rings >= int(leg.form.get("Timeout", _USUAL_RING_SECONDS)):
                self.hang_up(call, "no-answer")
            elif rings >= _ANSWER_AFTER_SECONDS and not has_page:
                self._answer(call.side)
        for sent in self.carrier.sent[self._texts_reported :]:
            self._texts_reported += 1
            for status in ("sent", "delivered"):
                self.carrier.report(sent, status)
        before = len(self._texts)
        for text in self.texts()[before:]:
            self._log(f"Text to {text.to}: {text.body}")

    def _answer(self, handset: Handset) -> None:
        number = handset.leg.form["To"]
        handset.pick_up("human" if handset.detects_machines else "")
        self._log(f"{number} answers and hears: {handset.text or '(nothing)'}")
        if handset.is_waiting:
            handset.press(ANY_KEY)
            self._log(f"{number} presses {ANY_KEY}.")

    def _post_by_http(
        self, path: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, str]:
        connection = HTTPConnection(self._address.hostname or "", self._address.port, timeout=15)
        try:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(form), {**kind, **headers})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


def _sid(call: LiveCall) -> str:
    return call.side.leg.sid if isinstance(call.side, Handset) else call.side.call_sid
