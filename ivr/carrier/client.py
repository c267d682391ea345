"""The phone provider's REST API, as little of it as the line needs. Any Twilio-compatible service will do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from requests import ConnectionError, ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from resident_app.settings import PhoneSettings

USUAL_BASE = "https://api.twilio.com"
SECONDS = 4
_KEY_HEADERS = ("Idempotency-Key", "I-Twilio-Idempotency-Token")
OVER = ("completed", "busy", "failed", "no-answer", "canceled")
"""The statuses of a call that has ended, or never began."""
LONGEST_TALK_SECONDS = 3000


class CarrierError(Exception):
    """The provider refused, or did not answer.

    `may_be_done`: it was asked, and did not say no. `status` is that of HTTP and `code` the provider's
    own (https://www.twilio.com/docs/api/errors) if it answered; else they are 0.
    """

    def __init__(self, error: Exception):
        super().__init__()
        self.may_be_done = isinstance(error, RequestException) and not _was_never_asked(error)
        self.status = self.code = 0
        if isinstance(error, TwilioRestException):
            self.status, self.code = int(error.status), int(error.code or 0)


def text_status_url(base_url: str, language: str) -> str:
    """Return where the carrier reports on a text message in a language. `base_url` is the public address.

    Without one language, the reports name none.
    """
    return f"{base_url}/text/status/{language}".rstrip("/")


class CarrierClient:
    """Makes calls and sends text messages by REST, from the line's number `line` (E.164).

    Each request ends after `seconds`.
    """

    def __init__(self, settings: PhoneSettings, line: str, seconds: float = SECONDS):
        base = str(settings.twilio_api_base).rstrip("/")
        self._http = _ClientAt(base, seconds)
        self._client = Client(
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            http_client=self._http,
            environment={},
        )
        self._line = line

    def call(
        self,
        to: str,
        url: str,
        status_url: str,
        *,
        ring_seconds: int,
        longest_seconds: int,
        detect_machine: bool = False,
        key: str = "",
    ) -> str:
        """Ring `to`; the one who answers hears the document at `url`. Returns the carrier's id of the call.

        The keys of an extension, `;ext=77`, are pressed a second after a switchboard answers.
        `detect_machine`: `url` is asked when it is known who answered, at a machine after its greeting.
        `key`: a provider that honours it rings once, however often it is asked.
        """
        number, _, extension = to.partition(";ext=")
        options = {"machine_detection": "DetectMessageEnd"} if detect_machine else {}
        if extension:
            options["send_digits"] = f"ww{extension}"
        try:
            with self._http.keyed(key):
                made = self._client.calls.create(
                    to=number,
                    from_=self._line,
                    url=url,
                    method="POST",
                    status_callback=status_url,
                    status_callback_method="POST",
                    timeout=ring_seconds,
                    time_limit=longest_seconds,
                    **options,
                )
        except (TwilioException, RequestException) as error:
            raise CarrierError(error) from error
        return str(made.sid)

    def is_over(self, call_sid: str) -> bool:
        """Whether a call has ended, or never began."""
        try:
            return self._client.calls(call_sid).fetch().status in OVER
        except (TwilioException, RequestException) as error:
            raise CarrierError(error) from error

    def stop_ringing(self, call_sid: str) -> None:
        """End a call that still rings; one that was answered goes on: it may be another caller's."""
        try:
            self._client.calls(call_sid).update(status="canceled")
        except (TwilioException, RequestException) as error:
            raise CarrierError(error) from error

    def hang_up(self, call_sid: str) -> None:
        """End a call, whatever its status."""
        try:
            self._client.calls(call_sid).update(status="completed")
        except (TwilioException, RequestException) as error:
            raise CarrierError(error) from error

    def redirect(self, call_sid: str, url: str) -> None:
        """Go on with the document at `url` in a call."""
        try:
            self._client.calls(call_sid).update(url=url, method="POST")
        except (TwilioException, RequestException) as error:
            raise CarrierError(error) from error

    def text(self, to: str, body: str, status_url: str, key: str = "") -> str:
        """Send a text message; the provider's id of it. How far it comes is reported to `status_url`.

        A provider that honours keys sends it once for each `key`, however often it is asked.
        """
        try:
            with self._http.keyed(key):
                made = self._client.messages.create(
                    to=to, from_=self._line, body=body, status_callback=status_url
                )
        except (TwilioException, RequestException) as error:
            raise CarrierError(error) from error
        return str(made.sid)

    def find_texts(self, to: str, body: str, since: datetime) -> list[str]:
        """The provider's ids of text messages with these words, of the last hundred that it has for `to`."""
        try:
            found = self._client.messages.list(to=to, from_=self._line, limit=100)
        except (TwilioException, RequestException) as error:
            raise CarrierError(error) from error
        return [
            str(one.sid)
            for one in found
            if one.body == body and (one.date_created is None or _in_utc(one.date_created) >= since)
        ]

    def webhooks(self) -> dict[str, str] | None:
        """The addresses that the provider asks when the line is called or texted; None: not our number."""
        try:
            found = self._client.incoming_phone_numbers.list(phone_number=self._line, limit=1)
        except (TwilioException, RequestException) as error:
            raise CarrierError(error) from error
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

    def __init__(self, base: str, seconds: float):
        super().__init__(timeout=seconds)
        self._base = base
        self._here = threading.local()

    @contextmanager
    def keyed(self, key: str) -> Iterator[None]:
        """What this thread asks for within bears an idempotency key, by each name that providers use."""
        self._here.key = key
        try:
            yield
        finally:
            self._here.key = ""

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: dict[str, str] | None = None,
        *rest: Any,
        **named: Any,
    ) -> Any:
        key = getattr(self._here, "key", "")
        if key:
            headers = {**(headers or {}), **dict.fromkeys(_KEY_HEADERS, key)}
        url = url.replace(USUAL_BASE, self._base, 1)
        return super().request(method, url, params, data, headers, *rest, **named)


def _was_never_asked(error: RequestException) -> bool:
    """Whether no connection was made. One that broke off is another matter."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, ConnectionError) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(
        cause.reason, (NewConnectionError, ConnectTimeoutError)
    )


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
