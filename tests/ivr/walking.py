"""Walks the call graph: every state that a call can be in, by every key and every outcome of an effect."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property

from ivr.call import Call, Node
from ivr.engine import CallEngine
from ivr.menus import GRAPH
from ivr.menus.language import language_menus
from ivr.menus.menu import ANSWERED, LineConfiguration
from ivr.steps import (
    AskStatus,
    CheckRecord,
    Effect,
    InputMode,
    LeaveRequest,
    NobodyAvailable,
    OfficeRinging,
    Outcome,
    Refusal,
    RingOffice,
    SendText,
    Step,
    StopRinging,
    TextOutcome,
)
from resident_app.configuration import load_configuration
from resident_app.intake.reference import NotAReference, derived_reference, old_reference, parse_reference
from resident_app.intake.request_state import RequestStatus
from resident_app.intake.request_tables import RequestState
from resident_app.languages import load_languages
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.disclosure import Disclosure, Disclosures
from resident_app.register.edition import Argon2Parameters, Edition

CONFIGURATION = load_configuration()
RINGING = replace(
    CONFIGURATION, office=CONFIGURATION.office.model_copy(update={"transfer_to": "+13605550155"})
)
LANGUAGES = load_languages()
OPEN, CLOSED = datetime(2026, 11, 23, 20, 0, tzinfo=UTC), datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
REFERENCE = derived_reference(b"1" * 32, 0)
OLD_REFERENCE = old_reference(b"1" * 32, 0)
SLIP = REFERENCE.digits[:-1] + str((int(REFERENCE.digits[-1]) + 1) % 10)
EDITION = Edition(
    b"1" * 16,
    date(2017, 5, 1),
    date(2018, 1, 10),
    ("request-log",),
    Argon2Parameters(8, 1),
    1,
    date(2026, 1, 1),
    b"",
)
DISCLOSURES = tuple(
    Disclosure(date(2017, 6, day), "ICE-ERO", office, ("photo", "application"), "1326", f"R-{day}")
    for day, office in ((1, "Tacoma"), (2, ""))
)
# One sharing with each set of agencies that an answer has words of its own for.
FOUND = [
    Disclosures(
        tuple(Disclosure(date(2017, 6, 1), agency, "", ("photo",), "not-stated", "") for agency in agencies),
        more=0 if are_all_known else 1,
        all_agencies_known=are_all_known,
    )
    for agencies, are_all_known in (
        (["ICE", "CBP"], True),
        (["CBP"], True),
        (["DHS"], True),
        (["CBP", "DHS"], True),
        (["CBP"], False),
    )
]
KEYS = [*"0123456789*#", ""]
ENTRIES = {
    Node.CARD: ["935222123456", "9665854652", "1", "93522212345", "9355522212345"],
    Node.BIRTH: ["02291980", "02301980", "02291800", "2291980"],
    Node.ISSUE: ["03042019", "01011900", "01012999"],
    Node.CALL_BACK_NUMBER: ["2065550100", "9005550100"],
    Node.TEXT_NUMBER: ["2065550100", "5"],
    Node.ASK_REFERENCE: [REFERENCE.digits, SLIP, REFERENCE.groups[0], "123456", OLD_REFERENCE.digits, "##"],
    Node.REFERENCE_NEXT: [*REFERENCE.groups[1:], REFERENCE.digits[4:], "12", OLD_REFERENCE.digits],
    Node.REFERENCE_GROUP: [*REFERENCE.groups, "0000", "12"],
}
OUTCOMES: dict[type[Effect], list[Outcome]] = {
    CheckRecord: [
        *(Answer(kind, edition=EDITION) for kind in AnswerKind if kind is not AnswerKind.SHARED),
        *(Answer(AnswerKind.SHARED, EDITION, found) for found in FOUND),
        Answer(AnswerKind.SHARED, EDITION, Disclosures(DISCLOSURES, more=3)),
        Refusal.UNAVAILABLE,
    ],
    LeaveRequest: [REFERENCE, Refusal.SHUT, Refusal.UNAVAILABLE],
    AskStatus: [
        *(RequestStatus(state, date(2026, 11, 20)) for state in RequestState),
        Refusal.NOT_FOUND,
        Refusal.TOO_MANY,
    ],
    RingOffice: [OfficeRinging("CA1"), NobodyAvailable()],
    StopRinging: [NobodyAvailable()],
    SendText: list(TextOutcome),
}

Signature = tuple[object, ...]


@dataclass(frozen=True)
class World:
    """What does not change during a call."""

    now: datetime
    caller: str | None
    reaches_out: bool
    recorded: tuple[str, ...] = ()
    """Languages without a voice that are recorded as far as a call back needs."""

    @cached_property
    def line(self) -> LineConfiguration:
        menus = language_menus([*LANGUAGES.on_the_phone(), *(LANGUAGES[code] for code in self.recorded)])
        return LineConfiguration(
            RINGING, menus, can_reach_out=self.reaches_out, call_back_only=frozenset(self.recorded)
        )

    @cached_property
    def engine(self) -> CallEngine:
        return CallEngine(self.line)

    def __str__(self) -> str:
        hours = "open" if self.now is OPEN else "closed"
        return f"{hours}-{self.caller or 'withheld'}-{'reaches-out' if self.reaches_out else 'alone'}"


WORLDS = [
    World(now, caller, reaches_out)
    for now in (OPEN, CLOSED)
    for caller in ("+12065550100", None, "+525512345678")
    for reaches_out in (True, False)
]


@dataclass(frozen=True)
class State:
    """A state, and what each key does there, with every outcome of its effects."""

    call: Call
    ways: list[tuple[str, Step]]


def keys_at(call: Call) -> list[str]:
    """Keys that make a difference at a node."""
    if GRAPH[call.node].input is InputMode.QUEUE:
        return [ANSWERED, ""]
    if GRAPH[call.node].input is InputMode.ENTRY:
        return ["0", "*", "8", "", *ENTRIES[call.node]]
    return KEYS


def after(engine: CallEngine, call: Call, keys: str, now: datetime) -> Iterator[Step]:
    """Every way that a step can end."""
    open_steps = [engine.step(call, keys, now)]
    while open_steps:
        step = open_steps.pop()
        if step.response is not None:
            yield step
        else:
            [effect] = step.effects
            open_steps += [engine.resume(step.call, outcome) for outcome in OUTCOMES[type(effect)]]


def signature(call: Call) -> Signature:
    """What decides where a call can go; not what it will say, nor how often it was silent.

    A text message, a call back and a reference matter only where they are asked for: what was left before is
    replaced.
    """
    at = call.language.return_to or call.node
    texting = call.text and (call.text.text, call.text.number is None) if "text" in at.value else None
    keyed = call.keyed_reference
    referring = (
        (len(keyed.digits), is_reference(keyed.digits), keyed.group) if "reference-" in at.value else None
    )
    return (
        call.node,
        referring,
        call.language.code is None and call.language.offered,
        call.language.needs_interpreter and at is Node.CALL_BACK_NUMBER,
        call.language.call_back_only,
        call.language.return_to,
        replace(call.facts, card=call.facts.card and "keyed"),
        texting,
        call.errors.busy,
    )


def is_reference(digits: str) -> bool:
    try:
        parse_reference(digits)
    except NotAReference:
        return False
    return True


def states(world: World, enters: Callable[[Call], bool] = lambda _call: True) -> dict[Signature, State]:
    """Every state that a call can come to, or those that it `enters` alone."""
    found: dict[Signature, State] = {}
    waiting = deque([Call(caller=world.caller, token="t")])
    if world.caller is not None:
        # It takes two silences in a row to come here.
        waiting.append(Call(Node.STAY, world.caller, is_attested=True, token="t"))
    while waiting:
        call = waiting.popleft()
        if signature(call) in found or GRAPH[call.node].input is InputMode.NONE:
            continue
        ways = [(keys, step) for keys in keys_at(call) for step in after(world.engine, call, keys, world.now)]
        found[signature(call)] = State(call, ways)
        waiting.extend(step.call for _, step in ways if enters(step.call))
    return found
