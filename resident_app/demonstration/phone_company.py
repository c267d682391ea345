"""The demonstration's phone company: phones answer by themselves, and texts are printed, not sent.

It serves the carrier's REST API on this machine, and requests TwiML from the line as the carrier does.
"""

import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from ivr.simulator.fake_carrier import ACCOUNT_SID, FakeCarrier
from ivr.simulator.handset import Handset
from resident_app.settings import PhoneSettings

_POLL_SECONDS = 0.5
_ANSWER_AFTER_SECONDS = 2.0
ANY_KEY = "1"


def is_demonstration(settings: PhoneSettings) -> bool:
    """Return whether these settings name the demonstration's phone company, not a real carrier."""
    base = settings.twilio_api_base
    return settings.twilio_account_sid == ACCOUNT_SID and base.host == "127.0.0.1"


class PhoneCompany:
    """Everyone answers after two seconds and presses a key. `log` gets a line for each event."""

    def __init__(self, settings: PhoneSettings, log: Callable[[str], None]):
        self._log = log
        self._ringing_since: dict[str, float] = {}
        self._texts_logged = 0
        self._line = urlsplit(settings.base_url)
        token = settings.twilio_auth_token.get_secret_value()
        self.carrier = FakeCarrier(token, settings.base_url, post=self._post)
        paths = {"voice_url": "/voice/start", "voice_fallback_url": "/voice/fallback.xml"}
        paths |= {"status_callback": "/voice/status", "sms_url": "/text"}
        self.carrier.webhooks = {name: settings.base_url + path for name, path in paths.items()}

    def serve(self, port: int) -> None:
        """Answer phones until the process ends."""
        with self.carrier.serving(port):
            while True:
                time.sleep(_POLL_SECONDS)
                self.poll(time.monotonic())

    def poll(self, now: float) -> None:
        """Answer calls that have rung long enough, and log new texts."""
        for leg in list(self.carrier.legs):
            since = self._ringing_since.setdefault(leg.sid, now)
            if leg.status == "ringing" and leg.handset is None and now - since >= _ANSWER_AFTER_SECONDS:
                self._answer(Handset(self.carrier, leg))
        texts = self.carrier.texts[self._texts_logged :]
        self._texts_logged += len(texts)
        for text in texts:
            self._log(f"Text to {text['To']}: {text['Body']}")

    def _answer(self, handset: Handset) -> None:
        number = handset.leg.form["To"]
        handset.pick_up("human" if "MachineDetection" in handset.leg.form else "")
        self._log(f"{number} answers and hears: {handset.text or '(nothing)'}")
        if handset.is_waiting:
            handset.press(ANY_KEY)
            self._log(f"{number} presses {ANY_KEY}.")

    def _post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        connection = HTTPConnection(self._line.hostname or "", self._line.port, timeout=15)
        try:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(form), {**kind, **headers})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()
