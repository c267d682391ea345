"""Callers who need time, who call through a relay operator (711), or who cannot press keys."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from ivr.simulator import Phone
from ivr.words.prompts import Prompt
from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import Language, load_languages
from tests.conftest import Deployment
from tests.ivr.stored import stored_requests
from tests.made_up import ONCE, choose, keys_of

LANGUAGES = load_languages().on_the_phone()
TO_EVERYBODY = [language for language in LANGUAGES if language.phone and language.phone.menu == 1]
NUMBER = "+12065550144"
OTHER_MENU = {"language": "9", "more-languages": "*"}
"""The key that leads from each language menu to the other."""


def spoken(language: Language, prompt: Prompt, **values: str) -> str:
    return language.spoken(prompt.value, **values)


def press_after(phone: Phone, keys: str, seconds: float) -> None:
    """Press keys so many seconds after all was heard, as a relay operator does, whose caller types."""
    node, at = phone.node, phone.clock.now + timedelta(seconds=seconds)
    while phone.gathering and phone.clock.now + timedelta(seconds=phone.gathering.timeout) < at:
        phone.wait()
        led_away = f"{seconds} seconds of silence led away from {node} to {phone.node}"
        # The two language menus follow each other, and each leads to the other.
        assert phone.node == node or {phone.node, node} == set(OTHER_MENU), led_away
    if phone.node != node:
        phone.press(OTHER_MENU[phone.node])
    phone.press(keys)


@pytest.mark.parametrize("language", LANGUAGES, ids=[language.code for language in LANGUAGES])
def test_a_relay_operator_can_finish(deployment: Deployment, language: Language) -> None:
    """Each step is answered half a minute to a minute late: a check, and a request for a call back."""
    chance, phone = random.Random(language.code), deployment.ring()
    assert language.phone is not None
    if language.phone.menu == 2:
        press_after(phone, "9", chance.uniform(30, 60))
    for keys in [language.phone.key, *keys_of(ONCE)]:
        press_after(phone, keys, chance.uniform(30, 60))
    assert phone.node == "answer"
    for keys in ["2", "2", "2065550112#", "1", "3", "1"]:
        press_after(phone, keys, chance.uniform(30, 60))
    assert phone.node == "received"
    assert stored_requests(deployment)[0].request.spoken == language.code


@pytest.mark.parametrize("language", LANGUAGES, ids=[language.code for language in LANGUAGES])
def test_the_wait_key_gives_minutes_of_quiet_in_a_menu_and_in_an_entry(
    deployment: Deployment, language: Language
) -> None:
    phone = choose(deployment.ring(), language)
    choices = spoken(language, Prompt.MAIN_HELP, key="2")
    phone.wait()
    assert spoken(language, Prompt.MORE_TIME, key="7") in phone.text
    asking = {"main": choices, "card": spoken(language, Prompt.CARD_STARS)}
    for keys, node in (("7", "main"), ("7#", "card")):
        if node == "card":
            phone.press("1").wait()
            assert spoken(language, Prompt.ENTRY_TIME, key="7") in phone.text
        phone.press(keys)
        assert spoken(language, Prompt.SLOWER_NOW) in phone.text
        began = phone.clock.now
        for _ in range(4):
            phone.wait()
            assert phone.text == spoken(language, Prompt.NO_INPUT_AGAIN), "a few words a minute, nothing else"
        assert phone.clock.now - began > timedelta(minutes=4)
        phone.press("5")
        assert phone.node == node
        assert asking[node] in phone.text
        assert spoken(language, Prompt.NO_SUCH_KEY) not in phone.text, "any key goes on, and none is wrong"


def test_who_waits_is_put_through_by_0_and_comes_back_to_the_choices(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("2").press("7")
    assert phone.press("*").node == "call-back"
    assert "call you back" in phone.press("7").press("0").text
    phone = deployment.ring().press("1").press("7")
    for _ in range(5):
        phone.wait()
    assert "For more time, press 7" in phone.text, "after five minutes the choices are heard"


def test_after_the_wait_key_silence_leads_nowhere_for_minutes(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("7").press("1").press("1")
    assert phone.node == "card"
    began = phone.clock.now
    for _ in range(9):
        assert phone.wait().node == "card"
    assert phone.clock.now - began > timedelta(minutes=5)
    assert phone.wait().node != "card", "a line has an end"


def silent(deployment: Deployment, caller: str, attestation: str = "") -> tuple[Phone, str]:
    """A call in which no key is pressed, to its end, and all that was heard."""
    phone, heard = deployment.ring(caller, attestation), ""
    heard = phone.text
    for _ in range(30):
        if phone.ended:
            return phone, heard
        phone.wait()
        heard += " " + phone.text
    raise AssertionError("the call has no end")


def topics(deployment: Deployment) -> list[str]:
    with reading(deployment.engine) as connection:
        return list(connection.execute(select(HelpRequestRow.topic)).scalars())


def test_who_presses_nothing_and_stays_on_the_line_is_called_back(deployment: Deployment) -> None:
    phone, heard = silent(deployment, NUMBER, "A")
    for language in TO_EVERYBODY:
        assert spoken(language, Prompt.STAY_ON_LINE) in heard
        assert spoken(language, Prompt.HAVE_YOUR_CALL) in phone.text
    [stored] = stored_requests(deployment)
    assert (stored.request.phone, stored.request.spoken) == (NUMBER, "other")
    assert stored.request.voicemail_ok is False
    assert topics(deployment) == ["silent"]


def test_one_number_is_called_back_unasked_once_a_day(deployment: Deployment) -> None:
    for _ in range(3):
        phone, _ = silent(deployment, NUMBER, "A")
        assert spoken(LANGUAGES[0], Prompt.HAVE_YOUR_CALL) in phone.text, "there is a request: that is true"
    assert topics(deployment) == ["silent"]
    silent(deployment, "+12065550145", "A")
    deployment.clock.pass_by(25 * 3600)
    silent(deployment, NUMBER, "A")
    assert topics(deployment) == ["silent"] * 3


@pytest.mark.parametrize(
    ("caller", "attestation"),
    [
        (NUMBER, ""),
        (NUMBER, "B"),
        (NUMBER, "C"),
        ("anonymous", "A"),
        ("+266696687", "A"),
        ("+19005550100", "A"),
        ("+8821234567890", "A"),
    ],
)
def test_a_number_that_may_be_forged_or_cannot_be_called_is_told_another_way(
    deployment: Deployment, caller: str, attestation: str
) -> None:
    phone, heard = silent(deployment, caller, attestation)
    for language in TO_EVERYBODY:
        assert spoken(language, Prompt.DIAL_RELAY) in phone.text
        assert spoken(language, Prompt.STAY_ON_LINE) not in heard
    assert topics(deployment) == []


def test_a_key_while_staying_on_the_line_chooses_the_language(deployment: Deployment) -> None:
    phone = deployment.ring(NUMBER, "A")
    while phone.node != "stay":
        phone.wait()
    assert phone.gathering is not None
    assert phone.gathering.timeout == 20
    assert phone.press("2").node == "main"
    assert "oprima" in phone.text
    assert topics(deployment) == []


def test_who_has_pressed_a_key_is_not_called_back_unasked(deployment: Deployment) -> None:
    phone = deployment.ring(NUMBER, "A").press("7")
    for _ in range(30):
        if phone.ended:
            break
        phone.wait()
        assert phone.node != "stay"
    assert phone.ended
    assert topics(deployment) == []


def test_with_the_office_shut_out_a_silent_caller_is_told_another_way(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from resident_app.intake.help_desk import HelpDesk
    from resident_app.intake.request_storage import NoReferenceLeft

    def shut(*_: object) -> None:
        raise NoReferenceLeft

    monkeypatch.setattr(HelpDesk, "leave", shut)
    phone, _ = silent(deployment, NUMBER, "A")
    assert spoken(LANGUAGES[0], Prompt.DIAL_RELAY) in phone.text
