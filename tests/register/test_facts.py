"""Facts: web and keypad give the same string, and only form is checked."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resident_app.register.facts import (
    Facts,
    KeyedMistake,
    NotACardNumber,
    NotADate,
    birth_date,
    fold,
    issue_date,
    keyed_card_number,
    written_card_number,
)

TODAY = date(2026, 11, 22)
KEYPAD = {"2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ"}
card_numbers = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*", min_size=12, max_size=12)


def keyed(written: str) -> str:
    """What a person keys who reads `written`, letter by letter."""
    return "".join(
        next((key for key, letters in KEYPAD.items() if sign in letters), sign) for sign in written
    )


@given(card_numbers.filter(lambda number: len(number.replace("*", "")) >= 5))
def test_web_and_keypad_give_the_same_string(written: str) -> None:
    assert written_card_number(written) == keyed_card_number(keyed(written))
    without_stars = keyed(written).replace("*", "")
    if len(without_stars) == 12 or not without_stars.startswith("935"):
        assert written_card_number(written) == keyed_card_number(without_stars)


@pytest.mark.parametrize(
    "typed",
    [
        "woo**jt546ka",
        " WOO** JT546-KA ",
        "ＷＯＯ＊＊ＪＴ５４６ＫＡ",
        "WOO**\tJT546KA\n",
        "woo**–jt546ka",
        "WOO**JT٥٤٦KA",
    ],
)
def test_what_is_forgiven(typed: str) -> None:
    assert written_card_number(typed) == fold("WOO**JT546KA")


@pytest.mark.parametrize(
    "typed", ["", "WOO**JT546K", "WOO**JT546KAA", "WOO**JT546K?", "ÄBCDEFGH1234", "WOO**JT²²²½KA"]
)
def test_what_is_not_a_card_number(typed: str) -> None:
    with pytest.raises(NotACardNumber):
        written_card_number(typed)


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        ("", KeyedMistake.TOO_SHORT),
        ("1234", KeyedMistake.TOO_SHORT),
        ("*******", KeyedMistake.TOO_SHORT),
        ("93522212345", KeyedMistake.TOO_SHORT),
        ("966**585465", KeyedMistake.TOO_SHORT),
        ("1234567890123", KeyedMistake.TOO_LONG),
        # WDL, keyed as one writes a text message on an old phone.
        ("93555222123456", KeyedMistake.TOO_LONG),
        ("12a45678", None),
        ("１２３４５６７", None),
    ],
)
def test_what_cannot_be_keyed(keys: str, mistake: KeyedMistake | None) -> None:
    with pytest.raises(NotACardNumber) as error:
        keyed_card_number(keys)
    assert error.value.keyed is mistake


@given(st.text(max_size=60))
def test_any_text_is_a_card_number_or_an_error(text: str) -> None:
    with contextlib.suppress(NotACardNumber):
        assert written_card_number(text).isdigit() or written_card_number(text) == ""


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2001, 2, 29), (2000, 13, 1), (2000, 0, 1), (1889, 12, 31), (2026, 11, 23), (0, 1, 1), (99999, 1, 1)],
)
def test_dates_that_cannot_be(year: int, month: int, day: int) -> None:
    with pytest.raises(NotADate):
        birth_date(year, month, day, TODAY)
    with pytest.raises(NotADate):
        issue_date(year, month, day, None, TODAY)


def test_a_card_is_not_issued_before_its_holder_is_born() -> None:
    with pytest.raises(NotADate):
        issue_date(1979, 12, 31, date(1980, 1, 1), TODAY)
    assert issue_date(2026, 11, 22, date(1980, 1, 1), TODAY) == TODAY


def test_facts_do_not_show_themselves() -> None:
    facts = Facts("935325869646", date(1980, 8, 3), date(2020, 6, 1))
    assert "935325869646" not in repr(facts)
    assert "1980" not in f"{facts}"
