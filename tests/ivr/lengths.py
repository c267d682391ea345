"""How long a caller listens, language by language, by the simulator's clock: `python -m tests.ivr.lengths`.

Nobody presses a key before a prompt has ended, except in the language menus: as soon as one's own is named.
"""

import re
from dataclasses import dataclass
from itertools import takewhile

import click

from ivr.call import Call
from ivr.simulator.virtual_clock import seconds_to_say
from ivr.steps import CallResponse
from ivr.words.prompts import Prompt
from ivr.words.utterances import Utterance, render
from resident_app.languages import Language
from resident_app.register.check import Answer, AnswerKind
from tests.ivr.walking import EDITION, LANGUAGES, OPEN, RINGING, World

WORLD = World(OPEN, "+12065550100", reaches_out=True)
CHECK = ["1", "935222123456", "02291980", "1", "03042019", "1"]
"""From the main menu to the answer."""


@dataclass(frozen=True)
class Lengths:
    """Seconds."""

    to_own_language: float
    main_menu: float
    to_answer: float
    """From the start of the call until the answer begins."""
    to_answer_after_menus: float
    """The same, for a caller who lets the language menus end."""
    longest_prompt: float
    """Without its values."""
    keys: int


def seconds(utterance: Utterance, language: Language) -> float:
    spoken = LANGUAGES[utterance.language] if utterance.language else language
    return seconds_to_say(render(utterance, spoken, RINGING))


def measure(language: Language) -> Lengths:
    """Call in a language, check a card, and add up what is heard."""
    assert language.phone is not None
    call, heard = Call(caller=WORLD.caller, token="t"), [WORLD.engine.begin()]
    chosen = ["9", language.phone.key] if language.phone.menu == 2 else [language.phone.key]
    for keys in [*chosen, *CHECK]:
        step = WORLD.engine.step(call, keys, WORLD.now)
        if step.effects:
            step = WORLD.engine.resume(step.call, Answer(AnswerKind.NOT_SHARED, edition=EDITION))
        assert step.response is not None
        call, heard = step.call, [*heard, step.response]
    language_menus = heard[: len(chosen)]
    main, *entries, _answer = heard[len(chosen) :]
    to_own = sum(_until_own(menu, language) for menu in language_menus)
    menus = [_whole(response, language) for response in (main, *entries)]
    return Lengths(
        to_own,
        menus[0],
        to_own + sum(menus),
        sum(_whole(response, language) for response in (*language_menus, main, *entries)),
        max(seconds_to_say(_words(prompt, language)) for prompt in Prompt),
        len("".join(chosen)) + sum(len(keys) + (len(keys) > 1) for keys in CHECK),
    )


def _whole(response: CallResponse, language: Language) -> float:
    return sum(seconds(one, language) for one in response.utterances)


def _until_own(menu: CallResponse, language: Language) -> float:
    before = takewhile(lambda one: one.language != language.code, menu.utterances)
    own = next(one for one in menu.utterances if one.language == language.code)
    return sum(seconds(one, language) for one in (*before, own))


def _words(prompt: Prompt, language: Language) -> str:
    return re.sub(r"%\(\w+\)s", "", language.spoken(prompt.value))


def table() -> str:
    """Return the lengths as a table in Markdown."""
    lines = [
        "| language | own language | main menu | answer | longest prompt | keys |",
        "|---|---|---|---|---|---|",
    ]
    for language in LANGUAGES.on_the_phone():
        found = measure(language)
        times = (found.to_own_language, found.main_menu, found.to_answer, found.longest_prompt)
        lines.append(f"| {language.code} | {' | '.join(f'{time:.1f}' for time in times)} | {found.keys} |")
    return "\n".join(lines)


if __name__ == "__main__":
    click.echo(table())
