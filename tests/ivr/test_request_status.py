"""A reference on the phone: keyed at once or four digits at a time, and a slip costs one group."""

import pytest

from ivr.simulator import Phone
from ivr.words.prompts import Prompt
from ivr.words.utterances import spell_digits
from resident_app.intake.reference import CURRENT, derived_reference
from resident_app.languages import load_languages
from tests.conftest import Deployment
from tests.made_up import choose
from tests.site.old_references import leave_old_request
from tests.site.test_help import REQUEST

SPOKEN = [language.code for language in load_languages().on_the_phone()]
WAITING = "We have your request. It is waiting for someone in the office."
NEXT_FOUR = "Now enter the next four digits."


@pytest.fixture
def reference(deployment: Deployment) -> str:
    return deployment.client.post("/en/help", REQUEST).reference.replace(" ", "")


@pytest.fixture
def asking(deployment: Deployment, reference: str) -> Phone:
    """A caller who is asked for a reference."""
    return deployment.ring().press("1").press("4")


def groups(digits: str) -> list[str]:
    return [digits[start : start + 4] for start in range(0, len(digits), 4)]


def changed(digit: str) -> str:
    return str((int(digit) + 1) % 10)


def test_no_pound_is_needed_after_sixteen(asking: Phone, reference: str) -> None:
    assert asking.gathering
    assert (asking.gathering.num_digits, asking.gathering.finish_on_key) == (16, "#")
    assert WAITING in asking.press(reference).text


@pytest.mark.parametrize("code", SPOKEN)
def test_four_at_a_time_in_each_language(deployment: Deployment, reference: str, code: str) -> None:
    language = load_languages()[code]
    phone = choose(deployment.ring(), language).press("4")
    *first, last = groups(reference)
    for number, group in enumerate(first, start=1):
        phone.press(group)
        assert {heard.language for heard in phone.heard} == {language.phone.language}
        assert language.spoken(NEXT_FOUR) in phone.text
        assert spell_digits("".join(first[:number])) in phone.text
        assert phone.gathering.num_digits == 16 - 4 * number
    assert language.spoken(WAITING) in phone.press(last).text


def test_a_pause_after_four_is_short(asking: Phone, reference: str) -> None:
    assert asking.gathering
    assert asking.gathering.timeout <= 8
    assert asking.press(reference[:4]).gathering.timeout <= 8


def test_the_rest_may_come_at_once_or_after_a_pause_anywhere(asking: Phone, reference: str) -> None:
    assert "Now enter the digits that come next." in asking.press(reference[:6]).text
    assert asking.gathering
    assert asking.gathering.num_digits == 10
    assert WAITING in asking.press(reference[6:]).text


def test_a_zero_that_is_the_last_digit_is_no_call_for_a_person(deployment: Deployment) -> None:
    """After fifteen digits and a pause the last group is asked for: `0` alone is a person, also there."""
    digits = derived_reference(b"2" * 32, 0).digits
    phone = deployment.ring().press("1").press("4").press(digits[:15])
    assert NEXT_FOUR in phone.text
    assert phone.gathering.num_digits == 4
    assert "call you back" in phone.press("0#").text


def test_star_clears_what_was_just_keyed(asking: Phone, reference: str) -> None:
    assert NEXT_FOUR in asking.press(f"99*{reference[:4]}#").text
    assert NEXT_FOUR in asking.press(f"1*{reference[4:8]}#").text
    assert WAITING in asking.press(reference[8:]).text


def test_keys_that_were_cleared_do_not_cost_the_last_digits(asking: Phone, reference: str) -> None:
    typed = f"12*{reference}"
    assert asking.gathering
    asking.press(typed)
    assert WAITING in asking.press(typed[16:]).text


def test_back_a_person_and_a_language_work_everywhere(asking: Phone, reference: str) -> None:
    asking.press(reference[:4])
    assert "Enter the 16 digits" in asking.press("*#").text
    slip = reference[:-1] + changed(reference[-1])
    asking.press(slip).press("2")
    assert "This number is not right." in asking.press("*#").text
    asking.press("8").press("2")
    assert {heard.language for heard in asking.heard} == {"es-US"}
    assert asking.node == "reference-read", "nothing that was keyed is lost"
    assert asking.press("0").node in ("person", "call-back", "call-back-number")


@pytest.mark.parametrize("group", range(4))
def test_a_slip_is_read_back_and_only_its_group_is_keyed_again(
    asking: Phone, reference: str, group: int
) -> None:
    place = group * 4 + 1
    slip = reference[:place] + changed(reference[place]) + reference[place + 1 :]
    asking.press(slip)
    assert asking.heard[0].text.startswith("This number is not right."), "nothing is read twice"
    for key, keyed in enumerate(groups(slip), start=1):
        assert f"If {spell_digits(keyed)} is wrong, press {key}." in asking.text
    asking.press(str(group + 1))
    assert asking.gathering
    assert asking.gathering.num_digits == 4
    assert WAITING in asking.press(groups(reference)[group]).text


def test_a_group_that_is_still_wrong_is_read_again(asking: Phone, reference: str) -> None:
    slip = reference[:-1] + changed(reference[-1])
    asking.press(slip).press("4")
    assert "Please enter four digits." in asking.press("12#").text
    assert "This number is not right." in asking.press(groups(slip)[3]).text
    assert "Enter the 16 digits" in asking.press("*").text
    assert WAITING in asking.press(reference).text


def test_a_slip_is_not_a_try(deployment: Deployment, reference: str) -> None:
    phone = deployment.ring().press("1").press("4")
    for _ in range(12):
        phone.press(reference[:-1] + changed(reference[-1])).press("*")
    assert WAITING in phone.press(reference).text


def test_an_unknown_number_and_a_wrong_one_sound_the_same(deployment: Deployment, reference: str) -> None:
    heard = []
    for digits in (
        derived_reference(b"3" * 32, 0).digits,
        reference[: CURRENT.selector] + derived_reference(b"3" * 32, 0).digits[CURRENT.selector :],
    ):
        phone = deployment.ring().press("1").press("4")
        for number in range(10):
            phone.press(digits[:-1] + str(number))
            if "did not find" in phone.text:
                heard.append(phone.text)
                break
            phone.press("*")
    assert len(heard) == 2
    assert heard[0] == heard[1]


@pytest.mark.parametrize("end", ["#", "wait"])
def test_an_old_number_of_twelve_digits_still_works(deployment: Deployment, end: str) -> None:
    old = leave_old_request(deployment).replace(" ", "")
    phone = deployment.ring().press("1").press("4").press(old)
    assert Prompt.NO_MORE_DIGITS.value in phone.text
    phone.wait() if end == "wait" else phone.press(end)
    assert WAITING in phone.text


def test_old_numbers_can_be_keyed_in_groups_too(deployment: Deployment) -> None:
    old = leave_old_request(deployment)
    phone = deployment.ring().press("1").press("4")
    for group in old.split():
        phone.press(group)
    assert WAITING in phone.press("#").text
