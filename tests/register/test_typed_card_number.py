"""Card numbers as people type them: any accepted spelling folds to one string, and nothing crashes."""

import unicodedata

import pytest
from confusable_homoglyphs.confusables import confusables_data
from hypothesis import assume, given
from hypothesis import strategies as st

from resident_app.register.facts import NotACardNumber, fold, keyed_card_number, written_card_number
from resident_app.register.typed_card_number import (
    EXAMPLES,
    CardNumberMistake,
    MistypedCardNumber,
    typed_card_number,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIGNS = LETTERS + "0123456789"
# Capitals that somebody with another keyboard may use.
CYRILLIC = dict(zip("ABCEHIKMOPSTXYJ", "АВСЕНІКМОРЅТХУЈ", strict=True))
GREEK = dict(zip("ABEZHIKMNOPTYX", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", strict=True))
STARS = "*＊∗⁎٭✱★☆⋆×•⭐"
BETWEEN = ("", "", " ", "-", "–", ".", "\u200b", "\u200f", "\ufeff", "\u00ad", "\xa0", "'", "\t")
LABELS = ("", "", "4d LIC# ", "LIC#", "4dLIC#", "lic. no. ", "No. ", "№ ", "DL: ", "Card number: ", "#")

new_numbers = st.text(alphabet=SIGNS, min_size=9, max_size=9).map("WDL".__add__)


@st.composite
def old_numbers(draw: st.DrawFn) -> str:
    """A number as it was computed until September 2018, or one like it."""
    last = draw(st.text(alphabet=LETTERS, min_size=1, max_size=5)).ljust(5, "*")
    names = last + draw(st.sampled_from(LETTERS)) + draw(st.sampled_from(LETTERS + "*"))
    digits = draw(st.text(alphabet="0123456789", min_size=3, max_size=3))
    return (
        names
        + digits
        + draw(st.sampled_from("BCDJKLMNOPQR"))
        + draw(st.sampled_from("ABCDEFGHZSJKLMNWPQR0123456789TUX"))
    )


@st.composite
def spelled(draw: st.DrawFn, number: str) -> str:
    """The number as somebody types it: other keyboards, other digits, signs between, a label before."""
    alphabet = draw(st.sampled_from([{}, CYRILLIC, GREEK]))
    zero = draw(st.sampled_from("00٠۰०０០"))

    def spell(sign: str) -> str:
        if sign == "*":
            return draw(st.sampled_from(STARS))
        if sign.isdigit():
            return chr(ord(zero) + int(sign))
        return draw(st.sampled_from([sign, alphabet.get(sign, sign), sign.lower(), chr(ord(sign) + 0xFEE0)]))

    text = "".join(spell(sign) + draw(st.sampled_from(BETWEEN)) for sign in number)
    return draw(st.sampled_from(LABELS)) + text


@given(st.data(), st.one_of(new_numbers, old_numbers()))
def test_any_spelling_folds_to_the_same_string_as_on_a_phone(data: st.DataObject, number: str) -> None:
    assume(number not in EXAMPLES)
    typed = data.draw(spelled(number))
    assert typed_card_number(typed) == fold(number) == keyed_card_number(fold(number))


@given(st.data(), old_numbers())
def test_stars_may_be_left_out(data: st.DataObject, number: str) -> None:
    assume(number not in EXAMPLES)
    some = "".join(sign for sign in number if sign != "*" or data.draw(st.booleans()))
    assert typed_card_number(some) == fold(number)


def may_be_on_a_card(number: str) -> bool:
    """Not only digits and stars; an old number, which does not begin with WDL, has digits."""
    has_digit = any(sign.isdigit() for sign in number)
    return any(sign in LETTERS for sign in number) and (has_digit or number.startswith("WDL"))


@given(st.text(alphabet=SIGNS + "*", min_size=12, max_size=12).filter(lambda number: number not in EXAMPLES))
def test_every_number_that_may_be_on_a_card_can_be_typed(number: str) -> None:
    """A stricter rule may be wrong for one real card."""
    assume(may_be_on_a_card(number))
    assert typed_card_number(number) == written_card_number(number)


def folded_or_mistake(text: str) -> str | MistypedCardNumber:
    try:
        return typed_card_number(text)
    except MistypedCardNumber as error:
        return error


@given(st.one_of(st.text(max_size=330), st.text(alphabet="WDL4dLIC# No.:*АВ∗1", max_size=40)))
def test_any_text_is_digits_or_a_mistake(text: str) -> None:
    found = folded_or_mistake(text)
    if isinstance(found, MistypedCardNumber):
        assert isinstance(found, NotACardNumber)
        assert (found.mistake is CardNumberMistake.TOO_SHORT) <= (0 < found.entered < 12)
    else:
        assert set(found) <= set("0123456789")


@pytest.mark.parametrize(
    ("typed", "mistake", "entered"),
    [
        ("", CardNumberMistake.EMPTY, 0),
        ("— . —", CardNumberMistake.EMPTY, 0),
        ("LIC# WDLABC123", CardNumberMistake.TOO_SHORT, 9),
        ("LIC WDLABC123", CardNumberMistake.TOO_SHORT, 9),
        ("WDLABC1234567", CardNumberMistake.TOO_LONG, 13),
        ("LOPEZMA25", CardNumberMistake.TOO_SHORT, 9),
        ("Дмитрий", CardNumberMistake.NOT_LATIN, 7),
        ("רבקה123", CardNumberMistake.NOT_LATIN, 7),
        ("فاطمة", CardNumberMistake.NOT_LATIN, 5),
        ("123-45-6789", CardNumberMistake.SOCIAL_SECURITY, 9),
        ("١٢٣٤٥٦٧٨٩", CardNumberMistake.SOCIAL_SECURITY, 9),
        ("1 (206) 555-0100", CardNumberMistake.PHONE, 11),
        ("A# 123 456 789", CardNumberMistake.IMMIGRATION, 10),
        ("A123456789", CardNumberMistake.IMMIGRATION, 10),
        ("EAC2190012345", CardNumberMistake.IMMIGRATION, 13),
        ("02/29/1980", CardNumberMistake.ONLY_NUMBERS, 8),
        ("123456789012", CardNumberMistake.ONLY_NUMBERS, 12),
        ("000000000000", CardNumberMistake.ONLY_NUMBERS, 12),
        ("12345*678901", CardNumberMistake.ONLY_NUMBERS, 12),
        ("4d LIC# 123456789012", CardNumberMistake.ONLY_NUMBERS, 12),
        ("************", CardNumberMistake.EMPTY, 12),
        ("* * *", CardNumberMistake.EMPTY, 3),
        ("me@example.com", CardNumberMistake.OTHER_SIGN, 12),
        ("me1@example.com", CardNumberMistake.OTHER_SIGN, 13),
        ("WDLABC12#45?", CardNumberMistake.OTHER_SIGN, 10),
        ("WDLABC/12345", CardNumberMistake.OTHER_SIGN, 11),
        ("4d LIC# WDL_ABC_1234", CardNumberMistake.OTHER_SIGN, 10),
        ("JOHN Q SMITH JR", CardNumberMistake.NO_DIGITS, 12),
        ("SMITH**JOHN*", CardNumberMistake.NO_DIGITS, 12),
        ("WDL XXX XXX XXX", CardNumberMistake.EXAMPLE, 12),
    ],
)
def test_the_mistake_is_named(typed: str, mistake: CardNumberMistake, entered: int) -> None:
    with pytest.raises(MistypedCardNumber) as caught:
        typed_card_number(typed)
    assert (caught.value.mistake, caught.value.entered) == (mistake, entered)


@pytest.mark.parametrize(
    "number", ["LICHTJA253BD", "NOWAKJA253BD", "CARDOJA253BD", "IDAHOJA253BD", "DLUGOJA253BD"]
)
def test_a_name_that_begins_like_a_label_is_no_label(number: str) -> None:
    assert typed_card_number(number) == fold(number)
    assert typed_card_number(f"4d LIC# {number}") == fold(number)


def test_accents_are_of_no_matter() -> None:
    assert typed_card_number("PEÑA*JÓ546KA") == fold("PENA*JO546KA")
    assert typed_card_number("ĐỖ***NV546KA") == fold("DO***NV546KA")


def test_a_long_text_takes_no_time() -> None:
    with pytest.raises(MistypedCardNumber):
        typed_card_number("\ufdfa" * 100_000)


def test_a_line_that_is_a_capital_is_an_i() -> None:
    """The table of look-alikes writes `l` for all; Cyrillic and Greek I are keyed as I."""
    for capital in "ІӀΙ":
        assert unicodedata.category(capital) == "Lu"
        assert confusables_data[capital][0]["c"] == "l"
        assert typed_card_number(f"WDL{capital}00000000") == fold("WDLI00000000")
