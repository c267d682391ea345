"""The demonstration's phone company: phones answer by themselves, and texts are shown, not sent.

It speaks the phone provider's REST API on this machine, and asks the line for documents as the provider does.
"""

import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from ivr.simulator.fake_carrier import ACCOUNT_SID, FakeCarrier
from ivr.simulator.handset import Handset
from resident_app.settings import PhoneSettings

_ROUND_SECONDS = 0.5
_RINGS_SECONDS = 2.0
ANY_KEY = "1"


def is_demonstrations(settings: PhoneSettings) -> bool:
    """Whether these settings name the demonstration's phone company, and not a provider."""
    base = settings.twilio_api_base
    return settings.twilio_account_sid == ACCOUNT_SID and base.host == "127.0.0.1"


class PhoneCompany:
    """Everyone picks up after two seconds and presses a key. `tell` is given a line for what happens."""

    def __init__(self, settings: PhoneSettings, tell: Callable[[str], None]):
        self._tell = tell
        self._rang: dict[str, float] = {}
        self._shown = 0
        self._line = urlsplit(settings.base_url)
        token = settings.twilio_auth_token.get_secret_value()
        self.provider = FakeCarrier(token, settings.base_url, post=self._post)
        paths = {"voice_url": "/voice/start", "voice_fallback_url": "/voice/fallback.xml"}
        paths |= {"status_callback": "/voice/status", "sms_url": "/text"}
        self.provider.webhooks = {name: settings.base_url + path for name, path in paths.items()}

    def serve(self, port: int) -> None:
        """Answer phones until the process ends."""
        with self.provider.serving(port):
            while True:
                time.sleep(_ROUND_SECONDS)
                self.go_round(time.monotonic())

    def go_round(self, now: float) -> None:
        """Answer what has rung long enough, and show texts that were sent."""
        for leg in list(self.provider.legs):
            since = self._rang.setdefault(leg.sid, now)
            if leg.status == "ringing" and leg.handset is None and now - since >= _RINGS_SECONDS:
                self._answer(Handset(self.provider, leg))
        texts = self.provider.texts[self._shown :]
        self._shown += len(texts)
        for text in texts:
            self._tell(f"A text message to {text['To']}: {text['Body']}")

    def _answer(self, handset: Handset) -> None:
        number = handset.leg.form["To"]
        handset.pick_up("human" if "MachineDetection" in handset.leg.form else "")
        self._tell(f"The phone {number} is answered, and hears: {handset.text or '(nothing)'}")
        if handset.is_waiting:
            handset.press(ANY_KEY)
            self._tell(f"The phone {number}: a key is pressed.")

    def _post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        connection = HTTPConnection(self._line.hostname or "", self._line.port, timeout=15)
        try:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(form), {**kind, **headers})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()
