"""Colleagues whom a note names."""

import pytest

from resident_app.casework.notices.mentions import callable_by, mentioned

NAMES = {
    1: callable_by("Ana Ruiz", "ana.r@office.example"),
    2: callable_by("Ana Núñez", "nunez@office.example"),
    3: callable_by("Kim", "kim@office.example"),
    4: callable_by("김 민준", "minjun@office.example"),
}


@pytest.mark.parametrize(
    ("words", "accounts"),
    [
        ("@Ana Ruiz please look", {1}),
        ("Ask @ana nunez.", {2}),
        ("@nunez and @KIM, please", {2, 3}),
        ("@김: 전화해 주세요", {4}),
        ("@Ana", set()),
        ("@Kimberly", set()),
        ("write to kim@office.example", set()),
        ("@ @@ @nobody", set()),
        ("(@kim)", {3}),
    ],
)
def test_who_is_named(words: str, accounts: set[int]) -> None:
    """What two people may be called names nobody."""
    assert mentioned(words, NAMES) == accounts
