"""The words of the audit log's sentences: what the numbers and codes of an event stand for."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup, escape

from resident_app.casework.retention.erasure_approval_tables import ErasureReason
from resident_app.console.rendering import STATES, format_day
from resident_app.contact_points import Channel
from resident_app.intake.message_tables import DeliveryError

SYSTEM = "The system"
_CHANNELS: Mapping[Channel | None, str] = {Channel.TEXT: "a text message", Channel.EMAIL: "an email"}
_HOW = {
    "code": "a password and a code",
    "password-and-code": "the password and a code",
    "password": "the password",
    "passkey": "a passkey",
    "recovery-code": "a recovery code",
    "link": "a set-up link",
    "unlock": "the password, asked again",
}
_NOT_SENT: Mapping[str, str] = {
    DeliveryError.NOT_SET_UP: "nothing is set up to send it",
    DeliveryError.QUIET_HOURS: "it waits until the person may be texted",
    DeliveryError.UNREACHABLE: "the other side could not be reached",
    DeliveryError.TOO_BUSY: "the other side was too busy",
    DeliveryError.NOT_LET_IN: "our user name or password was refused",
    DeliveryError.UNCERTAIN: "it is not known whether it went out",
    DeliveryError.OPTED_OUT: "the person asked for no more messages",
    DeliveryError.NOT_A_NUMBER: "the phone number cannot get it",
    DeliveryError.NO_SUCH_ADDRESS: "there is no such address",
    DeliveryError.RETURNED: "it came back",
    DeliveryError.REFUSED: "the other side refused it",
    DeliveryError.CANNOT_OPEN: "our key does not open it",
    DeliveryError.NOT_AUTHORIZED: "nobody at the office wrote it as it is",
}
_ERASED_BECAUSE: Mapping[str, str] = {
    ErasureReason.ASKED_BY_PHONE: "the person asked by phone",
    ErasureReason.ASKED_IN_WRITING: "the person asked in writing",
    ErasureReason.ASKED_IN_PERSON: "the person asked in person",
    ErasureReason.NOT_A_REQUEST: "it was no request for help",
    ErasureReason.LAW: "the law or a court wants it",
}
_STATUSES: Mapping[str, str] = {state.value: name for state, name in STATES.items()}
PHONES = {
    "officer": "the officer’s phone",
    "resident": "the person’s phone",
    "interpreter": "an interpreter’s phone",
}
CALL_FIELDS = ("call", *PHONES)
"""The fields that hold the number of a call."""

Fields = Mapping[str, int | str]


@dataclass(frozen=True)
class RecordedEvent:
    """An event as the page read it. `fields` is empty if what is stored is no JSON object."""

    kind: str
    actor_id: int | None
    fields: Fields

    def count(self, name: str) -> int | None:
        """Return a field that is a number, or None."""
        found = self.fields.get(name)
        return found if isinstance(found, int) else None

    def code(self, name: str) -> str:
        """Return a field that is a code, or ""."""
        found = self.fields.get(name)
        return found if isinstance(found, str) else ""


def read_fields(stored: str) -> Fields:
    """Return an event's fields. Somebody may have written anything into the column: then there are none."""
    try:
        found = json.loads(stored)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class NamesOfNumbers:
    """What the numbers in events stand for, and the addresses of their pages."""

    people: Mapping[int, str]
    """The names of staff by their accounts' numbers."""
    request_address: Callable[[int], str]
    export_address: Callable[[int], str]
    messages: Mapping[int, tuple[int | None, Channel]] = field(default_factory=dict)
    """The request and the channel of each message that is kept."""
    calls: Mapping[int, int] = field(default_factory=dict)
    """The request of each call that is kept."""
    templates: Mapping[int, str] = field(default_factory=dict)
    """The titles of the templates that the office wrote."""

    interpreters: Mapping[int, str] = field(default_factory=dict)
    """The names of the office's interpreters."""

    def person(self, number: int | None) -> str:
        if number is None:
            return SYSTEM
        return self.people.get(number) or "somebody whose account is gone"

    def request(self, number: int | None) -> Markup:
        if not number:
            return Markup("a request")
        return Markup('<a href="{}">request {}</a>').format(self.request_address(number), number)

    def export(self, number: int | None) -> Markup:
        if not number:
            return Markup("a file")
        return Markup('<a href="{}">file {}</a>').format(self.export_address(number), number)

    def message(self, number: int | None) -> Markup:
        request, channel = self.messages.get(number or 0, (None, None))
        name = _CHANNELS.get(channel, "a message")
        if request is None:
            return escape(name if channel is None else f"{name} to staff")
        return escape(name) + Markup(" for {}").format(self.request(request))

    def template(self, number: int | None) -> str:
        title = self.templates.get(number or 0)
        return f"“{title}”" if title else "that is gone"

    def interpreter(self, number: int | None) -> str:
        name = self.interpreters.get(number or 0)
        return f"the interpreter “{name}”" if name else "an interpreter"

    def call(self, number: int | None) -> Markup:
        request = self.calls.get(number or 0)
        about = Markup(" about {}").format(self.request(request)) if request else ""
        return Markup("a call") + about


def call_number(event: RecordedEvent) -> int | None:
    """Return the number of the call, or None. A phone that rang names it by whose phone it was."""
    found = (event.count(name) for name in CALL_FIELDS)
    return next((number for number in found if number), None)


class SentenceWords(dict[str, object]):
    """The words of a sentence's placeholders, each made when it is needed. Others are counts."""

    def __init__(self, event: RecordedEvent, names: NamesOfNumbers, actor: str):
        super().__init__(who=actor)
        self._event = event
        self._names = names

    def __missing__(self, name: str) -> object:
        if name in _PLACEHOLDERS:
            return _PLACEHOLDERS[name](self._event, self._names)
        count = self._event.count(name)
        return f"{count:,}" if count is not None else "some"


def _other_request(event: RecordedEvent, names: NamesOfNumbers) -> object:
    other = event.count("other")
    return names.request(other) if other else "another request"


def _account(event: RecordedEvent, names: NamesOfNumbers) -> object:
    account = event.count("account") or event.count("staff") or event.count("row")
    return names.person(account) if account else "somebody"


def _day(code: str) -> str:
    try:
        return format_day(date.fromisoformat(code))
    except ValueError:
        return "an unknown day"


_PLACEHOLDERS: Mapping[str, Callable[[RecordedEvent, NamesOfNumbers], object]] = {
    "request": lambda event, names: names.request(event.count("request")),
    "it": lambda event, names: names.request(event.count("request")),
    "other": _other_request,
    "whom": _account,
    "assignee": lambda event, names: names.person(event.count("assigned_to")),
    "message": lambda event, names: names.message(event.count("message")),
    "call": lambda event, names: names.call(call_number(event)),
    "export": lambda event, names: names.export(event.count("export")),
    "interpreter": lambda event, names: names.interpreter(event.count("service")),
    "template": lambda event, names: names.template(event.count("template")),
    "status": lambda event, _: _STATUSES.get(event.code("state"), "another"),
    "reason": lambda event, _: _ERASED_BECAUSE.get(event.code("reason"), "the person wanted it"),
    "key": lambda event, _: Markup("<code>{}</code>").format(event.code("key")),
    "how": lambda event, _: _HOW.get(event.code("how") or event.code("step"), "a way that has no name"),
    "since": lambda event, _: _day(event.code("since")),
    "until": lambda event, _: _day(event.code("until")),
    "why": lambda event, _: _NOT_SENT.get(event.code("how"), "it did not go out"),
}
