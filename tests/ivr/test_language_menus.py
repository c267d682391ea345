"""The language menus, and a call in each language."""

import re

import pytest

from ivr.simulator import Heard
from ivr.simulator.virtual_clock import seconds_to_say
from ivr.words.prompts import Prompt
from ivr.words.spoken_values import render_day
from resident_app.languages import load_languages
from tests.conftest import Deployment
from tests.ivr.stored import stored_requests
from tests.made_up import ONCE, choose, keys_of

SPOKEN = [language.code for language in load_languages().on_the_phone()]


FIRST = ["en", "es", "zh-Hans", "yue-Hant", "vi", "ru", "ko", "ja"]
SECOND = ["uk", "fil", "ar", "am", "pa"]


def line(code: str, key: str, prompt: Prompt = Prompt.CHOOSE_LANGUAGE) -> Heard:
    """A line of a language menu as it is heard."""
    language = load_languages()[code]
    assert language.phone
    words = language.spoken(prompt.value, key=key)
    return Heard(language.phone.language, language.phone.voice, words)


FIRST_MENU = [
    *(line(code, str(key)) for key, code in enumerate(FIRST, start=1)),
    *(line(code, "9") for code in SECOND),
    line("en", "9", Prompt.MORE_LANGUAGES),
]
SECOND_MENU = [
    *(line(code, str(key)) for key, code in enumerate(SECOND, start=1)),
    *(line(code, "9", Prompt.ANOTHER_LANGUAGE) for code in ("en", *SECOND)),
]


def test_each_line_of_a_language_menu_is_in_its_own_language(deployment: Deployment) -> None:
    """The menus of CONTRACT.md: the way to the second menu is said in each of its languages."""
    phone = deployment.ring()
    assert phone.heard == FIRST_MENU
    assert phone.press("9").heard == SECOND_MENU


def test_after_silence_the_other_languages_are_offered(deployment: Deployment) -> None:
    """And nobody is given up before every language was offered."""
    phone = deployment.ring().wait()
    assert phone.heard == SECOND_MENU
    assert phone.wait().heard == FIRST_MENU
    assert choose(phone, load_languages()["ru"]).node == "main"
    phone = deployment.ring().press("9").wait()
    assert phone.heard == FIRST_MENU
    assert phone.press("9").press("3").node == "main"


@pytest.mark.parametrize("code", SPOKEN)
def test_a_line_of_the_language_menu_takes_three_seconds_at_most(code: str) -> None:
    assert seconds_to_say(load_languages()[code].spoken(Prompt.CHOOSE_LANGUAGE.value, key="1")) <= 3


@pytest.mark.parametrize("code", SPOKEN)
def test_a_whole_call_in_each_language(deployment: Deployment, code: str) -> None:
    language = load_languages()[code]
    phone = choose(deployment.ring(), language)
    for keys in keys_of(ONCE):
        phone.press(keys)
        assert {heard.language for heard in phone.heard} == {language.phone.language}
    assert render_day(ONCE.disclosures[0].answered_on, language) in phone.text
    phone.press("2").press("1").press("2").press("1")
    [said, again] = re.findall(r"\d(?:,? \d){15}", phone.text)
    assert said == again
    reference = re.sub(r"\D", "", said)
    page = deployment.client.post("/en/help/status", {"reference": reference})
    assert page.one("main").get("data-state") == "received"
    phone.press("2").press("4").press(reference)
    assert language.spoken("We have your request. It is waiting for someone in the office.") in phone.text
    phone.press("9")
    assert phone.ended
    left = stored_requests(deployment)[0].request
    assert (left.spoken, left.best_time, left.voicemail_ok) == (code, "afternoon", True)


def test_another_language_asks_for_a_number_alone(deployment: Deployment) -> None:
    deployment.ring("+12065550111").press("9").press("9")
    withheld = deployment.ring("anonymous").press("9").press("9").press("2065550112#")
    assert withheld.node == "received", "a number and nothing else"
    left = stored_requests(deployment)
    for code in (*FIRST, *SECOND):
        language = load_languages()[code]
        assert language.spoken(Prompt.RECEIVED.value) in withheld.text
        assert language.spoken(Prompt.NUMBER_READ.value, number="2 0 6, 5 5 5, 0 1 1 2") in withheld.text
    assert [one.request.spoken for one in left] == ["other", "other"]
    assert [one.request.phone for one in left] == ["+12065550111", "+12065550112"]


def test_the_language_can_be_changed_at_any_time(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("7").press("#").press("8").press("7")
    assert {heard.language for heard in phone.heard} == {"ko-KR"}
    assert phone.gathering.timeout == 16, "more time is kept"


@pytest.mark.parametrize("code", SPOKEN)
def test_a_check_goes_on_in_another_language(deployment: Deployment, code: str) -> None:
    """`8` in the middle of a check: what was keyed is kept, and the caller is where they were."""
    language = load_languages()[code]
    check, card, born, yes, issued, _ = keys_of(ONCE)
    phone = deployment.ring().press("1").press(check).press(card).press("8#")
    phone.press("9").press("*")
    assert "Enter your birth date" in phone.text, "back from the languages is back to the birth date"
    choose(phone.press("8#"), language)
    assert {heard.language for heard in phone.heard} == {language.phone.language}
    assert phone.node == "birth"
    for keys in (born, yes, issued):
        phone.press(keys)
    assert language.spoken(Prompt.ISSUE_READ.value, date=render_day(ONCE.issued_on, language)) in phone.text
    assert render_day(ONCE.disclosures[0].answered_on, language) in phone.press("1").text
    assert render_day(ONCE.disclosures[0].answered_on, language) in choose(phone.press("8"), language).text


def test_silence_from_the_first_second_is_answered_in_every_language(deployment: Deployment) -> None:
    phone = deployment.ring()
    for _ in range(3):
        phone.wait()
    assert {heard.language for heard in phone.heard} == {
        language.phone.language for language in load_languages().on_the_phone()
    }
    phone.press("1")
    assert stored_requests(deployment)[0].request.spoken == "other"


def test_back_before_a_language_is_chosen_leads_to_the_languages(deployment: Deployment) -> None:
    phone = deployment.ring()
    first = phone.text
    assert phone.press("0").press("*").text == first
