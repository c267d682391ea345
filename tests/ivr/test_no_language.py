"""A caller who has chosen no language hears everything that happens, in each language that was offered."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from sqlalchemy import delete

from ivr.call import Call, Node, Offered
from ivr.call_store import CallRow
from ivr.menus import GRAPH
from ivr.simulator import FakeCarrier
from ivr.simulator.twiml_reader import LARGEST_DOCUMENT_BYTES
from ivr.simulator.virtual_clock import seconds_to_say
from ivr.steps import CallResponse, InputMode
from ivr.twiml.renderer import Renderer
from ivr.words.prompts import Prompt
from ivr.words.recordings import Recordings
from ivr.words.spoken_values import render_moment
from ivr.words.utterances import render
from resident_app.database import writing
from tests.conftest import Deployment
from tests.ivr.stored import stored_requests
from tests.ivr.test_texts import incoming
from tests.ivr.walking import LANGUAGES, RINGING, WORLDS, World, states

FIRST = tuple(language.code for language in LANGUAGES.on_the_phone(1))
SECOND = tuple(language.code for language in LANGUAGES.on_the_phone(2))
OFFERED = {Offered.FIRST: FIRST, Offered.SECOND: (*SECOND, "en"), Offered.ALL: (*FIRST, *SECOND)}
CODES = {language.phone.language: language.code for language in LANGUAGES.on_the_phone() if language.phone}
# Eight languages, six or thirteen: who has heard their own may hang up or press a key at once.
LONGEST_SECONDS = {Offered.FIRST: 270, Offered.SECOND: 220, Offered.ALL: 480}

SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
OPENS = datetime(2026, 11, 23, 8, 0)  # noqa: DTZ001
HOME = "2 0 6, 5 5 5, 0 1 9 9"


def without_pauses(said: Iterable[str | None]) -> str:
    """What is said, without the pauses between groups of digits."""
    return re.sub(r"[, ]+", " ", " ".join(one or "" for one in said))


def heard_responses(world: World) -> list[tuple[Call, CallResponse]]:
    """Each response that a caller without a language can get, but for the language menus."""
    found: dict[str, tuple[Call, CallResponse]] = {}
    for state in states(world, lambda call: call.language.code is None).values():
        for _, step in state.ways:
            assert step.response is not None
            if step.call.language.code is None and GRAPH[step.call.node].language_options is None:
                found[str((step.call.language.offered, step.response))] = (step.call, step.response)
    return list(found.values())


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_whatever_happens_is_heard_in_each_language(world: World) -> None:
    """The finished words of each language, in every state and after every outcome."""
    renderer = Renderer("https://records.example.gov", LANGUAGES, RINGING, Recordings())
    met = set()
    for call, response in heard_responses(world):
        met.add(call.node)
        document = renderer.response(response, None, "0")
        if response.input is InputMode.QUEUE:
            assert "<Say" not in document, "the caller is in line before the office can answer"
            document = renderer.position_in_line(world.engine.position_in_line(call, 2), None)
        spoken = defaultdict(list)
        for say in ElementTree.fromstring(document).iter("Say"):
            spoken[CODES[say.attrib["language"]]].append(say.text)
        assert tuple(spoken) == OFFERED[call.language.offered], call.node
        assert len({len(words) for words in spoken.values()}) == 1, call.node
        assert len(document.encode()) < LARGEST_DOCUMENT_BYTES
        seconds = sum(seconds_to_say(one or "") for words in spoken.values() for one in words)
        assert seconds < LONGEST_SECONDS[call.language.offered], (call.node, round(seconds))
        for utterance in response.utterances:
            assert utterance.language is not None
            words = render(utterance, LANGUAGES[utterance.language], RINGING)
            assert without_pauses([words]) in without_pauses(spoken[utterance.language])
    expected = {Node.CALL_BACK_NUMBER, Node.NUMBER_READ, Node.RECEIVED, Node.REQUEST_STATUS, Node.GOODBYE}
    assert met >= expected
    assert not met & {Node.MAIN, Node.CARD, Node.ANSWER, Node.QUESTIONS}, "these need one language"


def test_the_outcome_comes_before_the_choices_in_each_language() -> None:
    world = WORLDS[0]
    call = Call(node=Node.CALL_BACK_NUMBER, caller=world.caller, token="t")
    read_back = world.engine.step(call, "2065550199", world.now).response
    assert read_back is not None
    prompts = [Prompt.NUMBER_READ, Prompt.IS_RIGHT, Prompt.KEY_AGAIN]
    assert [(one.language, one.prompt) for one in read_back.utterances] == [
        (code, prompt) for code in FIRST for prompt in prompts
    ]


def words(code: str, prompt: Prompt, **values: str) -> str:
    return LANGUAGES[code].spoken(prompt.value, **values)


def test_out_of_hours_each_language_says_when_the_office_opens(reaching_out: Deployment) -> None:
    reaching_out.clock.now = SUNDAY
    phone = reaching_out.ring("+12065550199").press("0")
    for code in FIRST:
        assert words(code, Prompt.OFFICE_CLOSED, time=render_moment(OPENS, LANGUAGES[code])) in phone.text
        assert words(code, Prompt.CALL_BACK_HERE, number=HOME, key="1") in phone.text
    phone.press("1")
    for code in FIRST:
        assert words(code, Prompt.RECEIVED) in phone.text


def test_a_withheld_number_is_asked_for_and_read_back_in_each_language(reaching_out: Deployment) -> None:
    reaching_out.clock.now = SUNDAY
    phone = reaching_out.ring("anonymous").press("0").press("20655501#")
    for code in FIRST:
        assert words(code, Prompt.NUMBER_WRONG) in phone.text
    phone.press("2065550199#")
    for code in FIRST:
        assert words(code, Prompt.NUMBER_READ, number=HOME) in phone.text
    phone.press("1")
    assert phone.node == "received"
    [left] = stored_requests(reaching_out)
    assert (left.request.phone, left.request.spoken, left.request.voicemail_ok) == (
        "+12065550199",
        "other",
        False,
    )
    [_, spoken] = re.findall(r"((?:\d \d \d \d, ){3}\d \d \d \d)", phone.text)[:2]
    for code in FIRST:
        assert words(code, Prompt.REFERENCE, reference=spoken) in phone.text
    page = reaching_out.client.post("/en/help/status", {"reference": re.sub(r"\D", "", spoken)})
    assert page.one("main").get("data-state") == "received"


def test_a_text_message_is_in_each_language(reaching_out: Deployment, provider: FakeCarrier) -> None:
    reaching_out.clock.now = SUNDAY
    phone = reaching_out.ring("+12065550199").press("0").press("1")
    phone.press(key_of(phone.text, Prompt.AFTER_TEXT_REFERENCE)).press("1")
    for code in FIRST:
        assert words(code, Prompt.TEXT_SENT) in phone.text
    [text] = provider.texts
    lines = text["Body"].splitlines()
    assert len(lines) == len(FIRST)
    assert len(text["Body"]) <= 1_600
    [reference] = {line for one in lines for line in re.findall(r"\d{4} \d{4} \d{4} \d{4}", one)}
    assert all(reference in line for line in lines)


def key_of(text: str, prompt: Prompt) -> str:
    """The key that English gives to a choice."""
    return next(key for key in "123456789" if words("en", prompt, key=key) in text)


def test_a_text_message_that_cannot_be_sent_is_refused_in_each_language(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    reaching_out.clock.now = SUNDAY
    phone = reaching_out.ring("+12065550199").press("0").press("1")
    phone.press(key_of(phone.text, Prompt.AFTER_TEXT_REFERENCE))
    incoming(reaching_out, "STOP", "+12065550199")
    phone.press("1")
    assert not provider.texts
    for code in FIRST:
        assert words(code, Prompt.TEXT_NOT_SENT) in phone.text


def test_in_line_each_language_says_how_to_stop_waiting(
    reaching_out: Deployment, provider: FakeCarrier
) -> None:
    phone = reaching_out.ring("+12065550199").press("0")
    for code in FIRST:
        assert words(code, Prompt.CONNECTING) in phone.text
        assert words(code, Prompt.STOP_WAITING, key="1") in phone.text
    provider.answer("1", [phone])
    assert "an interpreter is needed" in provider.legs[0].heard
    phone = reaching_out.ring("+12065550199").press("0").press("1")
    for code in FIRST:
        assert words(code, Prompt.NOBODY_FREE) in phone.text


def test_who_asked_for_the_second_menu_hears_its_languages_and_english(reaching_out: Deployment) -> None:
    reaching_out.clock.now = SUNDAY
    phone = reaching_out.ring("+12065550199").press("9").press("0").press("1")
    for code in (*SECOND, "en"):
        assert words(code, Prompt.RECEIVED) in phone.text
    assert words("es", Prompt.RECEIVED) not in phone.text


def test_errors_are_heard_in_each_language(reaching_out: Deployment) -> None:
    reaching_out.clock.now = SUNDAY
    phone = reaching_out.ring("+12065550199").press("0").press("6")
    for code in FIRST:
        assert words(code, Prompt.NO_SUCH_KEY) in phone.text
    phone.wait()
    for code in (*FIRST, *SECOND):
        assert words(code, Prompt.NO_INPUT) in phone.text


def test_a_lost_call_starts_again_in_each_language(reaching_out: Deployment) -> None:
    reaching_out.clock.now = SUNDAY
    phone = reaching_out.ring("+12065550199").press("0")
    with writing(reaching_out.short_lived) as connection:
        connection.execute(delete(CallRow))
    phone.press("1")
    for code in FIRST:
        assert words(code, Prompt.START_AGAIN) in phone.text
    assert phone.wait().node == "language"
