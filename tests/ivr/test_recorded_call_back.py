"""Somali and Khmer have no voice: with the recordings of a call back they get their line in the menu."""

import io
import re
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.call import Node
from ivr.menus import GRAPH
from ivr.simulator import FakeCarrier, Phone
from ivr.steps import InputMode
from ivr.words.prompts import CALL_BACK_PROMPTS, Prompt
from ivr.words.recordings import Recordings
from tests.conftest import BASE_URL, DeployWith
from tests.ivr.office import Office
from tests.ivr.stored import stored_requests
from tests.ivr.walking import LANGUAGES, WORLDS, states
from tests.made_up import CARDS

CODES = {"so": "6", "km": "7"}
PLAYED = re.compile(rf"{BASE_URL}/voice/recordings/(\w+)/([\w.-]+)\.wav")
# Heard beside the menus, or after more of the same error than the walk makes.
HEARD_ELSEWHERE = {
    Prompt.NO_SUCH_KEY_AGAIN,
    Prompt.START_AGAIN,
    Prompt.SYSTEM_ERROR_STAY,
    Prompt.OFFICE_CALLS,
    Prompt.OFFICE_CALLS_BACK,
    Prompt.OFFICE_CALLS_WAIT,
    Prompt.OFFICE_CALLS_MESSAGE,
}


def half_a_second() -> bytes:
    """A recording as the docs ask for it: 8 kHz, mono, 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8_000)
        made.writeframes(b"\0\0" * 4_000)
    return file.getvalue()


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of recordings with all that a call back needs in both languages."""
    folder = tmp_path / "recordings"
    for code in CODES:
        (folder / code).mkdir(parents=True)
        for name in Recordings(folder).missing_for_call_back(LANGUAGES[code]):
            (folder / code / f"{name}.wav").write_bytes(half_a_second())
    monkeypatch.setattr("ivr.webhooks.line.Recordings", lambda: Recordings(folder))
    monkeypatch.setattr("resident_app.public_app.RECORDINGS", folder)
    return folder


def played(phone: Phone, code: str) -> list[str]:
    """The names of what is played in a language; nothing else may be heard."""
    found = [PLAYED.fullmatch(heard.text) for heard in phone.heard]
    assert all(one and one[1] == code for one in found), phone.text
    return [one[2] for one in found if one]


def digits(number: str) -> list[str]:
    return list(number)


@pytest.mark.parametrize("code", CODES)
def test_a_call_back_in_a_recorded_language(recorded: Path, deploy: DeployWith, code: str) -> None:
    deployment = deploy(CARDS)
    phone = deployment.ring("+12065550199")
    assert f"{BASE_URL}/voice/recordings/{code}/9.wav" in phone.text, "named in the first menu"
    phone.press("9")
    assert f"{BASE_URL}/voice/recordings/{code}/{CODES[code]}.wav" in phone.text
    heard = played(phone.press(CODES[code]), code)
    assert heard[0] == "can-call-back"
    assert "".join(heard[heard.index("call-back-here.1") :]).startswith("call-back-here.12065550199")
    heard = played(phone.press("1"), code)
    assert heard[0] == "received"
    reference = "".join(name for name in heard[heard.index("reference.1") :][1:17])
    page = deployment.client.post("/en/help/status", {"reference": reference})
    assert page.one("main").get("data-state") == "received"
    left = stored_requests(deployment)[0].request
    assert (left.spoken, left.phone) == (code, "+12065550199")
    phone.press("9")
    assert phone.ended
    assert "goodbye.1" in played(phone, code)
    with deployment.client.raw("GET", f"/voice/recordings/{code}/received.wav") as file:
        assert file.status_code == 200
        assert file.data == half_a_second()


def test_another_number_is_entered_and_read_back(recorded: Path, deploy: DeployWith) -> None:
    deployment = deploy(CARDS)
    phone = deployment.ring("anonymous").press("9").press("6")
    assert played(phone, "so") == ["can-call-back", "call-back-number"]
    assert "number-wrong" in played(phone.press("206#"), "so")
    heard = played(phone.press("2065550188#"), "so")
    assert heard[heard.index("number-read.1") + 1 :][:10] == digits("2065550188")
    assert "received" in played(phone.press("1"), "so")
    assert stored_requests(deployment)[0].request.spoken == "so"


def test_a_person_and_errors_lead_to_the_call_back(
    recorded: Path, deploy: DeployWith, provider: FakeCarrier
) -> None:
    phone = deploy(CARDS).ring().press("9").press("6")
    assert played(phone.press("0"), "so")[0] == "nobody-free"
    assert "no-such-key" in played(phone.press("6"), "so")
    assert "no-input" in played(phone.wait(), "so")
    phone.press("8")
    assert phone.press("1").node == "call-back", "English, from where the caller was"
    assert "press 1" in phone.text


def test_a_call_in_another_language_goes_on_as_a_call_back(recorded: Path, deploy: DeployWith) -> None:
    phone = deploy(CARDS).ring().press("1").press("1").press("8#").press("9").press("7")
    assert phone.node == "call-back"
    assert played(phone, "km")[0] == "can-call-back"


def test_without_a_recording_there_is_no_line(recorded: Path, deploy: DeployWith) -> None:
    (recorded / "km" / "received.wav").unlink()
    phone = deploy(CARDS).ring()
    assert "/recordings/so/" in phone.text
    assert "/recordings/km/" not in phone.text
    phone.press("9").press("7")
    assert phone.node == "more-languages"


def test_a_caller_without_a_language_hears_them_too(recorded: Path, deploy: DeployWith) -> None:
    phone = deploy(CARDS).ring().press("9").press("0").press("1")
    for code in CODES:
        assert f"{BASE_URL}/voice/recordings/{code}/received.wav" in phone.text


def test_every_state_of_a_recorded_language_is_recorded() -> None:
    """Whatever a caller does, each prompt is one of the list, and each of the list is heard."""
    heard: set[Prompt] = {Prompt.CHOOSE_LANGUAGE}
    nodes = set()
    for world in (replace(one, recorded=tuple(CODES)) for one in WORLDS):
        for state in states(world, lambda call: call.language.code in (None, "so")).values():
            for _, step in state.ways:
                assert step.response is not None
                if step.call.language.code != "so":
                    continue
                nodes.add(step.call.node)
                menu = GRAPH[step.call.node]
                prompts = {one.prompt for one in step.response.utterances if one.language in (None, "so")}
                if menu.language_options is None and Prompt.NO_INPUT_AGAIN not in prompts:
                    offered = {
                        option.prompt
                        for _, option in menu.numbered_options(world.line)
                        if option.is_offered(step.call, world.line)
                    }
                    assert offered <= prompts <= set(CALL_BACK_PROMPTS), step.call.node
                    assert prompts or menu.input is InputMode.NONE
                heard |= prompts & set(CALL_BACK_PROMPTS)
    assert nodes == {
        Node.LANGUAGE,
        Node.MORE_LANGUAGES,
        Node.CALL_BACK,
        Node.CALL_BACK_NUMBER,
        Node.NUMBER_READ,
        Node.RECEIVED,
        Node.REQUEST_STATUS,
        Node.GOODBYE,
    }
    assert heard == set(CALL_BACK_PROMPTS) - HEARD_ELSEWHERE


def test_the_office_calls_back_with_the_recordings(
    recorded: Path, deploy: DeployWith, provider: FakeCarrier
) -> None:
    from ivr.simulator.fake_carrier import ACCOUNT_SID

    deployment = deploy(CARDS, twilio_account_sid=ACCOUNT_SID, twilio_api_base=provider.address)
    provider.post = deployment.post
    office = Office(deployment, provider)
    office.begin("so")
    office.officer_ready()
    resident = office.resident_rings().pick_up("unknown")
    assert {heard.text for heard in resident.heard} == {f"{BASE_URL}/voice/recordings/so/office-calls.wav"}
