"""Promise 9 on the phone, over the whole graph: from wherever a caller can be, there is a way out.

Every state that a call can be in is visited, by every key and every outcome of what is done outside.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from ivr.call import (
    AskState,
    Call,
    CheckRecord,
    Effect,
    LeaveRequest,
    Nobody,
    Outcome,
    Place,
    Refused,
    Ringing,
    RingOffice,
    Sending,
    SendText,
    Step,
    StopRinging,
    Wait,
)
from ivr.engine import ANSWERED, Flow
from ivr.nodes import MAP
from resident_app.configuration import load_configuration
from resident_app.intake.reference import derived_reference
from resident_app.intake.request_state import RequestStatus
from resident_app.intake.request_tables import RequestState
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.edition import Argon2Parameters, Edition

CONFIGURATION = load_configuration()
RINGING = replace(
    CONFIGURATION, office=CONFIGURATION.office.model_copy(update={"transfer_to": "+13605550155"})
)
OPEN, CLOSED = datetime(2026, 11, 23, 20, 0, tzinfo=UTC), datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
REFERENCE = derived_reference(b"1" * 32, 0)
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
KEYS = [*"0123456789*#", ""]
ENTRIES = {
    Place.CARD: ["935222123456", "1"],
    Place.BIRTH: ["02291980", "99999999"],
    Place.ISSUE: ["03042019", "01011900"],
    Place.CALL_BACK_NUMBER: ["2065550100", "9005550100"],
    Place.TEXT_NUMBER: ["2065550100", "5"],
    Place.ASK_REFERENCE: [REFERENCE.digits, "000000000001"],
}
OUTCOMES: dict[type[Effect], list[Outcome]] = {
    CheckRecord: [Answer(kind, edition=EDITION) for kind in AnswerKind],
    LeaveRequest: [REFERENCE, Refused.TOO_MANY, Refused.UNAVAILABLE],
    AskState: [
        *(RequestStatus(state, date(2026, 11, 20)) for state in RequestState),
        Refused.NOT_FOUND,
        Refused.TOO_MANY,
    ],
    RingOffice: [Ringing(leg="CA1"), Nobody()],
    StopRinging: [Nobody()],
    SendText: list(Sending),
}


@dataclass(frozen=True)
class World:
    """What does not change during a call."""

    now: datetime
    caller: str
    reaches_out: bool

    @property
    def flow(self) -> Flow:
        return Flow({1: {"1": "en", "2": "es"}, 2: {"1": "uk"}}, RINGING, reaches_out=self.reaches_out)


WORLDS = [
    World(now, caller, reaches_out)
    for now in (OPEN, CLOSED)
    for caller in ("+12065550100", "", "+525512345678")
    for reaches_out in (True, False)
]


def keys_at(call: Call) -> list[str]:
    if MAP[call.place].wait is Wait.PERSON:
        return [ANSWERED, ""]
    if MAP[call.place].wait is Wait.ENTRY:
        return ["0", "*", "8", "", *ENTRIES[call.place]]
    return KEYS


def after(flow: Flow, call: Call, keys: str, now: datetime) -> Iterator[Step]:
    """Every way that a step can end."""
    open_steps = [flow.step(call, keys, now)]
    while open_steps:
        step = open_steps.pop()
        if step.turn is not None:
            yield step
        else:
            assert step.effect is not None
            open_steps += [flow.resume(step.call, outcome) for outcome in OUTCOMES[type(step.effect)]]


def signature(call: Call) -> tuple[object, ...]:
    """What decides where a call can go; not what it will say, nor how often it was silent."""
    return (
        call.place,
        bool(call.language),
        bool(call.card),
        bool(call.born),
        bool(call.issued),
        call.correcting,
        call.returning,
        call.text,
        call.holds,
        bool(call.number),
    )


def states(world: World) -> dict[tuple[object, ...], tuple[Call, list[tuple[str, Step]]]]:
    """Every state that a call can come to, with what each key does there."""
    flow = world.flow
    start = Call(caller=world.caller, token="t")
    found: dict[tuple[object, ...], tuple[Call, list[tuple[str, Step]]]] = {}
    waiting = deque([start])
    while waiting:
        call = waiting.popleft()
        if signature(call) in found or MAP[call.place].wait is Wait.NOTHING:
            continue
        ways = [(keys, step) for keys in keys_at(call) for step in after(flow, call, keys, world.now)]
        found[signature(call)] = (call, ways)
        waiting.extend(step.call for _, step in ways)
    return found


@pytest.fixture(scope="module", params=WORLDS, ids=lambda world: f"{world}")
def explored(request: pytest.FixtureRequest):
    return request.param, states(request.param)


def test_every_place_is_reached(explored) -> None:
    world, found = explored
    reached = {call.place for call, _ in found.values()}
    unreachable = {Place.GOODBYE}
    if world.now is CLOSED or not world.reaches_out:
        unreachable |= {Place.PERSON}
    if not world.reaches_out:
        unreachable |= {Place.TEXT, Place.TEXT_NUMBER, Place.TEXT_NUMBER_READ, Place.TEXT_SENT}
    if world.caller != "+12065550100":
        unreachable |= {Place.TEXT}
    if world.caller == "":
        unreachable |= {Place.CALL_BACK}
    assert reached == set(Place) - unreachable


def test_a_person_or_a_call_back_is_two_keys_away(explored) -> None:
    _, found = explored
    helped = (Place.PERSON, Place.CALL_BACK, Place.CALL_BACK_NUMBER)
    for call, ways in found.values():
        for keys, step in ways:
            if keys == "0" or (MAP[call.place].wait is Wait.PERSON and keys == ""):
                assert step.call.place in helped, (call.place, step.call.place)
    assert all(any(keys in ("0", ANSWERED) for keys, _ in ways) for _, ways in found.values())


def test_pound_says_the_same_again(explored) -> None:
    world, found = explored
    for call, _ in found.values():
        if MAP[call.place].wait in (Wait.KEY, Wait.ENTRY):
            asked = "" if MAP[call.place].wait is Wait.ENTRY else "#"
            again = world.flow.step(call, asked, world.now)
            assert again.turn is not None
            assert again.call.place is call.place
            assert {say.prompt for say in world.flow._turns.at(call).says} <= {
                say.prompt for say in again.turn.says
            }


def test_an_end_can_be_reached_from_everywhere(explored) -> None:
    _, found = explored
    ending = {
        name for name, (_, ways) in found.items() if any(step.call.place is Place.GOODBYE for _, step in ways)
    }
    assert ending
    while True:
        more = {
            name
            for name, (_, ways) in found.items()
            if name not in ending and any(signature(step.call) in ending for _, step in ways)
        }
        if not more:
            break
        ending |= more
    assert ending == set(found)


def test_no_key_is_named_that_leads_nowhere(explored) -> None:
    """Each key that the map gives does something other than say that it does not work."""
    world, found = explored
    for call, ways in found.values():
        for keys in world.flow._exits(call):
            [*steps] = [step for pressed, step in ways if pressed == keys]
            assert steps
            assert all(step.call.wrong_keys == 0 for step in steps), (call.place, keys)


def test_three_times_in_vain_leads_to_a_person_or_a_call_back(explored) -> None:
    world, found = explored
    for call, _ in found.values():
        if MAP[call.place].wait in (Wait.PERSON, Wait.MOMENT):
            continue
        for keys in ("", "##"):
            steps = [Step(call=call.but(silences=0, wrong_keys=0, rounds=0))]
            for _ in range(3):
                steps = [one for step in steps for one in after(world.flow, step.call, keys, world.now)]
            allowed = {Place.PERSON, Place.CALL_BACK, Place.CALL_BACK_NUMBER}
            if call.place is Place.RECEIVED and keys == "":
                allowed = {Place.GOODBYE}
            assert {step.call.place for step in steps} <= allowed, (call.place, keys)


def test_a_line_that_stays_silent_ends(explored) -> None:
    world, _ = explored
    call, heard = Call(caller=world.caller, token="t", language="es", place=Place.MAIN), 0
    while call.place is not Place.GOODBYE:
        call = list(after(world.flow, call, "", world.now))[-1].call
        heard += 1
        assert heard <= 15
