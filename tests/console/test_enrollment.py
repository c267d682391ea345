"""Enrollment: a single-use link, a password, and then a second factor."""

import pytest

from resident_app.database import reading, writing
from resident_app.web.accounts import account_store
from tests.console.conftest import Console
from tests.console.enrollment import PASSWORD, Person, link_for, person


@pytest.fixture
def ana(console: Console) -> Person:
    return person(console)


def test_a_link_is_good_once_and_not_for_long(console: Console) -> None:
    address = link_for(console, "new@office.example.gov")
    browser = console.anybody()
    fields = {"password": PASSWORD, "again": PASSWORD}
    assert browser.get(address).status == browser.get(address).status == 200, "opening it does not use it up"
    browser.done(address, fields)
    assert console.anybody().get(address).status == 404
    assert browser.send(address, fields).status_code == 404
    late = link_for(console, "late@office.example.gov")
    console.clock.pass_by(account_store.LINK_IS_GOOD_FOR.total_seconds())
    assert browser.get(late).status == 404


def test_before_a_second_factor_nothing_else_is_open(console: Console) -> None:
    address = link_for(console, "new@office.example.gov")
    browser = console.anybody()
    browser.get(address)
    browser.done(address, {"password": PASSWORD, "again": PASSWORD})
    for path in ("/account", "/requests", "/account/password"):
        assert browser.raw("GET", path).headers["Location"] == "/set-up-sign-in", path
    assert browser.send("/account/recovery-codes").headers["Location"] == "/set-up-sign-in"
    browser.done("/sign-out")
    page = browser.get("/sign-in")
    page = browser.done("/sign-in", {**page.fields, "email": "new@office.example.gov", "password": PASSWORD})
    assert "second way" in page.main, "the password alone leads there and nowhere else"


def test_a_new_link_resets_the_account(console: Console, ana: Person) -> None:
    with writing(console.engine) as connection:
        address = f"/set-up/{account_store.new_link(connection, ana.id, console.clock())}"
    assert ana.browser.get("/account").status == 200, "until it is used nothing changes"
    browser = console.anybody()
    browser.get(address)
    page = browser.done(address, {"password": "another long one", "again": "another long one"})
    assert "second way" in page.main
    assert ana.browser.raw("GET", "/account").status_code == 303
    with reading(console.engine) as connection:
        account = account_store.find(connection, id=ana.id)
    assert account is not None
    assert (account.app_secret, account.recovery_codes) == (None, ())
