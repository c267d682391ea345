"""Builds what a caller hears at a node: the menu's prompts, in the languages that fit."""

from dataclasses import replace

from ivr.call import Call
from ivr.menus import GRAPH
from ivr.menus.menu import LineConfiguration, Menu
from ivr.menus.rest import describe_rest
from ivr.steps import CallResponse, InputMode
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, ValueKind, with_value

STOP_WAITING_KEY = "1"
QUIET_SECONDS = 60


class ResponseBuilder:
    """Builds responses for one deployment."""

    def __init__(self, line: LineConfiguration):
        self._line = line
        self.options = {node: tuple(menu.numbered_options(line)) for node, menu in GRAPH.items()}
        """The options of each menu, with their keys. A key has two if one of them is not always offered."""

    def build(
        self,
        call: Call,
        *first: Utterance,
        with_outcome: bool = True,
        with_prompts: bool = True,
        with_rest: bool = False,
    ) -> CallResponse:
        """Return the response at a call's node. `first` is heard before its prompts.

        In the language menus nothing but the languages is heard.
        """
        menu = GRAPH[call.node]
        prompts = self._prompts(menu, call) if with_prompts or not call.language.code else ()
        if menu.input is InputMode.QUEUE and call.language.code is None:
            # Said in line: before all languages had said it, the office would have answered in vain.
            prompts = ()
        elif menu.language_options is None:
            # Who has not heard their language yet has not heard the outcome.
            outcome = call.outcome if with_outcome or call.language.code is None else ()
            prompts = self._in_each_language(call, (*first, *outcome, *prompts))
        values = [value for utterance in prompts for value in utterance.values.values()]
        return CallResponse(
            utterances=prompts,
            input=menu.input,
            node=call.node,
            rest=self._rest(menu, call) if with_rest and call.language.code else (),
            slow=call.slow,
            silences=call.errors.no_input,
            seconds=menu.seconds,
            queue=call.queue if menu.input is InputMode.QUEUE else None,
            most_keys=menu.entry.most_keys(call) if menu.entry and menu.entry.most_keys else None,
            is_public=menu.is_public or all(value.kind is ValueKind.KEY for value in values),
        )

    def wait(self, call: Call, *first: Utterance) -> CallResponse:
        """Return the quiet in which a caller who asked for time has it."""
        return CallResponse(
            utterances=self._in_each_language(call, (*first, Utterance(Prompt.NO_INPUT_AGAIN))),
            input=InputMode.KEY,
            node=call.node,
            seconds=QUIET_SECONDS,
            is_public=True,
        )

    def position_in_line(self, call: Call, position: int) -> tuple[Utterance, ...]:
        """Return what a caller who waits for a person hears, again and again."""
        place = with_value(Prompt.PLACE_IN_LINE, "place", ValueKind.NUMBER, max(1, position))
        stop = with_value(Prompt.STOP_WAITING, "key", ValueKind.KEY, STOP_WAITING_KEY)
        if call.language.code is None:
            # The place would have changed before all languages had said it.
            return self._in_each_language(call, (Utterance(Prompt.CONNECTING), stop))
        return self._in_each_language(call, (place, stop))

    def _prompts(self, menu: Menu, call: Call) -> tuple[Utterance, ...]:
        line = self._line
        offered = [(key, option) for key, option in self.options[menu.node] if option.is_offered(call, line)]
        return (
            *(one.utterance(call, line) for one in menu.announcements if one.when.holds(call, line)),
            *(option.utterance(key, call, line) for key, option in offered),
        )

    def _rest(self, menu: Menu, call: Call) -> tuple[Utterance, ...]:
        return self._in_each_language(call, describe_rest(menu, call, self._line))

    def _in_each_language(self, call: Call, utterances: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
        """Return all in the caller's language or, if none is chosen, all in one language after the other."""
        line, code = self._line, call.language.code
        if code:
            return tuple(one for one in utterances if line.can_say(code, one.prompt))
        return tuple(
            replace(one, language=offered)
            for offered in line.languages_of(call.language)
            for one in utterances
            if line.can_say(offered, one.prompt)
        )
