"""A person's own account: details, password, second factors."""

import pytest

from resident_app.database import reading
from resident_app.web.accounts import account_store
from tests.console.conftest import Console
from tests.console.enrollment import PASSWORD, Person, person


@pytest.fixture
def ana(console: Console) -> Person:
    return person(console)


def test_account_details(ana: Person) -> None:
    page = ana.browser.get("/account")
    changed = {"name": "Ana B.", "phone": "(206) 555-0123", "languages": ["ko", "tlh", "es"]}
    page = ana.browser.done("/account", changed)
    assert page.fields["phone"] == "+12065550123"
    assert ana.browser.post("/account", {"phone": "555"}).status == 422
    with reading(ana.console.engine) as connection:
        account = account_store.find(connection, id=ana.id)
    assert account is not None
    assert account.languages == ("ko", "es")


def test_the_only_second_factor_stays(ana: Person) -> None:
    page = ana.browser.done("/account/app/remove")
    assert "only second factor" in page.main
    with reading(ana.console.engine) as connection:
        account = account_store.find(connection, id=ana.id)
    assert account is not None
    assert account.app_secret


def test_a_new_password_ends_every_other_session(console: Console, ana: Person) -> None:
    other = console.sign_in(staff=ana.id)
    new = "quiet harbors in winter"
    page = ana.browser.post("/account/password", {"password": new, "again": "not the same"})
    assert "not the same" in page.main
    ana.browser.done("/account/password", {"password": new, "again": new})
    assert other.raw("GET", "/account").status_code == 303
    assert ana.browser.get("/account").status == 200
    browser = console.anybody()
    browser.get("/sign-in")
    assert browser.post("/sign-in", {"email": ana.email, "password": PASSWORD}).status == 422
    assert browser.send("/sign-in", {"email": ana.email, "password": new}).status_code == 303


def test_passkeys_only_at_the_console_s_own_address(ana: Person) -> None:
    own = ana.browser.get("/account/passkey")
    assert "Make the passkey" in own.main
    other = ana.console.anybody().get("/sign-in", base_url="http://127.0.0.1:8001")
    assert "http://localhost:8001" in other.main
    assert "data-passkey=" not in other.text
