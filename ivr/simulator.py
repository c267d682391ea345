"""A phone without a phone company: it reads TwiML as the provider would, and presses keys.

Strict about what may stand where: a verb or a nesting that we do not use is an error.
`flask call` plays it in a terminal, and tests call with it.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator

MOST_REDIRECTS = 10

Post = Callable[[str, Mapping[str, str], Mapping[str, str]], tuple[int, str]]
"""Sends a POST: path, form, headers; gives status and body."""


class BadTwiml(Exception):
    """A document that the provider would refuse."""


@dataclass(frozen=True)
class Heard:
    """One thing said: in which language and voice."""

    language: str
    voice: str
    text: str


@dataclass(frozen=True)
class Gathering:
    """Keys that are waited for."""

    action: str
    num_digits: int | None
    finish_on_key: str
    timeout: int


class Phone:
    """One call. `post` reaches the line; requests are signed for `base_url` with `token`."""

    def __init__(self, post: Post, base_url: str, token: str, caller: str = "+13605550100"):
        self._post = post
        self._base_url = base_url
        self._validator = RequestValidator(token)
        self.call_sid = "CA" + secrets.token_hex(16)
        self.caller = caller
        self.heard: list[Heard] = []
        """What the last document said."""
        self.gathering: Gathering | None = None
        self.dialled: str = ""
        self.ended = False
        self.last_request: tuple[str, dict[str, str]] = ("", {})

    def ring(self) -> "Phone":
        """Call the line."""
        self._request(f"{self._base_url}/voice/start", {})
        return self

    def press(self, keys: str) -> "Phone":
        """Press keys; `#` ends an entry as the document says."""
        assert self.gathering, "nothing is waited for"
        gathering = self.gathering
        digits = keys
        if gathering.finish_on_key and gathering.finish_on_key in keys:
            digits = keys[: keys.index(gathering.finish_on_key)]
        if gathering.num_digits:
            digits = digits[: gathering.num_digits]
        self._request(gathering.action, {"Digits": digits})
        return self

    def wait(self) -> "Phone":
        """Press nothing until the time is up."""
        assert self.gathering, "nothing is waited for"
        self._request(self.gathering.action, {"Digits": ""})
        return self

    def hang_up(self) -> None:
        """End the call; the provider reports it."""
        self._send(f"{self._base_url}/voice/status", {"CallStatus": "completed"})
        self.ended = True

    def repeat_last(self) -> str:
        """Send the last request once more, as the provider does when an answer was slow; its TwiML."""
        return self._send(*self.last_request)

    @property
    def text(self) -> str:
        """All that the last document said."""
        return " ".join(heard.text for heard in self.heard)

    def _request(self, url: str, form: Mapping[str, str]) -> None:
        self.heard = []
        for _ in range(MOST_REDIRECTS):
            self.last_request = (url, dict(form))
            redirect = self._read(self._send(url, form))
            if redirect is None:
                return
            url, form = redirect, {}
        raise BadTwiml("too many redirects")

    def _send(self, url: str, form: Mapping[str, str]) -> str:
        parameters = {"CallSid": self.call_sid, "From": self.caller, "CallStatus": "in-progress", **form}
        signature = self._validator.compute_signature(url, parameters)
        if not url.startswith(self._base_url + "/"):
            raise BadTwiml(f"not an absolute address of this line: {urlsplit(url).path}")
        status, body = self._post(
            url.removeprefix(self._base_url), parameters, {"X-Twilio-Signature": signature}
        )
        if status not in (200, 204):
            raise BadTwiml(f"status {status}")
        return body

    def _read(self, document: str) -> str | None:
        """Take in a document. The address it redirects to, if nothing comes before that."""
        self.gathering, self.dialled = None, ""
        if len(document.encode()) > 64_000:
            raise BadTwiml("a document has at most 64 kB")
        root = ElementTree.fromstring(document)  # noqa: S314
        if root.tag != "Response":
            raise BadTwiml(root.tag)
        for verb in root:
            match verb.tag:
                case "Say":
                    self._say(verb)
                case "Pause":
                    pass
                case "Gather":
                    self._gather(verb)
                    return None
                case "Dial":
                    self.dialled = "".join(number.text or "" for number in verb.findall("Number"))
                    self.gathering = Gathering(verb.attrib["action"], None, "", 0)
                    return None
                case "Redirect":
                    return verb.text or ""
                case "Hangup":
                    self.ended = True
                    return None
                case other:
                    raise BadTwiml(f"<{other}> is not known here")
        self.ended = True
        return None

    def _gather(self, verb: ElementTree.Element) -> None:
        for child in verb:
            if child.tag == "Say":
                self._say(child)
            elif child.tag != "Pause":
                raise BadTwiml(f"<{child.tag}> may not stand in <Gather>")
        digits = verb.get("numDigits")
        self.gathering = Gathering(
            action=verb.attrib["action"],
            num_digits=int(digits) if digits else None,
            finish_on_key=verb.get("finishOnKey", "#"),
            timeout=int(verb.get("timeout", "5")),
        )

    def _say(self, verb: ElementTree.Element) -> None:
        if len(verb) or not (verb.text or "").strip():
            raise BadTwiml("<Say> holds text alone")
        self.heard.append(Heard(verb.attrib["language"], verb.attrib["voice"], verb.text or ""))
