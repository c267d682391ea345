"""A call back: what a caller hears of it, the reference, and what the office knows of the caller's answer."""

import re

import pytest

from ivr.menus.menu import WAIT_KEY
from ivr.simulator import FakeCarrier, Phone
from ivr.words.prompts import Prompt
from ivr.words.utterances import spell_phone_number
from resident_app.languages import Language, load_languages
from tests.conftest import Deployment
from tests.ivr.stored import stored_requests
from tests.made_up import NEVER, ONCE, choose, keys_of

LANGUAGES = load_languages().on_the_phone()
LINE = "+13603594454"
TO_THE_QUESTION_OF_MESSAGES = ("2", "1", "3")
YES, NO = "1", "2"


def said(language: Language, prompt: Prompt, **values: str) -> str:
    return language.spoken(prompt.value, **values)


def check(phone: Phone, keys: list[str]) -> Phone:
    for one in keys:
        phone.press(one)
    return phone


def verbs(phone: Phone) -> list[str]:
    """What the last document plays, in order: words, and pauses as `(8)`."""
    document = phone.repeat_last()
    found = re.findall(r"<Say[^>]*>([^<]*)</Say>|<Pause length=\"(\d+)\"", document)
    return [words or f"({seconds})" for words, seconds in found]


@pytest.mark.parametrize("language", LANGUAGES, ids=[language.code for language in LANGUAGES])
def test_a_caller_hears_the_number_and_the_words_of_the_call_back(
    deployment: Deployment, language: Language
) -> None:
    number = said(language, Prompt.CALL_COMES_FROM, number=spell_phone_number(LINE))
    for key, heard, other in (
        (YES, Prompt.WILL_HEAR_CALL_BACK, Prompt.WILL_HEAR_NEUTRAL),
        (NO, Prompt.WILL_HEAR_NEUTRAL, Prompt.WILL_HEAR_CALL_BACK),
    ):
        phone = check(choose(deployment.ring(), language), [*TO_THE_QUESTION_OF_MESSAGES, key])
        assert number in phone.text
        assert said(language, heard) in phone.text
        assert said(language, other) not in phone.text
        request = stored_requests(deployment)[-1].request
        assert (request.spoken, request.voicemail_ok) == (language.code, key == YES)


def test_there_is_time_to_get_a_pen_and_a_key_goes_on(deployment: Deployment) -> None:
    for language in LANGUAGES:
        phone = check(choose(deployment.ring(), language), [*TO_THE_QUESTION_OF_MESSAGES, YES])
        played, pen = verbs(phone), said(language, Prompt.GET_PEN, key="1")
        after = played[played.index(pen) + 1 :]
        assert after[0] == "(8)"
        digits = re.sub(r"\D", "", after[1])
        assert len(digits) == 16
        slowly = said(language, Prompt.REFERENCE_SLOWLY, key="1")
        assert slowly in after
        phone.press("1")
        again = verbs(phone)
        assert pen not in again, "the caller has a pen"
        groups = again[: again.index(slowly)]
        assert groups[1::2] == ["(3)"] * 3
        assert [re.sub(r"\D", "", group) for group in groups[::2]] == re.findall("....", digits)


def test_a_slow_caller_has_more_time_for_a_pen(deployment: Deployment) -> None:
    phone = check(deployment.ring(), ["1", WAIT_KEY, "#", *TO_THE_QUESTION_OF_MESSAGES, YES])
    played = verbs(phone)
    assert played[played.index(said(LANGUAGES[0], Prompt.GET_PEN, key="1")) + 1] == "(16)"


ANSWERS = {
    "shared": keys_of(ONCE),
    "not-shared": keys_of(NEVER),
    "not-matched": keys_of(NEVER, issued_on=ONCE.issued_on),
}


@pytest.mark.parametrize("topic", ANSWERS)
def test_the_topic_is_what_the_caller_was_told_and_the_caller_hears_so(
    deployment: Deployment, topic: str
) -> None:
    phone = check(deployment.ring(), ["1", *ANSWERS[topic], "2", "1"])
    assert said(LANGUAGES[0], Prompt.ANSWER_TOLD) in phone.text
    check(phone, ["3", YES])
    assert stored_requests(deployment)[-1].request.topic == topic


def test_the_caller_may_keep_the_answer_from_the_office(deployment: Deployment) -> None:
    for language in LANGUAGES:
        phone = check(choose(deployment.ring(), language), [*keys_of(ONCE), "2", "1"])
        assert said(language, Prompt.ANSWER_NOT_TOLD, key="4") in phone.text
        phone.press("4")
        assert said(language, Prompt.WILL_NOT_BE_TOLD) in phone.text
        assert said(language, Prompt.ANSWER_TOLD) not in phone.text
        check(phone, ["3", YES])
        assert stored_requests(deployment)[-1].request.topic == "question"


def test_a_record_that_was_shared_is_the_topic_also_after_another_card(deployment: Deployment) -> None:
    check(deployment.ring(), ["1", *keys_of(ONCE), "3", *keys_of(NEVER), "2", "1", "3", YES])
    assert stored_requests(deployment)[-1].request.topic == "shared"


def test_without_an_answer_there_is_no_word_of_one(deployment: Deployment) -> None:
    phone = check(deployment.ring(), ["1", "2", "1"])
    assert said(LANGUAGES[0], Prompt.ANSWER_TOLD) not in phone.text
    assert "does not work here" in phone.press("4").text
    check(phone, ["3", YES])
    assert stored_requests(deployment)[-1].request.topic == "question"


def test_who_needs_an_interpreter_has_that_topic(deployment: Deployment) -> None:
    check(deployment.ring(), ["9", "9"])
    request = stored_requests(deployment)[-1].request
    assert (request.spoken, request.topic) == ("other", "language")


def test_no_person_is_promised_where_no_phone_can_be_rung(
    deployment: Deployment, reaching_out: Deployment, provider: FakeCarrier
) -> None:
    """Neither in the main menu, nor after silence, nor while a number is entered."""
    for language in LANGUAGES:
        for line, entry, menu in (
            (deployment, Prompt.ENTRY_PERSON_CALLS, Prompt.MAIN_PERSON_CALLS),
            (reaching_out, Prompt.ENTRY_PERSON, Prompt.MAIN_PERSON),
        ):
            others = {Prompt.MAIN_PERSON, Prompt.MAIN_PERSON_CALLS} - {menu}
            phone = choose(line.ring(), language)
            heard = [phone.text, phone.wait().text]
            for text in heard:
                assert said(language, menu, key="0") in text
                assert not any(said(language, other, key="0") in text for other in others)
            assert said(language, entry, key="0") in phone.press("1").wait().text
            phone.hang_up()
