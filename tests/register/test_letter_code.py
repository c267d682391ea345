"""The code on a letter: what it carries comes back, what was changed is refused, junk breaks nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resident_app.register.disclosure import RELEASED, Dictionary, Disclosure, Disclosures
from resident_app.register.edition import Argon2Parameters, Edition
from resident_app.register.letter_code import NotALetterCode, make_code, parse_code

KEY = bytes(range(32))
DICTIONARY = Dictionary(("ICE", "CBP"), ("1325", "1326", "not-stated"), ("", "Tacoma", "Yakima"))
EDITION = Edition(
    id=bytes(range(16)),
    period_from=date(2017, 5, 1),
    period_to=date(2018, 1, 10),
    systems=("request-log",),
    argon2=Argon2Parameters(8, 1),
    envelopes=1,
    sealed_on=date(2026, 11, 22),
    dictionary=b"",
)
DAY = date(2026, 11, 22)

disclosures = st.builds(
    Disclosure,
    answered_on=st.dates(EDITION.period_from, EDITION.period_to),
    agency=st.sampled_from(DICTIONARY.agencies),
    office=st.sampled_from(DICTIONARY.offices),
    released=st.sets(st.sampled_from(RELEASED), min_size=1).map(
        lambda parts: tuple(part for part in RELEASED if part in parts)
    ),
    ground=st.sampled_from(DICTIONARY.grounds),
)
founds = (
    st.lists(disclosures, max_size=8)
    .flatmap(
        lambda listed: st.builds(
            Disclosures, st.just(tuple(listed)), st.integers(0, 60_000 if len(listed) == 8 else 0)
        )
    )
    .map(lambda found: replace(found, all_agencies_known=not found.more))
)
ONE = Disclosures((Disclosure(date(2017, 6, 1), "ICE", "Tacoma", ("photo",), "1326"),))


@given(found=founds, day=st.dates(date(2026, 1, 1), date(2150, 1, 1)))
def test_what_a_code_carries_comes_back(found: Disclosures, day: date) -> None:
    typed = str(make_code(day, found, EDITION, DICTIONARY, KEY))
    code = parse_code(typed)
    assert EDITION.id.startswith(code.edition_id_prefix)
    assert code.is_authentic(EDITION, KEY)
    assert code.decode(EDITION, DICTIONARY) == (day, found)
    assert len(typed) < 100


@pytest.mark.parametrize("found", [Disclosures(()), ONE])
def test_no_sign_can_be_changed_left_out_or_swapped(found: Disclosures) -> None:
    characters = str(make_code(DAY, found, EDITION, DICTIONARY, KEY)).replace(" ", "")
    wrong = {
        characters[:at] + other + characters[at + 1 :]
        for at in range(len(characters))
        for other in "0123ABCXYZ"
    }
    wrong |= {characters[:at] + characters[at + 1 :] for at in range(len(characters))}
    wrong |= {
        characters[:at] + characters[at + 1] + characters[at] + characters[at + 2 :]
        for at in range(len(characters) - 1)
    }
    assert not any(_is_authentic(typed) for typed in wrong - {characters})
    assert _is_authentic(characters)


def test_a_code_belongs_to_one_edition_and_one_key() -> None:
    code = make_code(DAY, ONE, EDITION, DICTIONARY, KEY)
    assert not code.is_authentic(replace(EDITION, id=EDITION.id[:15] + b"x"), KEY)
    assert not code.is_authentic(EDITION, KEY[::-1])
    again = make_code(DAY + timedelta(days=1), ONE, EDITION, DICTIONARY, KEY)
    assert again.mac != code.mac


@given(typed=st.text(max_size=400))
def test_no_text_breaks_the_reading(typed: str) -> None:
    assert not _is_authentic(typed)


def _is_authentic(typed: str) -> bool:
    try:
        return parse_code(typed).is_authentic(EDITION, KEY)
    except NotALetterCode:
        return False
