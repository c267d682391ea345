"""Checking a record by phone: entries, reading back, correcting."""

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
