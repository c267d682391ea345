"""One call: hears what the line says, presses keys, waits, hangs up; in virtual time."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element

from twilio.request_validator import RequestValidator

from ivr.simulator.twiml_reader import (
    CALL_VERBS,
    LONGEST_SAY,
    LONGEST_SAY_ENCODED,
    WAIT_VERBS,
    BadTwiml,
    read,
)
from ivr.simulator.virtual_clock import CallClock, VirtualClock, seconds_to_say

MOST_REDIRECTS = 10

Post = Callable[[str, Mapping[str, str], Mapping[str, str]], tuple[int, str]]
"""Sends a POST: path, form, headers; gives status and body. Raises OSError where nothing answers."""


@dataclass(frozen=True)
class Heard:
    """One thing said or played: in which language and voice; a recording has its address as its text."""

    language: str
    voice: str
    text: str
    pause: int = 0
    """Seconds of quiet after it."""


def add_pause(heard: list[Heard], verb: Element) -> int:
    """Add the quiet of a <Pause> to what was heard last. Returns its seconds."""
    seconds = int(verb.get("length", "1"))
    if heard:
        heard[-1] = replace(heard[-1], pause=heard[-1].pause + seconds)
    return seconds


@dataclass(frozen=True)
class Gathering:
    """Keys that are waited for, by the provider's rules.

    https://www.twilio.com/docs/voice/twiml/gather
    """

    action: str
    num_digits: int | None
    finish_on_key: str
    timeout: int
    posts_nothing: bool
    """Silence is posted too; otherwise the document goes on."""

    @property
    def node(self) -> str:
        """The node of the call graph where the caller is."""
        return urlsplit(self.action).path.split("/")[2]

    def digits(self, keys: str) -> str:
        """Return what is sent of the keys that were pressed: without the key that ends them."""
        if self.finish_on_key and self.finish_on_key in keys:
            keys = keys[: keys.index(self.finish_on_key)]
        return keys[: self.num_digits] if self.num_digits else keys

    def is_complete(self, keys: str) -> bool:
        """Return whether these keys are sent at once; otherwise they are sent when the time is up."""
        ends = bool(self.finish_on_key) and self.finish_on_key in keys
        return ends or (self.num_digits is not None and len(keys) >= self.num_digits)


def gathering_of(verb: Element) -> Gathering:
    """Return what a <Gather> waits for, with the provider's defaults."""
    digits = verb.get("numDigits")
    return Gathering(
        action=verb.attrib["action"],
        num_digits=int(digits) if digits else None,
        finish_on_key=verb.get("finishOnKey", "#"),
        timeout=int(verb.get("timeout", "5")),
        posts_nothing=verb.get("actionOnEmptyResult") == "true",
    )


@dataclass(frozen=True)
class Queued:
    """The queue that a caller waits in."""

    name: str
    action: str
    wait_url: str
    since: datetime


class Phone:
    """A call to the line. `post` reaches it; requests are signed for `base_url` with `token`."""

    def __init__(
        self,
        post: Post,
        base_url: str,
        token: str,
        caller: str = "+13605550100",
        clock: CallClock | None = None,
        attestation: str = "",
        **more: str,
    ):
        """`attestation`: the STIR/SHAKEN attestation of the caller's number, A, B, C or none at all."""
        self.post = post
        self._base_url = base_url
        self._validator = RequestValidator(token)
        self._more = more
        if attestation:
            self._more["StirVerstat"] = f"TN-Validation-Passed-{attestation}"
        self.clock = clock or VirtualClock(datetime.now(UTC))
        self.call_sid = "CA" + secrets.token_hex(16)
        self.caller = caller
        self.heard: list[Heard] = []
        """What was said since the last key."""
        self.gathering: Gathering | None = None
        self.coming = ""
        """Where the call goes on by itself after what was said."""
        self.line: Queued | None = None
        self.position = 1
        self.is_talking = False
        """Whether a person took the call from the line."""
        self.ended = False
        self.last_request: tuple[str, dict[str, str]] = ("", {})

    def ring(self) -> "Phone":
        """Call the line."""
        self._request(f"{self._base_url}/voice/start", {})
        return self

    def press(self, keys: str) -> "Phone":
        """Press keys; `#` ends an entry as the document says."""
        assert self.gathering, "nothing is waited for"
        self.clock.pass_by(len(keys))
        self._request(self.gathering.action, {"Digits": self.gathering.digits(keys)})
        return self

    def wait(self) -> "Phone":
        """Press nothing until the time is up, or what is said has been heard."""
        if self.coming:
            self._request(self.coming, {})
            return self
        assert self.gathering, "nothing is waited for"
        self.clock.pass_by(self.gathering.timeout)
        if self.line and not self.gathering.posts_nothing:
            self.heard = []
            self._listen_in_line()
        else:
            self._request(self.gathering.action, {"Digits": ""})
        return self

    def hang_up(self) -> None:
        """End the call; the provider reports it."""
        self.send(f"{self._base_url}/voice/status", {"CallStatus": "completed"})
        self.ended = True

    def repeat_last(self) -> str:
        """Send the last request once more, as the provider does when an answer was slow; its TwiML."""
        return self.send(*self.last_request)

    def fall_back(self, document: str) -> "Phone":
        """The line did not answer: the provider plays the fallback document, which it has."""
        self.heard = []
        self._hear_document(read(document))
        return self

    def connected(self) -> "Phone":
        """A person took the call from the line, talked, and hung up."""
        assert self.line, "not waiting for a person"
        self.is_talking = False
        self._leave_line("bridged")
        return self

    @property
    def text(self) -> str:
        """All that was said since the last key."""
        return " ".join(heard.text for heard in self.heard)

    @property
    def node(self) -> str:
        """The node of the call graph where the caller is."""
        if self.line:
            return urlsplit(self.line.action).path.split("/")[2]
        return self.gathering.node if self.gathering else ""

    def _request(self, url: str, form: Mapping[str, str]) -> None:
        self.heard = []
        for _ in range(MOST_REDIRECTS):
            self.last_request = (url, dict(form))
            redirect = self._hear_document(
                read(self.send(url, form), WAIT_VERBS if self._in_line(url) else CALL_VERBS)
            )
            if redirect is None:
                return
            url, form = redirect, {}
        raise BadTwiml("too many redirects")

    def _in_line(self, url: str) -> bool:
        """Whether a document at `url` is heard in line, where other verbs are allowed."""
        return self.line is not None and url != self.line.action

    def send(self, url: str, form: Mapping[str, str]) -> str:
        """Send a signed request, as the carrier does; its TwiML."""
        parameters = {
            "CallSid": self.call_sid,
            "From": self.caller,
            "CallStatus": "in-progress",
            **self._more,
            **form,
        }
        signature = self._validator.compute_signature(url, parameters)
        if not url.startswith(self._base_url + "/"):
            raise BadTwiml(f"not an address of this line: {urlsplit(url).path}")
        status, body = self.post(
            url.removeprefix(self._base_url), parameters, {"X-Twilio-Signature": signature}
        )
        if status not in (200, 204):
            raise BadTwiml(f"status {status}")
        return body

    def _hear_document(self, verbs: list[Element]) -> str | None:
        """Hear a document. The address that it leads on to, if it waits for nothing."""
        self.gathering, self.coming = None, ""
        for verb in verbs:
            match verb.tag:
                case "Gather":
                    self._gather(verb)
                    return None
                case "Redirect" if self.heard:
                    self.coming = verb.text or ""
                    return None
                case "Redirect":
                    return verb.text or ""
                case "Leave":
                    self._leave_line("leave")
                    return None
                case "Enqueue":
                    action, wait_url = verb.attrib["action"], verb.attrib["waitUrl"]
                    self.line = Queued(verb.text or "", action, wait_url, self.clock.now)
                    self._listen_in_line()
                    return None
                case "Hangup":
                    break
                case _:
                    self._hear(verb)
        self.ended = True
        return None

    def _listen_in_line(self) -> None:
        """Ask what a caller in line hears."""
        assert self.line
        waited = int((self.clock.now - self.line.since).total_seconds())
        form = {"QueuePosition": str(self.position), "QueueTime": str(waited), "QueueSid": "QU0"}
        self._hear_document(read(self.send(self.line.wait_url, form), WAIT_VERBS))

    def _leave_line(self, how: str) -> None:
        assert self.line
        action, self.line = self.line.action, None
        self._request(action, {"QueueResult": how})

    def _gather(self, verb: Element) -> None:
        for child in verb:
            self._hear(child)
        self.gathering = gathering_of(verb)

    def _hear(self, verb: Element) -> None:
        text = verb.text or ""
        match verb.tag:
            case "Say":
                if len(text) > LONGEST_SAY or len(quote(text)) > LONGEST_SAY_ENCODED:
                    raise BadTwiml("too long to be said")
                self.clock.pass_by(seconds_to_say(text))
                self.heard.append(Heard(verb.attrib["language"], verb.attrib["voice"], text))
            case "Play":
                self.heard.append(Heard("", "", text))
            case "Pause":
                self.clock.pass_by(add_pause(self.heard, verb))
            case other:
                raise BadTwiml(f"<{other}> is not for a caller")
