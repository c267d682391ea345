"""Which passwords staff may choose."""

import pytest

from resident_app.web.accounts.passwords import password_problem
from tests.console.enrollment import PASSWORD


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "passwordpassword",
        "Password123456!",
        "aaaaaaaaaaaaa",
        "123456789012",
        "qwertyuiopas",
        "abcabcabcabc",
        "P@ssw0rd2026!!",
        "ana@office.example.gov",
        "lupita-and-more",
        "x" * 300,
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    email = "lupita@office.example.gov" if "lupita" in password else "ana@office.example.gov"
    assert password_problem(password, email)


@pytest.mark.parametrize("password", [PASSWORD, "gHt!29xQq0-ab", "비밀번호는아주길고어렵다", "horse 12 lamp"])
def test_long_passwords_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert password_problem(password, "ana@office.example.gov") == ""
