"""Checking a record by phone: entries, reading back, correcting."""

import pytest

from tests.conftest import Deployment
from tests.made_up import NEVER, ONCE, keys_of


def test_a_correction_is_left_with_star_and_loses_nothing(deployment: Deployment) -> None:
    keys = keys_of(ONCE)
    phone = deployment.ring().press("1")
    for key in [*keys[:4], "01012020#", "1", "1", "2", "*#"]:
        phone.press(key)
    assert phone.node == "correct"
    assert "Yes. DOL shared your information with ICE." in phone.press("3").press(keys[4]).press("1").text


def test_stars_clear_and_a_whole_old_number_is_not_cleared(deployment: Deployment) -> None:
    born, issued = f"{NEVER.born_on:%m%d%Y}", f"{NEVER.issued_on:%m%d%Y}"
    for card, counted in (("966**5854652", False), ("123**9665854652", True), ("9665854652", True)):
        phone = deployment.ring().press("1").press("1").press(card + "#")
        assert ("You pressed 10 keys for the card number." in phone.text) == counted
        phone.press(f"0101*{born}#").press("1").press(f"{issued}#").press("1")
        assert "do not show" in phone.text


def test_one_fact_can_be_corrected(deployment: Deployment) -> None:
    keys = keys_of(ONCE)
    phone = deployment.ring().press("1")
    for key in [*keys[:4], "01012020#", "1"]:
        phone.press(key)
    assert "could not match" in phone.text
    assert (
        "Yes. DOL shared your information with ICE."
        in phone.press("1").press("3").press(keys[4]).press("1").text
    )
    assert "correct one thing" not in phone.text, "there is nothing left to correct"


def test_the_dates_are_read_back_and_can_be_keyed_again(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    card, birth, yes, issue, _ = keys_of(ONCE)[1:6]
    phone.press("1").press(card).press("01011999#")
    assert "January 1, 1999" in phone.text
    phone.press("2").press(birth)
    assert "February 29, 1980" in phone.text
    phone.press(yes).press(issue)
    assert "March 4, 2019" in phone.text
    assert card[:4] not in phone.text.replace(" ", "")
    assert "Yes. DOL shared your information with ICE." in phone.press("1").text


def test_a_second_mistake_is_told_in_other_words(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("1")
    first, second = ([one.text for one in phone.press("12#").heard] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("keys", "heard"),
    [
        ("93522212345#", "the card number has 12 letters, numbers and stars. Keys that you pressed: 11."),
        ("966**585465#", "Keys that you pressed: 11."),
        ("9355522212345#", "That was more than 12 keys. Press each key only once, even for a letter."),
        ("1234#", "Keys that you pressed: 4."),
    ],
)
def test_a_mistake_in_a_card_number_is_named(deployment: Deployment, keys: str, heard: str) -> None:
    phone = deployment.ring().press("1").press("1").press(keys)
    assert phone.node == "card"
    assert heard in phone.text
    assert "The letter Q is on 7, and Z is on 9." in phone.text
    assert "Enter the card number on" not in phone.text, "the mistake and no more"
    assert "press 0, then pound. For another language, press 8, then pound." in phone.text
    assert "Enter the card number on" in phone.press(keys).text


def test_an_old_number_may_have_five_keys(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("1").press("62511#")
    assert phone.node == "birth"
    assert "You pressed 5 keys for the card number." in phone.text


def test_a_mistake_in_a_date_is_named(deployment: Deployment) -> None:
    phone = deployment.ring().press("1").press("1").press("935222123456#")
    assert "There is no such date. Enter the month first" in phone.press("02301980#").text
    assert "A date has eight digits" in phone.press("2291980#").text
    phone.press("02291980#").press("1")
    assert "The issue date cannot be before the birth date." in phone.press("02281980#").text
    assert "That date is in the future." in phone.press("01012999#").text


def test_an_answer_is_said_again_only_when_it_is_asked_for(deployment: Deployment) -> None:
    phone = deployment.ring().press("1")
    for keys in keys_of(ONCE):
        phone.press(keys)
    answer = "DOL shared your information with ICE."
    assert answer in phone.text
    assert answer not in phone.wait().text
    assert "To hear this again, press 1." in phone.text
    assert answer not in phone.press("6").text
    assert answer in phone.press("#").text
    assert answer in phone.press("1").text
