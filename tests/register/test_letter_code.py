"""The code on a letter: what it carries comes back, what was changed is refused, junk breaks nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resident_app.characters import readable
from resident_app.register.disclosure import RELEASED, Dictionary, Disclosure, Disclosures
from resident_app.register.edition import Argon2Parameters, Edition
from resident_app.register.letter_code import (
    MOST_TYPED_CHARACTERS,
    CodeScope,
    NotALetterCode,
    make_code,
    parse_code,
)

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
FIRST_LETTER = "00JC QG00 4002 4CH4 TE4M SV4X HZ4B VHH"

disclosures = st.builds(
    Disclosure,
    answered_on=st.dates(EDITION.period_from, EDITION.period_to),
    agency=st.sampled_from(DICTIONARY.agencies),
    office=st.sampled_from(DICTIONARY.offices),
    released=st.sets(st.sampled_from(RELEASED), min_size=1).map(
        lambda parts: tuple(part for part in RELEASED if part in parts)
    ),
    ground=st.sampled_from(DICTIONARY.grounds),
    request=st.text(max_size=5).map(readable),
)
founds = st.lists(disclosures, max_size=8).flatmap(
    lambda listed: st.builds(
        Disclosures,
        st.just(tuple(listed)),
        st.just(0) if len(listed) < 8 else st.integers(1, 60_000),
        st.just(frozenset())
        if len(listed) < 8
        else st.sets(st.sampled_from(DICTIONARY.agencies)).map(frozenset),
        st.just(True) if len(listed) < 8 else st.booleans(),
    )
)
ONE = Disclosures((Disclosure(date(2017, 6, 1), "ICE", "Tacoma", ("photo",), "1326"),))


@given(found=founds, day=st.dates(date(2026, 1, 1), date(2150, 1, 1)))
def test_the_square_code_carries_everything(found: Disclosures, day: date) -> None:
    code = parse_code(make_code(CodeScope.EVERYTHING, day, found, EDITION, DICTIONARY, KEY).characters)
    assert EDITION.id.startswith(code.edition_id_prefix)
    assert code.is_authentic(EDITION, KEY)
    assert code.decode(EDITION, DICTIONARY) == (day, found)


@given(found=founds, day=st.dates(date(2026, 1, 1), date(2150, 1, 1)))
def test_the_typed_code_carries_who_received_what_and_when(found: Disclosures, day: date) -> None:
    typed = str(make_code(CodeScope.SUMMARY, day, found, EDITION, DICTIONARY, KEY))
    assert len(typed) < 60, "with its spaces too"
    assert len(typed.replace(" ", "")) <= MOST_TYPED_CHARACTERS
    code = parse_code(typed)
    assert code.is_authentic(EDITION, KEY)
    answered_on, proven = code.decode(EDITION, DICTIONARY)
    assert answered_on == day
    assert len(proven.listed) + proven.more == len(found.listed) + found.more
    assert len(proven.listed) >= min(len(found.listed), 7)
    assert proven.agencies == found.agencies
    assert proven.all_agencies_known == found.all_agencies_known
    shown = [replace(one, office="", ground="", request="") for one in found.listed]
    assert list(proven.listed) == shown[: len(proven.listed)]


def test_the_code_of_a_first_letter_is_still_right() -> None:
    """Made before letters had two codes."""
    code = parse_code(FIRST_LETTER)
    assert code.is_authentic(EDITION, KEY)
    assert code.scope is CodeScope.WITHOUT_REQUESTS
    assert code.decode(EDITION, DICTIONARY) == (DAY, ONE)


@example(offices=1, agencies=40, days=5103, found=Disclosures(6 * ONE.listed))
@given(offices=st.integers(1, 3000), agencies=st.integers(1, 40), days=st.integers(1, 9000), found=founds)
def test_any_edition_has_codes(offices: int, agencies: int, days: int, found: Disclosures) -> None:
    """Also one with many agencies or years: its typed code carries fewer sharings."""
    dictionary = Dictionary(
        (*DICTIONARY.agencies, *map(str, range(agencies))), DICTIONARY.grounds,
        (*DICTIONARY.offices, *map(str, range(offices))),
    )  # fmt: skip
    edition = replace(EDITION, period_to=EDITION.period_to + timedelta(days=days))
    typed = make_code(CodeScope.SUMMARY, DAY, found, edition, dictionary, KEY)
    assert len(typed.characters) <= MOST_TYPED_CHARACTERS
    _, proven = parse_code(typed.characters).decode(edition, dictionary)
    assert len(proven.listed) + proven.more == len(found.listed) + found.more
    assert proven.agencies == found.agencies
    whole = make_code(CodeScope.EVERYTHING, DAY, found, edition, dictionary, KEY)
    assert parse_code(whole.characters).decode(edition, dictionary) == (DAY, found)


@pytest.mark.parametrize("scope", [CodeScope.SUMMARY, CodeScope.EVERYTHING])
@pytest.mark.parametrize("found", [Disclosures(()), ONE])
def test_no_sign_can_be_changed_left_out_or_swapped(found: Disclosures, scope: CodeScope) -> None:
    characters = str(make_code(scope, DAY, found, EDITION, DICTIONARY, KEY)).replace(" ", "")
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
    code = make_code(CodeScope.SUMMARY, DAY, ONE, EDITION, DICTIONARY, KEY)
    assert not code.is_authentic(replace(EDITION, id=EDITION.id[:15] + b"x"), KEY)
    assert not code.is_authentic(EDITION, KEY[::-1])
    again = make_code(CodeScope.SUMMARY, DAY + timedelta(days=1), ONE, EDITION, DICTIONARY, KEY)
    assert again.mac != code.mac


@given(typed=st.text(max_size=400))
def test_no_text_breaks_the_reading(typed: str) -> None:
    assert not _is_authentic(typed)


def _is_authentic(typed: str) -> bool:
    try:
        return parse_code(typed).is_authentic(EDITION, KEY)
    except NotALetterCode:
        return False
