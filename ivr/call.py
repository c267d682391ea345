"""A call between two steps. It is stored sealed, and wiped at the end."""

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from ivr.words.text_messages import Text
from ivr.words.utterances import Utterance


class Node(Enum):
    """The nodes of the call graph, a menu each. The value is part of the address of the next step."""

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
    CARD_NOT_FOUND = "card-not-found"
    CORRECT = "correct"
    PERSON = "person"
    CALL_BACK = "call-back"
    CALL_BACK_NUMBER = "call-back-number"
    NUMBER_READ = "number-read"
    BEST_TIME = "best-time"
    MESSAGE_OK = "message-ok"
    RECEIVED = "received"
    ASK_REFERENCE = "ask-reference"
    REFERENCE_NEXT = "reference-next"
    REFERENCE_READ = "reference-read"
    REFERENCE_GROUP = "reference-group"
    REQUEST_STATUS = "request-status"
    TEXT = "text"
    TEXT_NUMBER = "text-number"
    TEXT_NUMBER_READ = "text-number-read"
    TEXT_SENT = "text-sent"
    QUESTIONS = "questions"
    MORE_QUESTIONS = "more-questions"
    QUESTION = "question"
    STAY = "stay"
    CALLED_BACK = "called-back"
    NO_KEYS = "no-keys"
    GOODBYE = "goodbye"


class Topic(Enum):
    """What a caller was doing when a person was asked for. The officer hears it."""

    CHECK = "check"
    REQUEST = "request"
    INFORMATION = "information"
    QUESTION = "question"


class Offered(Enum):
    """Which language menus a caller has heard and chosen nothing from."""

    FIRST = "first"
    SECOND = "second"
    """The caller asked for it: no language of the first menu is theirs."""
    ALL = "all"


@dataclass(frozen=True)
class LanguageChoice:
    """The caller's language."""

    code: str | None = None
    """None until one is chosen: then everything is spoken in each language that was offered."""
    offered: Offered = Offered.FIRST
    needs_interpreter: bool = False
    """None of the line's languages is the caller's."""
    call_back_only: bool = False
    """The language has no voice, and of its recordings those that a call back needs."""
    return_to: Node | None = None
    """Where the caller goes on after changing the language."""

    def arrived(self) -> "LanguageChoice":
        """Return the choice without a way back."""
        return replace(self, return_to=None) if self.return_to else self

    @property
    def has_whole_line(self) -> bool:
        """Return whether the caller can hear the whole line in one language, and not only ask for a call."""
        return self.code is not None and not self.call_back_only


@dataclass(frozen=True)
class ErrorCounts:
    """How often in a row the caller pressed nothing (no-input) or a key that does nothing (no-match)."""

    no_input: int = 0
    no_match: int = 0
    rounds: int = 0
    """How often three errors in a row led to a person or a call back."""
    busy: int = 0
    """How often in a row the register was busy."""

    def after_key(self) -> "ErrorCounts":
        """Return the counts after a key, whatever it does."""
        return replace(self, no_input=0) if self.no_input else self

    def cleared(self) -> "ErrorCounts":
        """Return the counts after the caller did something that counts."""
        return replace(self, no_input=0, no_match=0) if self.no_input or self.no_match else self


@dataclass(frozen=True)
class KeyedFacts:
    """The three facts on the card, as far as they are keyed."""

    card: str | None = None
    """Folded to keypad digits."""
    born_on: date | None = None
    issued_on: date | None = None
    correcting: bool = False
    """One fact is keyed again; the check follows at once."""

    def __repr__(self) -> str:
        """Keep facts out of logs."""
        return "KeyedFacts(…)"


@dataclass(frozen=True)
class CallBack:
    """A call-back request, as far as it is keyed."""

    number: str | None = None
    """E.164."""
    best_time: str | None = None
    """A code of config/codes.toml."""
    voicemail_ok: bool = False
    topic: str | None = None
    """What the caller was told of the record, as a code of config/codes.toml; None: nothing, or the office
    should not see it."""


@dataclass(frozen=True)
class KeyedReference:
    """A reference, as far as it is keyed."""

    digits: str = ""
    group: int = 0
    """The group that is keyed again: 0 is the first."""


@dataclass(frozen=True)
class TextRequest:
    """A text message that the caller wants."""

    text: Text
    number: str | None = None
    """E.164."""


@dataclass(frozen=True)
class PersonRequest:
    """A caller who asked for a person."""

    topic: Topic
    leg: str | None = None
    """The carrier's id of the call to the office, while it rings."""


@dataclass(frozen=True)
class Call:
    """All that is known of a call between two steps."""

    node: Node = Node.LANGUAGE
    caller: str | None = None
    """The calling number, E.164; None when it is withheld."""
    is_attested: bool = False
    """The carrier vouches that the caller may use this number."""
    has_pressed: bool = False
    """The caller pressed some key, so can press keys."""
    token: str = ""
    """Random. It makes a call-back request that is sent twice one request."""
    language: LanguageChoice = LanguageChoice()
    slow: bool = False
    """Longer pauses and more time, for the rest of the call."""
    waits: int = 0
    """How often in a row the line waited quietly, because the caller asked for time."""
    errors: ErrorCounts = ErrorCounts()
    facts: KeyedFacts = KeyedFacts()
    call_back: CallBack = CallBack()
    text: TextRequest | None = None
    person: PersonRequest | None = None
    reference: str | None = None
    """Of the request that was left or asked about in this call: its digits."""
    keyed_reference: KeyedReference = KeyedReference()
    question: int | None = None
    """The question that is answered: its position in `ivr.menus.questions`."""
    outcome: tuple[Utterance, ...] = ()
    """The result of a check, a request or a question, so that it can be repeated."""

    @property
    def queue(self) -> str:
        """The queue in which the caller waits for a person: language and topic, which say nothing of who."""
        topic = self.person.topic if self.person else Topic.QUESTION
        return f"outreach-{self.language.code or 'other'}-{topic.value}"
