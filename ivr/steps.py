"""What a step of a call gives: the call, what the caller hears, and effects with their outcomes."""

from dataclasses import dataclass
from enum import Enum

from ivr.call import Call, Node
from ivr.words.text_messages import Text
from ivr.words.utterances import Utterance
from resident_app.intake.reference import Reference
from resident_app.intake.request_state import RequestStatus
from resident_app.register.check import Answer
from resident_app.register.facts import Facts


class InputMode(Enum):
    """What a response waits for."""

    KEY = "key"
    """One key."""
    ENTRY = "entry"
    """Keys, until `#` or as many as the response takes."""
    PAUSE = "pause"
    """Nothing: the next step comes by itself after a pause."""
    QUEUE = "queue"
    """A person to answer: the next step says how it went."""
    NONE = "none"
    """The call ends."""


@dataclass(frozen=True)
class CallResponse:
    """What a caller hears, and what is waited for."""

    utterances: tuple[Utterance, ...]
    input: InputMode
    node: Node
    rest: tuple[Utterance, ...] = ()
    """Heard after them and a pause."""
    slow: bool = False
    silences: int = 0
    """How often in a row the caller pressed nothing: each time there is more time."""
    seconds: int | None = None
    """How long a key is waited for; None: as long as is usual."""
    queue: str | None = None
    most_keys: int | None = None
    """An entry ends after so many keys; None: only at `#`."""
    is_public: bool = False
    """It holds nothing of the caller's, so that it can be rendered once for all."""


@dataclass(frozen=True)
class CheckRecord:
    """Ask the register. Outcome: an Answer."""

    facts: Facts


@dataclass(frozen=True)
class LeaveRequest:
    """Store a call-back request. Outcome: a Reference, or a Refusal."""

    phone: str
    """E.164."""
    language: str | None
    """A language code; None when none is chosen, or an interpreter is needed."""
    best_time: str | None
    voicemail_ok: bool
    topic: str
    """A code of config/codes.toml."""
    token: str


@dataclass(frozen=True)
class AskStatus:
    """Ask for the status of a request. Outcome: a RequestStatus, or a Refusal."""

    reference: str


@dataclass(frozen=True)
class RingOffice:
    """Ring the office for this call. Outcome: OfficeRinging, or NobodyAvailable."""

    call: Call


@dataclass(frozen=True)
class StopRinging:
    """The caller waits no longer, so the office's phone stops. Outcome: NobodyAvailable."""

    leg: str | None


@dataclass(frozen=True)
class SendText:
    """Send a text message. Outcome: a TextOutcome."""

    number: str
    text: Text
    languages: tuple[str, ...]
    """More than one where the caller has chosen none."""
    reference: str | None = None


class Refusal(Enum):
    """Outcomes that give no answer."""

    TOO_MANY = "too many"
    SHUT = "shut"
    """The office takes no more requests in this hour."""
    UNAVAILABLE = "unavailable"
    NOT_FOUND = "not found"


@dataclass(frozen=True)
class OfficeRinging:
    """The office's phone rings. `leg` is the carrier's id of that call."""

    leg: str


@dataclass(frozen=True)
class NobodyAvailable:
    """No person can be reached now."""


class TextOutcome(Enum):
    """Whether the carrier took a text message."""

    SENT = "sent"
    NOT_SENT = "not sent"


Effect = CheckRecord | LeaveRequest | AskStatus | RingOffice | StopRinging | SendText
Outcome = Answer | Reference | RequestStatus | Refusal | OfficeRinging | NobodyAvailable | TextOutcome


@dataclass(frozen=True)
class Step:
    """The call after a step, with a response, or with effects that must be carried out first.

    The outcome of the last effect goes back in by `CallEngine.resume`.
    """

    call: Call
    response: CallResponse | None = None
    effects: tuple[Effect, ...] = ()
