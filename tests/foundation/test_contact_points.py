"""One rule for phone numbers and addresses: what a form accepts can be called, texted or written to."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resident_app.contact_points import (
    EmailMistake,
    NotAnEmail,
    NotAPhoneNumber,
    PhoneMistake,
    can_be_called_back,
    can_be_texted,
    find_email_address,
    find_phone_number,
    keyed_phone_number,
    parse_email_address,
)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("206-555-0100", "+12065550100"),
        ("(206) 555 - 0100", "+12065550100"),
        ("206.555.0100.", "+12065550100"),
        ("206,555,0100", "+12065550100"),
        ("1 206 5550100", "+12065550100"),
        ("tel:+1-206-555-0100", "+12065550100"),
        ("206–555–0100", "+12065550100"),
        ("206-555-O1OO", "+12065550100"),
        ("٢٠٦-٥٥٥-٠١٠٠", "+12065550100"),
        ("२०६ ५५५ ०१००", "+12065550100"),
        ("２０６－５５５－０１００", "+12065550100"),
        ("206-555-0100 ext 77", "+12065550100;ext=77"),
        ("206.555.0100x7", "+12065550100;ext=7"),
        ("+52 55 1234 5678", "+525512345678"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("011 52 55 1234 5678", "+525512345678"),
        ("0044 20 7946 0000", "+442079460000"),
        ("800-555-0100", "+18005550100"),
    ],
)
def test_a_number_is_understood_as_people_write_it(typed: str, number: str) -> None:
    found = find_phone_number(typed)
    assert (found.number, found.more) == (number, "")
    assert can_be_called_back(found.number)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("206-555-0100 (mom)", "+12065550100"),
        ("mom: 206-555-0100", "+12065550100"),
        ("206-555-0100 or 360-555-0101", "+12065550100"),
        ("206-555-0100/360-555-0101", "+12065550100"),
        ("206-555-0100, 360-555-0101", "+12065550100"),
        ("206-555-0100 after 5 pm", "+12065550100"),
        ("206 555 0100 и 360 555 0101", "+12065550100"),
        ("900-555-0100, 206-555-0143", "+12065550143"),
    ],
)
def test_the_first_number_is_used_and_what_stands_beside_it_is_not_lost(typed: str, number: str) -> None:
    found = find_phone_number(typed)
    assert (found.number, found.more) == (number, typed)


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        ("", PhoneMistake.MISSING),
        ("call me", PhoneMistake.NO_NUMBER),
        ("555-0100", PhoneMistake.NO_AREA_CODE),
        ("1-555-0100", PhoneMistake.NO_AREA_CODE),
        ("206-555-010", PhoneMistake.TOO_SHORT),
        ("911", PhoneMistake.TOO_SHORT),
        ("206-555-01000", PhoneMistake.TOO_LONG),
        ("206 555 0100 0", PhoneMistake.TOO_LONG),
        ("8 (912) 345-67-89", PhoneMistake.TOO_LONG),
        ("123-456-7890", PhoneMistake.NOT_IN_USE),
        ("206-155-0100", PhoneMistake.NOT_IN_USE),
        ("+52 55 123", PhoneMistake.NOT_IN_USE),
        ("900-555-0100", PhoneMistake.COSTS_MORE),
        ("206-976-1234", PhoneMistake.COSTS_MORE),
        ("+44 909 879 0000", PhoneMistake.COSTS_MORE),
        ("+44 70 0555 0141", PhoneMistake.COSTS_MORE),
        ("+870 773 111 632", PhoneMistake.COSTS_MORE),
    ],
)
def test_each_mistake_in_a_number_has_its_name(typed: str, mistake: PhoneMistake) -> None:
    with pytest.raises(NotAPhoneNumber) as wrong:
        find_phone_number(typed)
    assert wrong.value.mistake is mistake


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        ("+52 55 1234 5678", PhoneMistake.TEXT_ABROAD),
        ("+1 876 555 0100", PhoneMistake.TEXT_ABROAD),
        ("809-234-5678", PhoneMistake.TEXT_ABROAD),
        ("206-555-0100 ext 7", PhoneMistake.EXTENSION),
        ("800-555-0100", PhoneMistake.TEXT_NO_MOBILE),
    ],
)
def test_what_can_be_called_may_not_be_texted(typed: str, mistake: PhoneMistake) -> None:
    called = find_phone_number(typed).number
    with pytest.raises(NotAPhoneNumber) as wrong:
        find_phone_number(typed, for_text=True)
    assert wrong.value.mistake is mistake
    assert (can_be_called_back(called), can_be_texted(called)) == (True, False)


@pytest.mark.parametrize(
    "number",
    [
        "787-555-0100",
        "939-555-0100",
        "340-642-0100",
        "671-689-0100",
        "684-733-1234",
        "670-285-1234",
    ],
)
def test_the_territories_are_texted(number: str) -> None:
    assert can_be_texted(find_phone_number(number, for_text=True).number)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("206-324-5678 (mom) ext 7", "+12063245678;ext=7"),
        ("206-324-5678 Mom, ext. 7", "+12063245678;ext=7"),
        ("206-324-5678 (mom) x7, 360-555-0101 ext 8", "+12063245678;ext=7"),
        ("206-324-5678, 360-555-0101 (dad) ext 8", "+12063245678"),
        ("206-324-5678 (unit 7)", "+12063245678"),
    ],
)
def test_an_extension_after_words_belongs_to_the_number_before_it(typed: str, number: str) -> None:
    found = find_phone_number(typed)
    assert (found.number, found.more) == (number, typed)


@given(st.text(max_size=60) | st.from_regex(r"[-+0-9 ().x/,a-z]{5,30}", fullmatch=True))
@example("206-555-0100 x")
def test_the_form_and_the_sender_agree(typed: str) -> None:
    for for_text, can_be_reached in ((False, can_be_called_back), (True, can_be_texted)):
        try:
            number = find_phone_number(typed, for_text=for_text).number
        except NotAPhoneNumber:
            continue
        assert can_be_reached(number)


@pytest.mark.parametrize(
    "number", ["206-555-0100", "+1 206 555 0100", "anonymous", "", "+266696687", "+8821234"]
)
def test_what_is_not_a_written_number_reaches_nobody(number: str) -> None:
    assert not can_be_called_back(number)
    assert not can_be_texted(number)


def test_a_keyed_number_is_a_whole_one_of_north_america() -> None:
    assert keyed_phone_number("2065550100") == keyed_phone_number("12065550100") == "+12065550100"
    for keys in ("5550100", "9005550100", "2061550100", "206555010", "525512345678", ""):
        assert keyed_phone_number(keys) is None


@pytest.mark.parametrize(
    ("typed", "address", "more"),
    [
        ("ana@example.com", "ana@example.com", False),
        (" mailto:ana@Example.COM ", "ana@example.com", False),
        ("<ana@example.com>", "ana@example.com", False),
        ("ana @ example.com", "ana@example.com", False),
        ("ana@example.com.", "ana@example.com", False),
        ("ａｎａ＠example.com", "ana@example.com", False),
        ("josé@bücher.example.org", "josé@bücher.example.org", False),
        ("Ana Ruiz <ana@example.com>", "ana@example.com", True),
        ("ana@example.com (mom)", "ana@example.com", True),
        ("ana@example.com, bo@example.org", "ana@example.com", True),
        ("ana@example.com or bo@example.org", "ana@example.com", True),
    ],
)
def test_an_address_is_understood_if_it_is_clear(typed: str, address: str, more: bool) -> None:
    found = find_email_address(typed)
    assert (found.address, found.more) == (address, typed.strip() if more else "")


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        ("", EmailMistake.MISSING),
        ("ana at example.com", EmailMistake.NO_AT),
        ("ana@example", EmailMistake.NO_DOT),
        ("ana@gmail,com", EmailMistake.NO_DOT),
        ("a..b@example.com", EmailMistake.TWO_DOTS),
        ("ana@example..com", EmailMistake.TWO_DOTS),
        ("ana ruiz@example.com", EmailMistake.SPACE),
        ("ana@example.co m", EmailMistake.SPACE),
        ("@example.com", EmailMistake.OTHER),
        ("ana@192.168.1.1", EmailMistake.OTHER),
        ("x" * 400, EmailMistake.OTHER),
    ],
)
def test_each_mistake_in_an_address_has_its_name(typed: str, mistake: EmailMistake) -> None:
    with pytest.raises(NotAnEmail) as wrong:
        find_email_address(typed)
    assert wrong.value.mistake is mistake


def test_staff_enter_an_address_and_nothing_else() -> None:
    for typed in ("mailto:ana@example.com", "Ana <ana@example.com>", "a..b@example.com"):
        with pytest.raises(NotAnEmail):
            parse_email_address(typed)
