"""The phone provider's REST API, as little of it as the line needs. Any Twilio-compatible service will do."""

from typing import Any

from requests import ConnectionError, ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from resident_app.settings import PublicSettings

USUAL_BASE = "https://api.twilio.com"
_SECONDS = 4
OVER = ("completed", "busy", "failed", "no-answer", "canceled")
"""The statuses of a call that has ended, or never began."""


class ProviderFailed(Exception):
    """The provider refused, or did not answer.

    `may_be_done`: it was asked, and did not say no.
    """

    def __init__(self, error: Exception):
        super().__init__()
        self.may_be_done = isinstance(error, RequestException) and not isinstance(
            error, (ConnectionError, ConnectTimeout)
        )


class Provider:
    """Calls and text messages by REST, from the line's number `line` (E.164)."""

    def __init__(self, settings: PublicSettings, line: str):
        base = str(settings.twilio_api_base).rstrip("/")
        self._client = Client(
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            http_client=_ClientAt(base),
            environment={},
        )
        self._line = line

    def call(self, to: str, url: str, status_url: str, *, ring_seconds: int, longest_seconds: int) -> str:
        """Ring `to`; whoever answers hears the document at `url`. The provider's id of the call."""
        try:
            made = self._client.calls.create(
                to=to,
                from_=self._line,
                url=url,
                method="POST",
                status_callback=status_url,
                status_callback_method="POST",
                timeout=ring_seconds,
                time_limit=longest_seconds,
            )
        except (TwilioException, RequestException) as error:
            raise ProviderFailed(error) from error
        return str(made.sid)

    def is_over(self, call_sid: str) -> bool:
        """Whether a call has ended, or never began."""
        try:
            return self._client.calls(call_sid).fetch().status in OVER
        except (TwilioException, RequestException) as error:
            raise ProviderFailed(error) from error

    def stop_ringing(self, call_sid: str) -> None:
        """End a call that still rings; one that was answered goes on: it may be another caller's."""
        try:
            self._client.calls(call_sid).update(status="canceled")
        except (TwilioException, RequestException) as error:
            raise ProviderFailed(error) from error

    def text(self, to: str, body: str) -> None:
        """Send a text message."""
        try:
            self._client.messages.create(to=to, from_=self._line, body=body)
        except (TwilioException, RequestException) as error:
            raise ProviderFailed(error) from error

    def webhooks(self) -> dict[str, str] | None:
        """The addresses that the provider asks when the line is called or texted; None: not our number."""
        try:
            found = self._client.incoming_phone_numbers.list(phone_number=self._line, limit=1)
        except (TwilioException, RequestException) as error:
            raise ProviderFailed(error) from error
        if not found:
            return None
        return {
            "call": found[0].voice_url or "",
            "fallback": found[0].voice_fallback_url or "",
            "status": found[0].status_callback or "",
            "text": found[0].sms_url or "",
        }


class _ClientAt(TwilioHttpClient):  # type: ignore[misc]
    """The library's client, at another base address."""

    def __init__(self, base: str):
        super().__init__(timeout=_SECONDS)
        self._base = base

    def request(self, method: str, url: str, *rest: Any, **named: Any) -> Any:
        return super().request(method, url.replace(USUAL_BASE, self._base, 1), *rest, **named)
