"""Keys that work everywhere, questions, more time, no-input."""

from ivr.menus.questions import QUESTIONS
from ivr.words.utterances import render
from tests.conftest import Deployment


def test_more_time_lengthens_every_wait(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    assert phone.gathering.timeout == 8
    assert phone.press("1").gathering.timeout == 15
    phone.press("*#").press("5")
    assert phone.gathering.timeout == 16
    assert phone.press("1").gathering.timeout == 30


def test_the_questions_can_be_heard_one_by_one(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("3")
    assert "709" in phone.press("4").press("2").text
    assert "104" in phone.press("1").text
    assert "60%" in phone.text
    assert "Rafael Estevez" in phone.press("1").text
    assert "criminal investigations" in phone.press("1").text
    assert "Who can help me? Press 4." in phone.press("2").press("4").text


def test_the_answers_are_those_of_the_site_in_every_language(deployment: Deployment) -> None:
    """Each sentence that a caller hears as an answer is on the page, but for the words that name a place."""
    configuration = deployment.context.configuration
    for language in deployment.context.languages.on_the_phone():
        if not language.site:
            continue
        page = deployment.client.get(f"/{language.code}/questions").main
        written = "".join(page.split())
        for question in QUESTIONS:
            for utterance in question.answer(configuration):
                heard = render(utterance, language, configuration)
                assert "".join(heard.split()) in written, (language.code, heard)


def test_pound_says_it_again_and_counts_as_nothing(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    choices = [one.text for one in phone.heard[-5:]]
    for _ in range(5):
        assert [one.text for one in phone.press("#").heard[:5]] == choices


def test_what_is_said_of_silence_changes(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    first, second, third = (phone.wait().heard[0].text for _ in range(3))
    assert len({first, second, third}) == 3


def test_wrong_keys_and_silence_lead_to_a_call_back(deployment: Deployment) -> None:
    for act in ("wait", "wrong"):
        phone = deployment.ring().press("1").press("1")
        for _ in range(3):
            phone.wait() if act == "wait" else phone.press("12#")
        assert "we can call you back" in phone.text


def test_zero_and_star_work_while_digits_are_entered(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("1")
    assert "To check if your record" in phone.press("*#").text
    assert "call you back" in phone.press("1").press("0#").text
