"""Keys that work everywhere, questions, more time, no-input."""

from datetime import date

from ivr.menus.questions import QUESTIONS
from ivr.words.prompts import Prompt
from ivr.words.utterances import Value, ValueKind, render_value
from resident_app.configuration.codes import Codes
from resident_app.languages import Language
from tests.conftest import Deployment


def test_more_time_lengthens_every_wait(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    assert phone.gathering.timeout == 8
    assert phone.press("1").gathering.timeout == 15
    assert phone.press("*#").press("7").gathering.timeout == 60
    phone.press("#")
    assert phone.gathering.timeout == 16
    assert phone.press("1").gathering.timeout == 30


def test_the_questions_can_be_heard_one_by_one(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("3")
    assert "709" in phone.press("4").press("2").text
    assert "104" in phone.press("1").text
    assert "60 percent" in phone.text
    assert "Rafael Estevez" in phone.press("1").text
    assert "criminal investigations" in phone.press("1").text
    assert "For who can help you, press 4." in phone.press("2").press("4").text


# What the site writes with brackets or marks, a voice says in words of its own.
SAID_OTHERWISE = {
    Prompt.ANSWER_POLICE,
    Prompt.ANSWER_COMPLIANCE,
    Prompt.ANSWER_VIOLATION,
    Prompt.ANSWER_APPROVED,
    Prompt.ANSWER_WEBSITE,
}
SAID_OTHERWISE_IN = {
    "zh-Hans": {Prompt.ANSWER_REVIEW},
    "ru": {Prompt.ANSWER_BEFORE},
    "ja": {Prompt.ANSWER_OFFICE},
    "uk": {Prompt.ANSWER_BEFORE},
    "fil": {Prompt.ANSWER_REVIEW},
    "pa": {Prompt.ANSWER_REVIEW},
}


def test_the_answers_are_those_of_the_site_in_every_language(deployment: Deployment) -> None:
    """Each sentence that a caller hears as an answer is on the page, with dates as they are written."""
    configuration = deployment.context.configuration
    for language in deployment.context.languages.on_the_phone():
        if not language.site:
            continue
        page = deployment.client.get(f"/{language.code}/questions").main
        written = "".join(page.split())
        own = SAID_OTHERWISE | SAID_OTHERWISE_IN.get(language.code, set())
        for question in QUESTIONS:
            for utterance in question.answer(configuration):
                values = {
                    name: as_written(value, language, configuration.codes)
                    for name, value in utterance.values.items()
                }
                heard = language.spoken(utterance.prompt.value, **values)
                is_there = "".join(heard.split()) in written
                assert is_there or utterance.prompt in own, (language.code, heard)


def as_written(value: Value, language: Language, codes: Codes) -> str:
    if value.kind is ValueKind.DAY:
        return language.day(date.fromisoformat(value.raw))
    if value.kind is ValueKind.MONTH:
        return language.month(date.fromisoformat(value.raw))
    return render_value(value, language, codes)


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
    assert "To check if DOL shared" in phone.press("*#").text
    assert "call you back" in phone.press("1").press("0#").text
