"""What a menu is made of. The engine, the drawn map, the tests and the simulator read the same menus."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import count

from ivr.call import Call, LanguageChoice, Node, Offered, Topic
from ivr.steps import Effect, InputMode
from ivr.words.prompts import CALL_BACK_PROMPTS, Prompt
from ivr.words.utterances import Utterance, Value, ValueKind, Values
from resident_app.configuration import Configuration

PERSON_KEY, BACK_KEY, REPEAT_KEY = "0", "*", "#"
WAIT_KEY, LANGUAGE_KEY, LAST_KEY = "7", "8", "9"
MOST_CHOICES = 4
"""A caller keeps no more in mind (ISO/IEC 13714). The language menus have fixed keys of their own."""
ANSWERED = "answered"
"""Comes instead of keys when a person took the call and has hung up."""


@dataclass(frozen=True)
class LineConfiguration:
    """What does not change during a call."""

    configuration: Configuration
    language_menus: Mapping[int, Mapping[str, str]]
    """The language codes of menus 1 and 2, by key."""
    can_reach_out: bool = False
    """The line can ring the office and send text messages."""
    call_back_only: frozenset[str] = frozenset()
    """Languages of the menus in which nothing is heard but what a call back needs."""

    def can_say(self, code: str, prompt: Prompt) -> bool:
        """Return whether a prompt is heard in a language."""
        return code not in self.call_back_only or prompt in CALL_BACK_PROMPTS

    def languages_of(self, choice: LanguageChoice) -> tuple[str, ...]:
        """Return the languages that a caller hears: the chosen one, or each that was offered.

        Who asked for the second menu hears its languages, and then the line's first, which helps more people
        than any other.
        """
        if choice.code:
            return (choice.code,)
        first, second = (tuple(self.language_menus[menu].values()) for menu in (1, 2))
        match choice.offered:
            case Offered.FIRST:
                return first
            case Offered.SECOND:
                return (*second, self.first_language)
        return (*first, *second)

    def can_ring_for(self, call: Call) -> bool:
        """Return whether the office has a phone that the line can ring for this caller, in office hours.

        In a language that has no words for waiting, a call back is all there is.
        """
        can_wait = self.can_reach_out and not call.language.call_back_only
        return can_wait and bool(self.configuration.office.rings_for(call.language.code or ""))

    @property
    def first_language(self) -> str:
        """The language of the first menu's first key."""
        return self.language_menus[1]["1"]


@dataclass(frozen=True)
class Condition:
    """Whether something is open to a call. `label` says so on the drawn map."""

    label: str
    holds: Callable[[Call, LineConfiguration], bool]


ALWAYS = Condition("", lambda _call, _line: True)
PERSON_CAN_ANSWER = Condition("the office's phone can be rung", lambda call, line: line.can_ring_for(call))
NO_PERSON_CAN_ANSWER = Condition(
    "the office's phone cannot be rung", lambda call, line: not line.can_ring_for(call)
)
CAN_TEXT = Condition(
    "text messages can be sent", lambda call, line: line.can_reach_out and not call.language.call_back_only
)
HAS_MENUS = Condition("the language has menus", lambda call, _line: not call.language.call_back_only)
CALL_BACK_ALONE = Condition(
    "the caller can only ask for a call back", lambda call, _line: not call.language.has_whole_line
)

Action = Callable[[Call, LineConfiguration], Call]
"""Changes the call. An outcome that it sets is heard at the target, and can be repeated there."""


@dataclass(frozen=True)
class EffectRequest:
    """Asks for an effect."""

    make: Callable[[Call, LineConfiguration], Effect]
    leads_to: tuple[Node, ...]
    """Every node that its outcomes can lead to."""


@dataclass(frozen=True)
class Route:
    """One way on. Without a target and a request it leads back to where the language was changed."""

    target: Node | None = None
    when: Condition = ALWAYS
    action: Action | None = None
    says: tuple[Prompt, ...] = ()
    """Heard before the target's own prompts."""
    request: EffectRequest | None = None
    keeps_state: bool = False
    """The outcome, the facts and the way back stay as they are: for repeating and for the language menus."""


def no_values(_call: Call, _line: LineConfiguration) -> Values:
    """Give a prompt without values its none."""
    return {}


ValuesOf = Callable[[Call, LineConfiguration], Values]


@dataclass(frozen=True)
class Announcement:
    """A prompt that offers nothing."""

    prompt: Prompt
    values: ValuesOf = no_values
    when: Condition = ALWAYS

    def utterance(self, call: Call, line: LineConfiguration) -> Utterance:
        """Return what is heard."""
        return Utterance(self.prompt, dict(self.values(call, line)))


@dataclass(frozen=True)
class Option:
    """A choice of a menu. Its key is its position among the options, unless it has a fixed one.

    An option that is not always offered comes last, so that the keys have no gap. Without a route the
    option only names a key that does the same everywhere.
    """

    prompt: Prompt | None
    """None: it comes by itself, with no prompt."""
    route: Route | None = None
    otherwise: Route | None = None
    """Taken when the condition of `route` does not hold."""
    key: str = ""
    values: ValuesOf = no_values
    language: str | None = None
    when: Condition = ALWAYS
    """Whether it is heard."""

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes, in the order in which they are tried."""
        return tuple(route for route in (self.route, self.otherwise) if route is not None)

    def is_offered(self, call: Call, line: LineConfiguration) -> bool:
        """Return whether a caller hears it."""
        if self.prompt is None or not self.when.holds(call, line):
            return False
        return not self.routes or open_route(self.routes, call, line) is not None

    def utterance(self, key: str, call: Call, line: LineConfiguration) -> Utterance:
        """Return what is heard, with the key where the prompt names one."""
        assert self.prompt is not None
        named = {} if key == BACK_KEY else {"key": Value(ValueKind.KEY, key)}
        return Utterance(self.prompt, {**self.values(call, line), **named}, self.language)


@dataclass(frozen=True)
class Entry:
    """Keypad input of more than one key."""

    parse_input: Callable[[Call, str, date], tuple[Call, Utterance | None]]
    """Given the call, the keys and today's date: the call with the value, and how it is read back, if it is.

    Raises `ivr.keypad_input.InvalidInput`.
    """
    after_clearing: Callable[[str], str]
    """Given all keys: those after the caller cleared the entry for the last time."""
    repeats_read_back: bool = True
    """The value that was read back can be repeated, because the caller confirms it."""
    error_suffices: bool = True
    """What is said of a mistake is enough to enter it again; the prompts follow from the second one on."""
    most_keys: Callable[[Call], int] | None = None
    """After how many keys the entry ends by itself. None: at `#`."""


@dataclass(frozen=True)
class Menu:
    """A node of the call graph."""

    node: Node
    back: tuple[Route, ...]
    """Where `*` leads."""
    announcements: tuple[Announcement, ...] = ()
    options: tuple[Option, ...] = ()
    language_options: Callable[[LineConfiguration], tuple[Option, ...]] | None = None
    """The languages to choose from: config/languages.toml has them. Only the language menus have some."""
    input: InputMode = InputMode.KEY
    entry: Entry | None = None
    then: tuple[Route, ...] = ()
    """What follows valid input, a pause, or a wait for a person in vain."""
    seconds: int | None = None
    """How long a pause is; None: as long as is usual."""
    keys_as: Node | None = None
    """A key that is pressed here does what it does there."""
    instead: Route | None = None
    """The node that is entered instead, while its condition holds."""
    topic: Topic = Topic.QUESTION
    keeps_facts: bool = False
    """The card's facts are needed here. Every other node forgets them."""
    is_public: bool = False
    """All values that are heard here are published figures."""
    when_silent: Node | None = None
    """Where a caller who presses nothing is led, with the silence counted; None: the menu is heard again."""
    on_no_input: tuple[Route, ...] = ()
    """Taken at the first no-input, if one is open: what was keyed before is all there is."""
    after_no_input: Node | None = None
    """Where the third no-input in a row leads; None: to a person or a call back."""

    def numbered_options(self, line: LineConfiguration) -> Iterator[tuple[str, Option]]:
        """Give each option with its key. Raises ValueError if there are too many."""
        if self.language_options is not None:
            yield from ((option.key, option) for option in self.language_options(line))
        numbers = count(1)
        for option in self.options:
            key = option.key or str(next(numbers))
            if not option.key and int(key) > MOST_CHOICES:
                raise ValueError(f"{self.node.value} has more than {MOST_CHOICES} choices")
            yield key, option


@dataclass(frozen=True)
class Transition:
    """Where the outcome of an effect leads."""

    call: Call
    target: Node
    first: tuple[Utterance, ...] = field(default=())
    """Heard once, before the call's outcome and the target's own prompts."""


def open_route(routes: tuple[Route, ...], call: Call, line: LineConfiguration) -> Route | None:
    """Return the first route whose condition holds, or None."""
    return next((route for route in routes if route.when.holds(call, line)), None)


def caller_number(call: Call, _line: LineConfiguration) -> Values:
    """Return the calling number as a prompt's value `number`."""
    return {"number": Value(ValueKind.PHONE, call.caller or "")}


def line_number(_call: Call, line: LineConfiguration) -> Values:
    """Return the line's own number as a prompt's value `number`."""
    return {"number": Value(ValueKind.PHONE, line.configuration.office.line)}


def with_outcome(call: Call, outcome: tuple[Utterance, ...]) -> Call:
    """Return the call with an outcome: the register was not busy."""
    return replace(call, outcome=outcome, errors=replace(call.errors, busy=0))


def repeat(node: Node) -> Route:
    """Return the route that says a node's outcome again."""
    return Route(node, keeps_state=True)
