"""Enrollment: a single-use link, a password, and then a second factor."""

from urllib.parse import urlsplit

import pytest

from resident_app.database import reading, writing
from resident_app.web.accounts import account_store
from resident_app.web.accounts.enrollment import enrollment_link
from tests.console.conftest import Console
from tests.console.enrollment import PASSWORD, Person, link_for, open_link, person, use_link


@pytest.fixture
def ana(console: Console) -> Person:
    return person(console)


def test_a_link_is_good_once_and_not_for_long(console: Console) -> None:
    code = link_for(console, "new@office.example.gov")
    browser = console.anybody()
    assert open_link(browser, code).status == open_link(browser, code).status == 200, "opened, it stays good"
    use_link(browser, code, PASSWORD)
    assert open_link(console.anybody(), code).status == 404
    fields = {"code": code, "password": PASSWORD, "again": PASSWORD}
    assert browser.send("/set-up", fields).status_code == 404
    late = link_for(console, "late@office.example.gov")
    console.clock.pass_by(account_store.LINK_IS_GOOD_FOR.total_seconds())
    assert open_link(browser, late).status == 404


def test_the_code_is_never_in_an_address(console: Console) -> None:
    """So it is in no access log, no history of another machine, and no Referer."""
    code = link_for(console, "new@office.example.gov")
    link = enrollment_link("http://localhost:8001", code)
    address, _, fragment = link.partition("#")
    assert fragment == code
    browser = console.anybody()
    page = browser.get(urlsplit(address).path)
    assert code not in page.text
    page = browser.post("/set-up", {**page.fields, "code": link})
    assert page.status == 200, "the whole link may be pasted"
    assert all(code not in action for action in page.actions)
    assert page.response.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert browser.raw("GET", f"/set-up/{code}").status_code == 404
    assert browser.post("/set-up", {"code": ""}).status == 422
    wrong = browser.post("/set-up", {"code": code, "password": "short", "again": "short"})
    assert wrong.status == 422
    assert wrong.fields["code"] == code, "one mistake does not cost the link"


def test_before_a_second_factor_nothing_else_is_open(console: Console) -> None:
    browser = console.anybody()
    use_link(browser, link_for(console, "new@office.example.gov"), PASSWORD)
    for path in ("/account", "/requests", "/account/password"):
        assert browser.raw("GET", path).headers["Location"] == "/set-up-sign-in", path
    assert browser.send("/account/recovery-codes").headers["Location"] == "/set-up-sign-in"
    browser.done("/sign-out")
    page = browser.get("/sign-in")
    page = browser.done("/sign-in", {**page.fields, "email": "new@office.example.gov", "password": PASSWORD})
    assert "second way" in page.main, "the password alone leads there and nowhere else"


def test_a_new_link_resets_the_account(console: Console, ana: Person) -> None:
    with writing(console.engine) as connection:
        code = account_store.new_link(connection, ana.id, console.clock())
    assert ana.browser.get("/account").status == 200, "until it is used nothing changes"
    browser = console.anybody()
    page = use_link(browser, code, "another long one")
    assert "second way" in page.main
    assert ana.browser.raw("GET", "/account").status_code == 303
    with reading(console.engine) as connection:
        account = account_store.find(connection, id=ana.id)
    assert account is not None
    assert (account.app_secret, account.recovery_codes) == (None, ())
