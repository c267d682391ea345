"""Rendering: only what the provider's own classes allow, and nothing too long to be said."""

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.call import Call, KeyedReference, LanguageChoice, Node, PersonRequest, Topic
from ivr.menus import GRAPH
from ivr.menus.menu import LineConfiguration
from ivr.response_builder import ResponseBuilder
from ivr.simulator.twiml_reader import BadTwiml, each, read
from ivr.steps import InputMode
from ivr.twiml.renderer import LONGEST_SAY, LONGEST_SAY_ENCODED, Renderer, split
from ivr.words.prompts import Prompt
from ivr.words.recordings import Recordings
from resident_app.configuration import load_configuration
from resident_app.languages import load_languages

BASE_URL = "https://records.example.gov"
CONFIGURATION = load_configuration()
LANGUAGES = load_languages()
SPOKEN = [language.code for language in LANGUAGES.on_the_phone()]
RENDERER = Renderer(BASE_URL, LANGUAGES, CONFIGURATION, Recordings())


@given(st.text("ab .。，é字" * 3, max_size=9000))
def test_parts_can_be_said_and_lose_nothing(text: str) -> None:
    parts = split(text)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)
    for part in parts:
        assert len(part) <= LONGEST_SAY
        assert len(quote(part)) <= LONGEST_SAY_ENCODED


@pytest.mark.parametrize("code", SPOKEN)
def test_every_prompt_fits_one_say(code: str) -> None:
    for prompt in Prompt:
        assert len(split(LANGUAGES[code].spoken(prompt.value))) == 1


@pytest.mark.parametrize("code", SPOKEN)
@pytest.mark.parametrize("node", list(GRAPH))
def test_every_menu_renders_to_what_the_carrier_knows(node: Node, code: str) -> None:
    line = LineConfiguration(CONFIGURATION, {1: {"1": "en"}, 2: {}}, can_reach_out=True)
    call = Call(
        node=node,
        language=LanguageChoice(code),
        caller="+12065550100",
        person=PersonRequest(Topic.CHECK),
        keyed_reference=KeyedReference("1234567890123456"),
    )
    document = RENDERER.response(ResponseBuilder(line).build(call), code, "0")
    verbs = read(document)
    for verb in each(verbs, "Redirect"):
        assert verb.text == f"{BASE_URL}/voice/{node.value}/0"
    assert bool(list(each(verbs, "Hangup"))) == (GRAPH[node].input is InputMode.NONE)


@pytest.mark.parametrize(
    "inside",
    [
        '<Gather finishKey="#"/>',
        "<Gather><Redirect>https://x</Redirect></Gather>",
        '<Gather action="/voice/main/0"/>',
        "<Say/>",
        "<Say><Play>x</Play></Say>",
        "<Enqueue><Say>x</Say></Enqueue>",
        "<Leave/>",
        "<Record/>",
        "words",
    ],
)
def test_the_reader_refuses_what_the_provider_would(inside: str) -> None:
    with pytest.raises(BadTwiml):
        read(f"<Response>{inside}</Response>")
