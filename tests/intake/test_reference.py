"""References: what is accepted, which slips are found, and those of version 0.2.0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resident_app.intake.reference import (
    CURRENT,
    NotAReference,
    Reference,
    check_digit,
    derived_reference,
    is_old_selector,
    old_reference,
    parse_reference,
)

REFERENCES = st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 63)).map(
    lambda drawn: derived_reference(*drawn)
)
CLEAR = (
    "Reference number: {}",
    "№ {}.",
    "“{}”",
    "#{}",
    "({})",
    "No {}",
    "No. {}",
    "Nº {}",
    "Ref {}",
    "Ref.{}",
    "Ref. No. {}",
    "номер {}",
)
PLACES = st.integers(0, 15)


def is_accepted(text: str) -> bool:
    try:
        parse_reference(text)
    except NotAReference:
        return False
    return True


@given(REFERENCES)
def test_it_has_sixteen_digits_in_four_groups(reference: Reference) -> None:
    assert [len(group) for group in str(reference).split(" ")] == [4, 4, 4, 4]
    assert [len(part) for part in (reference.selector, reference.secret)] == [7, 8]
    assert reference.digits == reference.selector + reference.secret + check_digit(reference.digits[:-1])
    assert parse_reference(str(reference)) == reference


@given(REFERENCES, PLACES, st.integers(1, 9))
def test_every_wrong_digit_is_found(reference: Reference, place: int, more: int) -> None:
    digits = reference.digits
    wrong = str((int(digits[place]) + more) % 10)
    assert not is_accepted(digits[:place] + wrong + digits[place + 1 :])


@given(REFERENCES, st.integers(0, 14))
def test_neighbors_that_changed_places_are_found(reference: Reference, place: int) -> None:
    digits = reference.digits
    first, second = digits[place : place + 2]
    is_missed = first == second or {first, second} == {"0", "9"}
    assert is_accepted(digits[:place] + second + first + digits[place + 2 :]) == is_missed


@pytest.mark.parametrize(("digits", "check"), [("7992739871", "3"), ("1789372997", "4"), ("0", "0")])
def test_the_check_digit_is_the_published_one(digits: str, check: str) -> None:
    assert check_digit(digits) == check


@pytest.mark.parametrize("zero", "0०٠۰០０໐၀𝟎")
@given(reference=REFERENCES)
def test_digits_of_any_script_are_accepted(zero: str, reference: Reference) -> None:
    written = reference.digits.translate({ord("0") + digit: ord(zero) + digit for digit in range(10)})
    assert parse_reference(written) == reference


@pytest.mark.parametrize(
    "between", [" ", "-", "–", "—", ".", " - ", "\u00a0", "\u200e", "\u3000", "\n", "－"]
)
def test_what_stands_between_the_groups_does_not_matter(between: str) -> None:
    reference = derived_reference(b"1" * 32, 0)
    assert parse_reference(f" {between.join(reference.groups)} ") == reference


@given(REFERENCES, st.sampled_from(CLEAR), st.booleans())
def test_what_is_clear_is_accepted(reference: Reference, written: str, letters: bool) -> None:
    digits = reference.digits.replace("0", "O").replace("1", "l") if letters else str(reference)
    assert parse_reference(written.format(digits)) == reference


@given(st.text(max_size=320))
def test_any_text_is_a_reference_or_not(text: str) -> None:
    assert not is_accepted(text) or len(parse_reference(text).digits) in (12, 16)


@given(st.text(alphabet="0123456789 -", max_size=40))
def test_another_number_of_digits_is_refused(text: str) -> None:
    digits = "".join(filter(str.isdigit, text))
    assert is_accepted(text) == (len(digits) in (12, 16) and check_digit(digits[:-1]) == digits[-1])


def test_references_of_the_old_version_are_the_same() -> None:
    """What version 0.2.0 made of a seed and an attempt."""
    assert str(old_reference(b"1" * 32, 3)) == "728 231 405 453"
    old = parse_reference("728-231-405-453")
    assert (old.selector, old.secret) == ("72823", "140545")
    assert is_old_selector(old.selector)
    assert not is_old_selector(derived_reference(b"1" * 32, 3).selector)


def test_only_the_selector_depends_on_the_attempt() -> None:
    """A secret is hashed once, however many selectors are in use."""
    every = [derived_reference(b"5" * 32, attempt) for attempt in range(64)]
    assert len({reference.secret for reference in every}) == 1
    assert len({reference.selector for reference in every}) > 60
    few = {derived_reference(b"5" * 32, attempt, selectors=3).selector for attempt in range(64)}
    assert few == {"0000000", "0000001", "0000002"}


def test_selectors_are_spread_over_all() -> None:
    """Nobody can count requests by them."""
    selectors = sorted(int(derived_reference(bytes([n]) * 32, 0).selector) for n in range(256))
    assert selectors[0] < CURRENT.selectors // 20
    assert selectors[-1] > CURRENT.selectors * 19 // 20


def test_a_reference_is_not_printed_by_accident() -> None:
    assert repr(derived_reference(b"1" * 32, 0)) == "Reference(…)"
