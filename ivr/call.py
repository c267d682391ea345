"""A call between two steps, and what one step gives."""

from datetime import date
from enum import Enum

from pydantic import BaseModel, ConfigDict

from ivr.words.prompts import Say
from ivr.words.text_messages import Text
from resident_app.intake.reference import Reference
from resident_app.intake.request_state import RequestStatus
from resident_app.register.check import Answer
from resident_app.register.facts import Facts


class Place(Enum):
    """Where a caller is. The value stands in the address of the next step."""

    LANGUAGE = "language"
    MORE_LANGUAGES = "more-languages"
    MAIN = "main"
    CARD = "card"
    BIRTH = "birth"
    BIRTH_READ = "birth-read"
    ISSUE = "issue"
    ISSUE_READ = "issue-read"
    HOLD = "hold"
    ANSWER = "answer"
    CORRECT = "correct"
    PERSON = "person"
    CALL_BACK = "call-back"
    CALL_BACK_NUMBER = "call-back-number"
    NUMBER_READ = "number-read"
    BEST_TIME = "best-time"
    MESSAGE_OK = "message-ok"
    RECEIVED = "received"
    ASK_REFERENCE = "ask-reference"
    STANDING = "standing"
    TEXT = "text"
    TEXT_NUMBER = "text-number"
    TEXT_NUMBER_READ = "text-number-read"
    TEXT_SENT = "text-sent"
    QUESTIONS = "questions"
    QUESTION = "question"
    GOODBYE = "goodbye"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Call(Frozen):
    """All that is known of a call between two steps. It is stored sealed, and wiped at the end."""

    place: Place = Place.LANGUAGE
    language: str = ""
    """A language code; empty until one is chosen: then prompts are said in each of the first menu's."""
    caller: str = ""
    """The calling number, E.164; empty when it is withheld."""
    wants_interpreter: bool = False
    """None of the line's languages is the caller's: an interpreter will call."""
    slow: bool = False
    """Longer pauses and more time, for the rest of the call."""
    token: str = ""
    """Random; by it a call-back request that is sent twice is one request."""
    silences: int = 0
    wrong_keys: int = 0
    rounds: int = 0
    """How often silence or wrong keys led to a person or a call back."""
    holds: int = 0
    card: str = ""
    born: date | None = None
    issued: date | None = None
    number: str = ""
    """The phone number to call back or to send a text message to, E.164."""
    best_time: str = ""
    """A code of config/codes.toml."""
    returning: Place | None = None
    """Where the caller goes on after the language was changed."""
    correcting: bool = False
    """One fact is keyed again; the check follows at once."""
    reference: str = ""
    """Of the request that was left or asked about in this call: 12 digits."""
    text: Text | None = None
    """The text message that is wanted."""
    topic: str = ""
    """What the caller was doing when a person was asked for: a word of `ivr.twiml.renderer.agent_whisper`."""
    leg: str = ""
    """The provider's id of the call to the office, while it rings."""
    question: int = 0
    """Which question is answered, from 0."""
    outcome: tuple[Say, ...] = ()
    """What a check, a request or a question came to, so that it can be said again."""

    def but(self, **changes: object) -> "Call":
        """The call with some of it changed."""
        return self.model_copy(update=changes)

    @property
    def shared_language(self) -> str:
        """The language that caller and line share; empty: none is chosen, or an interpreter is needed."""
        return "" if self.wants_interpreter else self.language

    def without_facts(self) -> "Call":
        return self.but(card="", born=None, issued=None)


class Wait(Enum):
    """What a turn waits for."""

    KEY = "key"
    """One key."""
    ENTRY = "entry"
    """Keys, until `#`."""
    MOMENT = "moment"
    """Nothing: the next step comes by itself after a pause."""
    PERSON = "person"
    """A person to answer: how it went comes with the next step."""
    NOTHING = "nothing"
    """The call ends."""


class Turn(Frozen):
    """What a caller hears, and what is waited for."""

    says: tuple[Say, ...]
    wait: Wait
    place: Place
    slow: bool = False
    queue: str = ""
    """Where a caller waits for a person: language and topic, which say nothing of who waits."""


class CheckRecord(Frozen):
    """Effect: put the facts to the register. Its outcome is an Answer."""

    card: str
    born: date
    issued: date

    @property
    def facts(self) -> Facts:
        return Facts(self.card, self.born, self.issued)


class LeaveRequest(Frozen):
    """Effect: store a call-back request. Its outcome is a Reference, or Refused."""

    phone: str
    language: str
    """A language code; empty when an interpreter is needed."""
    best_time: str
    voicemail_ok: bool
    token: str


class AskState(Frozen):
    """Effect: how a request stands. Its outcome is a Standing, or Refused."""

    reference: str


class RingOffice(Frozen):
    """Effect: ring the office for this call. Its outcome is Ringing, or Nobody."""

    call: Call


class StopRinging(Frozen):
    """Effect: the caller waits no longer; the office need not answer. Its outcome is Nobody."""

    leg: str


class SendText(Frozen):
    """Effect: send a text message. Its outcome is a Sending."""

    number: str
    text: Text
    language: str
    reference: str = ""


class Refused(Enum):
    """Outcomes that are not an answer."""

    TOO_MANY = "too many"
    UNAVAILABLE = "unavailable"
    NOT_FOUND = "not found"


class Ringing(Frozen):
    """The office is rung, by the provider's call `leg`."""

    leg: str


class Nobody(Frozen):
    """No person can be reached now."""


class Sending(Enum):
    """What became of a text message."""

    SENT = "sent"
    NOT_SENT = "not sent"


Effect = CheckRecord | LeaveRequest | AskState | RingOffice | StopRinging | SendText
Outcome = Answer | Reference | RequestStatus | Refused | Ringing | Nobody | Sending


class Step(Frozen):
    """What a step gives: the call as it is now, and either what is heard or what must be done first."""

    call: Call
    turn: Turn | None = None
    effect: Effect | None = None
