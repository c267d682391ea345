"""Rendering: only what the provider's own classes allow, and nothing too long to be said."""

import re
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml import voice_response

from ivr.call import Call, Place, Wait
from ivr.flow import Flow
from ivr.places import MAP
from ivr.prompts import Prompt
from ivr.twiml import LONGEST_SAY, LONGEST_SAY_ENCODED, Renderer, split
from resident_app.configuration import load_configuration
from resident_app.languages import load_languages

BASE_URL = "https://records.example.gov"
CONFIGURATION = load_configuration()
LANGUAGES = load_languages()
SPOKEN = [language.code for language in LANGUAGES.on_the_phone()]
RENDERER = Renderer(BASE_URL, LANGUAGES, CONFIGURATION)


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
        assert len(split(LANGUAGES[code].catalogue.gettext(prompt.value))) == 1


@pytest.mark.parametrize("code", SPOKEN)
@pytest.mark.parametrize("place", list(MAP))
def test_every_place_renders_to_what_the_provider_knows(place: Place, code: str) -> None:
    flow = Flow({1: {"1": "en"}, 2: {}}, CONFIGURATION)
    call = Call(place=place, language=code, caller="+12065550100")
    document = RENDERER.turn(flow._turn(call), code, "0")
    assert len(document.encode()) < 64_000
    root = ElementTree.fromstring(document)
    assert root.tag == "Response"
    for verb in root.iter():
        if verb.tag != "Response":
            _is_known(verb)
    for verb in root.iter():
        for address in (verb.get("action"), verb.text if verb.tag == "Redirect" else None):
            assert address is None or address.startswith(f"{BASE_URL}/voice/")
    assert ("Hangup" in document) == (MAP[place].wait is Wait.NOTHING)


def _is_known(verb: ElementTree.Element) -> None:
    """The attribute is one that the provider's class of the same name takes."""
    import inspect

    names = set(inspect.signature(getattr(voice_response, verb.tag).__init__).parameters)
    for parent in (voice_response.VoiceResponse, voice_response.Gather, voice_response.Dial):
        maker = getattr(parent, verb.tag.lower(), None)
        names |= set(inspect.signature(maker).parameters) if maker else set()
    for attribute in verb.attrib:
        snake = re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), attribute)
        assert snake in names, f"{verb.tag} {attribute}"


def test_an_unknown_attribute_would_be_found() -> None:
    with pytest.raises(AssertionError):
        _is_known(ElementTree.fromstring('<Gather finishKey="#"/>'))
