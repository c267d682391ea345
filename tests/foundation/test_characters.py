"""Characters in the files that cannot be shown are rejected, and never reach a page or a voice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resident_app.characters import readable
from resident_app.register.sealing.rows import Rejected, RowRules, parse_disclosure_row
from tests.made_up import NEVER

RULES = RowRules(
    today=NEVER.issued_on.replace(year=2026),
    period_from=NEVER.issued_on.replace(year=2017, month=5),
    period_to=NEVER.issued_on.replace(year=2018, month=1),
    cut_off=NEVER.issued_on.replace(year=2018, month=1),
    agencies=frozenset(["ICE"]),
    grounds=frozenset(["1325"]),
)


@pytest.mark.parametrize("sign", ["\x01", "\x0b", "\x7f", "\x85", "\uffff", "\ufdd0"])
def test_an_office_or_a_request_that_cannot_be_shown_is_rejected(sign: str) -> None:
    row = ["p", "2017-06-01", "ICE", "Tacoma", "photo", "1325", "R-1"]
    assert parse_disclosure_row(row, RULES).disclosure.office == "Tacoma"
    for column in (3, 6):
        wrong = [*row[:column], f"a{sign}b", *row[column + 1 :]]
        with pytest.raises(Rejected, match="a character that cannot be shown"):
            parse_disclosure_row(wrong, RULES)


@given(st.text())
def test_what_is_readable_stays_so(text: str) -> None:
    assert readable(readable(text)) == readable(text)
    assert readable("Cañon 字 عربي 😀 \t") == "Cañon 字 عربي 😀 \t"
