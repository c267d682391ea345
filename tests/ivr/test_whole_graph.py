"""Promise 9 on the phone, over the whole graph: from wherever a caller can be, there is a way out."""

import re
from dataclasses import replace
from functools import cache

import pytest

from ivr.call import Call, ErrorCounts, LanguageChoice, Node
from ivr.graph import HELP, RETURN, edges
from ivr.menus import GRAPH
from ivr.menus.menu import ANSWERED, LAST_KEY, MOST_CHOICES, PERSON_KEY, WAIT_KEY, open_route
from ivr.menus.questions import IN_FIRST_MENU, QUESTIONS
from ivr.steps import InputMode, Step
from ivr.twiml.renderer import Renderer
from ivr.words.prompts import Prompt
from ivr.words.recordings import Recordings
from ivr.words.utterances import Utterance
from tests.ivr.walking import (
    CLOSED,
    LANGUAGES,
    RINGING,
    WORLDS,
    Signature,
    State,
    World,
    after,
    signature,
    states,
)

Explored = tuple[World, dict[Signature, State]]

LANGUAGE_MENUS = {Node.LANGUAGE, Node.MORE_LANGUAGES}
VOICES = {language.code: language.phone.language for language in LANGUAGES.on_the_phone() if language.phone}
ENDS = {node for node, menu in GRAPH.items() if menu.input is InputMode.NONE}
HELPED = {Node.PERSON, Node.CALL_BACK, Node.CALL_BACK_NUMBER}
# Not heard in a call that a resident makes, or heard beside the menus.
HEARD_ELSEWHERE = {
    Prompt.OFFICE_CALLS,
    Prompt.OFFICE_CALLS_BACK,
    Prompt.OFFICE_CALLS_WAIT,
    Prompt.OFFICE_CALLS_MESSAGE,
    Prompt.PLACE_IN_LINE,
    Prompt.STOP_WAITING,
    Prompt.START_AGAIN,
    Prompt.SYSTEM_ERROR_STAY,
    # After more of the same error than the walk makes.
    Prompt.NO_INPUT_AGAIN,
    Prompt.NO_SUCH_KEY_AGAIN,
    Prompt.ANOTHER_WAY,
    Prompt.STAY_ON_LINE,
    # Of two agencies that config/codes.toml does not have.
    Prompt.SHARED_OTHERS,
}


def ends_at_pound(world: World, call: Call) -> bool:
    """Whether what was keyed before may be all there is, so that no more keys are an answer."""
    return open_route(GRAPH[call.node].on_no_input, call, world.line) is not None


@cache
def walked(world: World) -> dict[Signature, State]:
    return states(world)


@pytest.fixture(params=WORLDS, ids=str)
def explored(request: pytest.FixtureRequest) -> Explored:
    return request.param, walked(request.param)


def test_every_node_is_reached(explored: Explored) -> None:
    world, found = explored
    reached = {state.call.node for state in found.values()}
    unreachable = ENDS | ({Node.STAY} if world.caller is None else set())
    if world.now is CLOSED or not world.reaches_out:
        unreachable |= {Node.PERSON}
    if not world.reaches_out:
        unreachable |= {Node.TEXT, Node.TEXT_NUMBER, Node.TEXT_NUMBER_READ, Node.TEXT_SENT}
    if world.caller != "+12065550100":
        unreachable |= {Node.TEXT}
    if world.caller is None:
        unreachable |= {Node.CALL_BACK}
    assert reached == set(Node) - unreachable


def test_a_person_or_a_call_back_is_two_keys_away(explored: Explored) -> None:
    _, found = explored
    for state in found.values():
        for keys, step in state.ways:
            if keys == "0" or (GRAPH[state.call.node].input is InputMode.QUEUE and keys == ""):
                assert step.call.node in HELPED, (state.call.node, step.call.node)
        assert any(keys in ("0", ANSWERED) for keys, _ in state.ways)


def test_pound_says_the_same_again(explored: Explored) -> None:
    world, found = explored
    for state in found.values():
        call, mode = replace(state.call, errors=ErrorCounts()), GRAPH[state.call.node].input
        if mode in (InputMode.KEY, InputMode.ENTRY) and not ends_at_pound(world, call):
            once = world.engine.step(call, "#" if mode is InputMode.KEY else "", world.now)
            again = world.engine.step(once.call, "#" if mode is InputMode.KEY else "", world.now)
            assert once.response is not None
            assert again.response is not None
            assert again.call.node is call.node
            asked = {one.prompt for one in once.response.utterances} - {Prompt.NO_INPUT}
            assert asked <= {one.prompt for one in again.response.utterances}


def test_an_end_can_be_reached_from_everywhere(explored: Explored) -> None:
    _, found = explored
    ending = {name for name, state in found.items() if any(step.call.node in ENDS for _, step in state.ways)}
    assert ending
    while True:
        more = {
            name
            for name, state in found.items()
            if name not in ending and any(signature(step.call) in ending for _, step in state.ways)
        }
        if not more:
            break
        ending |= more
    assert ending == set(found)


def test_no_key_is_named_that_leads_nowhere(explored: Explored) -> None:
    """Each key that a caller hears does something other than say that it does not work."""
    world, found = explored
    for state in found.values():
        call = state.call
        response = world.engine.step(call, "#", world.now).response
        if GRAPH[call.node].input is not InputMode.KEY or response is None:
            continue
        heard = (*response.utterances, *response.rest)
        named = {one.values["key"].raw for one in heard if "key" in one.values}
        assert named
        for keys in named:
            steps = [step for pressed, step in state.ways if pressed == keys]
            assert steps
            assert all(step.call.errors.no_match == 0 for step in steps), (call.node, keys)


def test_a_key_that_is_not_named_does_not_work(explored: Explored) -> None:
    world, found = explored
    for state in found.values():
        call, menu = state.call, GRAPH[state.call.node]
        if menu.input is InputMode.KEY:
            offered = {
                key
                for key, option in menu.numbered_options(world.line)
                if open_route(option.routes, call, world.line)
            }
            for keys in set("1234567") - offered - {WAIT_KEY}:
                [step] = [step for pressed, step in state.ways if pressed == keys]
                assert step.call.errors.no_match == 1, (call.node, keys)


def keys_named(utterances: tuple[Utterance, ...], language: str | None = None) -> list[str]:
    """The keys that are named, in the order in which they are heard."""
    return [one.values["key"].raw for one in utterances if "key" in one.values and one.language == language]


def test_choices_ascend_without_a_gap(explored: Explored) -> None:
    """ISO/IEC 13714, in every state and with every outcome: 1, 2, … and at most four, then 9 and 0."""
    _, found = explored
    for state in found.values():
        for _, step in state.ways:
            response = step.response
            assert response is not None
            if response.input is not InputMode.KEY or GRAPH[response.node].language_options is not None:
                continue
            if step.call.waits:
                continue
            # What happened comes first: a refusal may name 0.
            happened = {one.prompt for one in step.call.outcome}
            offered = tuple(one for one in response.utterances if one.prompt not in happened)
            for language in {one.language for one in offered}:
                keys = keys_named(offered, language)
                numbered = [key for key in keys if key not in (LAST_KEY, PERSON_KEY)]
                assert numbered == [str(key + 1) for key in range(len(numbered))], (response.node, keys)
                assert 1 < len(numbered) <= MOST_CHOICES, (response.node, keys)
                assert keys == [*numbered, *(key for key in (LAST_KEY, PERSON_KEY) if key in keys)]


def test_after_silence_the_choices_are_heard_and_the_answer_is_not(explored: Explored) -> None:
    """Somebody else may be listening by then. The answer is said again when it is asked for."""
    world, found = explored
    for state in found.values():
        call, menu = replace(state.call, errors=ErrorCounts()), GRAPH[state.call.node]
        if menu.input is not InputMode.KEY or menu.language_options is not None:
            continue
        for keys in ("", "6"):
            response = world.engine.step(call, keys, world.now).response
            assert response is not None
            if call.language.code:
                heard = {one.prompt for one in response.utterances}
                assert not {one.prompt for one in call.outcome} & heard
        asked = world.engine.step(call, "#", world.now).response
        assert asked is not None
        if call.language.code:
            assert asked.utterances[: len(call.outcome)] == call.outcome
            assert keys_named(response.utterances) == keys_named(asked.utterances[len(call.outcome) :])
            assert response.rest


def test_what_happened_is_said_wherever_it_leads(explored: Explored) -> None:
    _, found = explored
    for state in found.values():
        for _, step in state.ways:
            response, call = step.response, step.call
            assert response is not None
            if call.language.code and call.node is not state.call.node and call.node not in LANGUAGE_MENUS:
                assert set(map(str, call.outcome)) <= set(map(str, response.utterances)), call.node


def test_three_errors_lead_to_a_person_or_a_call_back(explored: Explored) -> None:
    world, found = explored
    for state in found.values():
        call = state.call
        if GRAPH[call.node].input in (InputMode.QUEUE, InputMode.PAUSE):
            continue
        for keys in ["##"] if ends_at_pound(world, call) else ["", "##"]:
            steps = [Step(replace(call, errors=ErrorCounts()))]
            for _ in range(3):
                steps = [one for step in steps for one in after(world.engine, step.call, keys, world.now)]
            allowed = {Node.GOODBYE} if call.node is Node.RECEIVED and keys == "" else HELPED
            if not call.has_pressed and call.is_attested and GRAPH[call.node].language_options is not None:
                allowed = ENDS if keys == "" else HELPED
            assert {step.call.node for step in steps} <= allowed, (call.node, keys)


def test_a_line_that_stays_silent_ends(explored: Explored) -> None:
    world, _ = explored
    call, heard = Call(node=Node.MAIN, caller=world.caller, token="t", language=LanguageChoice("es")), 0
    while call.node not in ENDS:
        call = list(after(world.engine, call, "", world.now))[-1].call
        heard += 1
        assert heard <= 15


def drawn() -> dict[str, set[str]]:
    """The nodes that each node leads to, by the drawn map."""
    targets: dict[str, set[str]] = {}
    for edge in edges(WORLDS[0].line):
        targets.setdefault(edge.source, set()).add(edge.target)
    for found in targets.values():
        for point in {HELP, RETURN} & found:
            found.update(targets[point])
        instead = [GRAPH[Node(name)].instead for name in found - {HELP, RETURN}]
        found.update(route.target.value for route in instead if route and route.target)
    return targets


def test_the_map_shows_every_edge_that_is_taken_and_no_other() -> None:
    taken = {
        (state.call.node.value, step.call.node.value)
        for world in WORLDS
        for state in walked(world).values()
        for _, step in state.ways
    }
    assert taken <= {(source, target) for source, targets in drawn().items() for target in targets}
    untaken = {
        (edge.source, edge.target)
        for edge in edges(WORLDS[0].line)
        # The walk makes no error twice in a row.
        if not {edge.source, edge.target} & {HELP, RETURN} and not edge.label.startswith(("second", "third"))
    } - taken
    assert untaken == set()


def test_every_state_is_rendered_in_every_language() -> None:
    """Each response that any call can get, as a document in each language of the phone."""
    renderer = Renderer("https://records.example.gov", LANGUAGES, RINGING, Recordings())
    spoken = [language.code for language in LANGUAGES.on_the_phone()]
    heard: set[Prompt] = set()
    seen: set[str] = set()
    for world in WORLDS:
        for state in walked(world).values():
            for _, step in state.ways:
                assert step.response is not None
                heard |= {one.prompt for one in (*step.response.utterances, *step.response.rest)}
                if str(step.response) in seen:
                    continue
                seen.add(str(step.response))
                for code in spoken if step.call.language.code else [None]:
                    document = renderer.response(step.response, code, "0")
                    assert document.startswith("<?xml")
                    of_their_own = {one.language for one in step.response.utterances if one.language}
                    if not step.response.utterances:
                        # A caller without a language hears it in line.
                        expected = set()
                    else:
                        expected = {VOICES[one] for one in of_their_own or {code}}
                    assert set(re.findall(r'<Say language="([^"]+)"', document)) == expected
    assert heard >= set(Prompt) - HEARD_ELSEWHERE, "a prompt that nobody hears"


def test_each_question_has_its_own_key_and_answer() -> None:
    world = WORLDS[0]
    call = Call(node=Node.QUESTIONS, caller=world.caller, language=LanguageChoice("en"))
    answers: list[tuple[Utterance, ...]] = []
    for position, question in enumerate(QUESTIONS):
        keys = [str(position + 1)]
        if position >= IN_FIRST_MENU:
            keys = [str(MOST_CHOICES), str(position - IN_FIRST_MENU + 1)]
        step = Step(call)
        for key in keys:
            step = world.engine.step(step.call, key, world.now)
        assert step.call.outcome == question.answer(world.line.configuration)
        assert step.call.outcome not in answers
        answers.append(step.call.outcome)
    assert len(answers) == len(QUESTIONS)
