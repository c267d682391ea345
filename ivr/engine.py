"""The engine of a call. A step is pure: it takes a call, keys and the time, and reads the menus.

What must be done outside comes out as an effect, and its outcome goes back in through `resume`.
"""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.call import Call, KeyedFacts, Node, Offered
from ivr.keypad_input import InvalidInput
from ivr.menus import GRAPH
from ivr.menus.call_back import after_request
from ivr.menus.check import after_answer
from ivr.menus.menu import (
    BACK_KEY,
    LANGUAGE_KEY,
    PERSON_KEY,
    REPEAT_KEY,
    WAIT_KEY,
    Entry,
    LineConfiguration,
    Menu,
    Route,
    Transition,
    open_route,
)
from ivr.menus.person import after_nobody, after_ringing, ask_for_person
from ivr.menus.request_status import after_status
from ivr.menus.silent import after_silent_request, may_be_called_unasked
from ivr.menus.text_message import after_text
from ivr.response_builder import ResponseBuilder
from ivr.steps import (
    CallResponse,
    InputMode,
    NobodyAvailable,
    OfficeRinging,
    Outcome,
    Refusal,
    Step,
    TextOutcome,
)
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance
from resident_app.intake.reference import Reference
from resident_app.register.check import Answer

ERRORS_BEFORE_A_PERSON = 3
SILENCES_WHEN_SLOW = 10
"""Instead, for a caller who asked for time: five minutes and more."""
ROUNDS_BEFORE_THE_END = 3
ROUNDS_WITHOUT_A_KEY = 2
"""Instead, for a caller who has pressed nothing at all."""
SILENCES_BEFORE_A_CALL_BACK = 2
"""By then both language menus were heard."""
QUIET_MINUTES = 5
"""How long the line waits quietly for a caller who asked for it. It speaks once a minute."""


class CallEngine:
    """Takes the steps of calls for one deployment."""

    def __init__(self, line: LineConfiguration):
        self._line = line
        self._responses = ResponseBuilder(line)
        self._zone = ZoneInfo(line.configuration.office.time_zone)

    def begin(self) -> CallResponse:
        """Return the first response of every call: the language menu, which needs no stored call."""
        return self._responses.build(Call())

    def position_in_line(self, call: Call, position: int) -> tuple[Utterance, ...]:
        """Return what a caller in line for a person hears. `position` 1 is next."""
        return self._responses.position_in_line(call, position)

    def step(self, call: Call, keys: str, now: datetime) -> Step:
        """Take the step of a caller who pressed `keys`; none is no-input."""
        menu = GRAPH[call.node]
        if keys:
            node = menu.keys_as or call.node
            call = replace(call, has_pressed=True, errors=call.errors.after_key(), node=node)
            menu = GRAPH[call.node]
        if call.waits:
            return self._go_on_waiting(call, keys, now)
        match menu.input:
            case InputMode.NONE:
                return self._respond(call)
            case InputMode.QUEUE:
                option = dict(self._responses.options[menu.node]).get(keys)
                return self._follow(call, option.routes if option else menu.then)
            case InputMode.PAUSE if keys not in (PERSON_KEY, BACK_KEY):
                return self._follow(call, menu.then)
        if not keys:
            return self._no_input(call, now)
        step = self._press_fixed_key(call, menu, keys, now)
        if step is not None:
            return step
        if menu.entry is not None:
            return self._enter(call, menu, menu.entry, keys, now)
        return self._choose_option(call, menu, keys, now)

    def _press_fixed_key(self, call: Call, menu: Menu, keys: str, now: datetime) -> Step | None:
        """Take the step of a key that does the same everywhere; None: this is not one."""
        match keys:
            case _ if keys == PERSON_KEY:
                return self._ask_for_person(call, now)
            case _ if keys == BACK_KEY:
                return self._follow(call, menu.back)
            case _ if keys == LANGUAGE_KEY and menu.language_options is None:
                return self._choose_language(call)
            case _ if keys == WAIT_KEY and menu.language_options is None:
                return self._wait(replace(call, slow=True), Utterance(Prompt.SLOWER_NOW))
        return None

    def resume(self, call: Call, outcome: Outcome) -> Step:
        """Go on with the outcome of the last effect."""
        line = self._line
        match outcome:
            case Answer():
                transition = after_answer(call, outcome, line)
            case Reference() | Refusal() if call.node is Node.STAY:
                transition = after_silent_request(call, outcome, line)
            case Reference():
                transition = after_request(call, outcome, line)
            case OfficeRinging():
                transition = after_ringing(call, outcome, line)
            case NobodyAvailable():
                transition = after_nobody(call, outcome, line)
            case TextOutcome():
                transition = after_text(call, outcome, line)
            case _:
                transition = after_status(call, outcome, line)
        return self._move(transition)

    def _choose_language(self, call: Call) -> Step:
        """Offer the languages. Everything is kept, and the caller comes back to this node."""
        choosing = replace(call.language, return_to=call.node)
        return self._respond(replace(call, node=Node.LANGUAGE, language=choosing))

    def _choose_option(self, call: Call, menu: Menu, keys: str, now: datetime) -> Step:
        if keys == REPEAT_KEY:
            return self._respond(call, with_rest=True)
        option = dict(self._responses.options[menu.node]).get(keys)
        if option is None or open_route(option.routes, call, self._line) is None:
            return self._no_match(call, (Utterance(Prompt.NO_SUCH_KEY),), now)
        return self._follow(call, option.routes)

    def _follow(
        self,
        call: Call,
        routes: tuple[Route, ...],
        *first: Utterance,
        outcome: tuple[Utterance, ...] = (),
    ) -> Step:
        """Take the first open route. `outcome` can be repeated at its target, `first` cannot."""
        route = open_route(routes, call, self._line)
        assert route is not None, "the last route is always open"
        is_return = route.request is None and route.target is None
        keeps_outcome = route.keeps_state or is_return or call.outcome == outcome
        changed = call if keeps_outcome else replace(call, outcome=outcome)
        if route.action is not None:
            changed = route.action(changed, self._line)
        if route.request is not None:
            effect = route.request.make(changed, self._line)
            return Step(_after_input(changed), effects=(effect,))
        if route.target is None:
            return self._return_from_languages(changed)
        if route.keeps_state:
            return self._respond(_after_input(replace(changed, node=route.target)))
        says = tuple(Utterance(prompt) for prompt in route.says)
        return self._move(Transition(changed, route.target, (*first, *says)))

    def _return_from_languages(self, call: Call) -> Step:
        """Go on where the language was changed: nothing is lost."""
        node = call.language.return_to or Node.MAIN
        returned = replace(call, node=node, language=replace(call.language, return_to=None))
        return self._respond(_after_input(returned))

    def _enter(self, call: Call, menu: Menu, entry: Entry, keys: str, now: datetime) -> Step:
        keyed = entry.after_clearing(keys)
        if not keyed:
            return self._respond(call)
        try:
            entered, read_back = entry.parse_input(call, keyed, now.astimezone(self._zone).date())
        except InvalidInput as invalid:
            return self._no_match(call, invalid.why, now, is_enough=entry.error_suffices)
        utterances = (read_back,) if read_back else ()
        if entry.repeats_read_back:
            return self._follow(entered, menu.then, outcome=utterances)
        return self._follow(entered, menu.then, *utterances)

    def _wait(self, call: Call, *first: Utterance) -> Step:
        """Wait quietly for a minute. Nothing is counted, and any key goes on."""
        waiting = replace(_after_input(call), waits=call.waits + 1)
        return Step(waiting, self._responses.wait(waiting, *first))

    def _go_on_waiting(self, call: Call, keys: str, now: datetime) -> Step:
        """Go on where the caller asked for time, or wait for another minute."""
        if not keys and call.waits < QUIET_MINUTES:
            return self._wait(call)
        rested = replace(call, waits=0)
        if keys == PERSON_KEY:
            return self._ask_for_person(rested, now)
        return self._respond_again(rested) if keys else self._no_input(rested, now)

    def _no_input(self, call: Call, now: datetime) -> Step:
        on_no_input = GRAPH[call.node].on_no_input
        if open_route(on_no_input, call, self._line) is not None:
            return self._follow(call, on_no_input)
        times = call.errors.no_input + 1
        is_choosing = GRAPH[call.node].language_options is not None
        if is_choosing and times >= SILENCES_BEFORE_A_CALL_BACK and may_be_called_unasked(call):
            return self._move(Transition(call, Node.STAY))
        if times < (SILENCES_WHEN_SLOW if call.slow else ERRORS_BEFORE_A_PERSON):
            prompt = Prompt.NO_INPUT if times == 1 else Prompt.NO_INPUT_AGAIN
            counted = replace(
                _offer_all_languages(call),
                node=GRAPH[call.node].when_silent or call.node,
                errors=replace(call.errors, no_input=times),
            )
            return self._respond_again(counted, Utterance(prompt))
        target = GRAPH[call.node].after_no_input
        rounds = ROUNDS_BEFORE_THE_END if call.has_pressed else ROUNDS_WITHOUT_A_KEY
        if call.errors.rounds >= rounds - 1:
            # A line that stays silent through so many rounds is abandoned.
            target = Node.GOODBYE if call.has_pressed else Node.NO_KEYS
        if target is not None:
            return self._move(Transition(replace(call, outcome=()), target))
        return self._offer_another_way(call, now)

    def _no_match(
        self, call: Call, why: tuple[Utterance, ...], now: datetime, *, is_enough: bool = False
    ) -> Step:
        """Name the mistake. If that `is_enough`, the prompts follow from the second one on."""
        times = call.errors.no_match + 1
        if times >= ERRORS_BEFORE_A_PERSON:
            return self._offer_another_way(call, now)
        if times > 1:
            is_key = why[0].prompt is Prompt.NO_SUCH_KEY
            again = Utterance(Prompt.NO_SUCH_KEY_AGAIN if is_key else Prompt.NO_INPUT_AGAIN)
            why = (again,) if is_key else (*why, again)
        counted = replace(call, errors=replace(call.errors, no_match=times))
        return self._respond_again(counted, *why, with_prompts=times > 1 or not is_enough)

    def _offer_another_way(self, call: Call, now: datetime) -> Step:
        """After three errors in a row offer a person or a call back, never the end of the call."""
        counted = replace(call, errors=replace(call.errors, rounds=call.errors.rounds + 1))
        return self._ask_for_person(counted, now, Utterance(Prompt.ANOTHER_WAY))

    def _ask_for_person(self, call: Call, now: datetime, *first: Utterance) -> Step:
        asked = ask_for_person(call, GRAPH[call.node].topic, self._line, now, *first)
        if isinstance(asked, Transition):
            return self._move(asked)
        asking, effect = asked
        return Step(_after_input(asking), effects=(effect,))

    def _move(self, transition: Transition) -> Step:
        call, menu = transition.call, GRAPH[transition.target]
        if menu.instead is not None and menu.instead.when.holds(call, self._line):
            assert menu.instead.target is not None
            menu = GRAPH[menu.instead.target]
        moved = replace(
            call,
            node=menu.node,
            errors=call.errors.cleared(),
            language=call.language.arrived(),
            facts=call.facts if menu.keeps_facts else KeyedFacts(),
        )
        return self._respond(moved, *transition.first)

    def _respond(self, call: Call, *first: Utterance, with_rest: bool = False) -> Step:
        """Respond at the call's node."""
        return Step(call, self._responses.build(call, *first, with_rest=with_rest))

    def _respond_again(self, call: Call, *first: Utterance, with_prompts: bool = True) -> Step:
        """Respond to a caller who stays here. An outcome is not said again unasked: others may listen now."""
        response = self._responses.build(
            call, *first, with_outcome=False, with_prompts=with_prompts, with_rest=True
        )
        return Step(call, response)


def _offer_all_languages(call: Call) -> Call:
    """Return the call of someone silent: without a language, it may be one that was not offered yet.

    Who left a request understood what was offered.
    """
    if call.language.code or call.reference:
        return call
    return replace(call, language=replace(call.language, offered=Offered.ALL))


def _after_input(call: Call) -> Call:
    """Return the call after the caller did something that counts."""
    errors = call.errors.cleared()
    return call if errors is call.errors else replace(call, errors=errors)
