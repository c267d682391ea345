"""Enrollment as people do it: an account, its link, a password, an authenticator app."""

from dataclasses import dataclass
from typing import cast

from passlib.totp import TOTP

from resident_app.database import writing
from resident_app.web.accounts import account_store
from resident_app.web.accounts.staff_tables import Role
from tests.console.conftest import Console
from tests.console.strict_console import ConsolePage, StrictConsole

PASSWORD = "seven small boats at noon"


@dataclass
class Person:
    """A person with an account, a password, an app and recovery codes."""

    console: Console
    id: int
    email: str
    app_key: str
    recovery_codes: list[str]
    browser: StrictConsole
    """The browser in which they enrolled."""

    def code(self) -> str:
        """Return what the app shows now."""
        return code_of(self.app_key, self.console)

    def next_code(self) -> str:
        """Return what the app shows half a minute later, after the last code was used."""
        self.console.clock.pass_by(31)
        return self.code()

    def sign_in(self, browser: StrictConsole, path: str = "/sign-in") -> ConsolePage:
        """With password and app."""
        browser.get(path)
        page = browser.done("/sign-in", {"email": self.email, "password": PASSWORD})
        assert "Is it you?" in page.main
        return browser.done("/sign-in/code", {**page.fields, "code": self.next_code()})


def code_of(key: str, console: Console) -> str:
    return cast(str, TOTP(key=key).generate(time=console.clock().timestamp()).token)


def link_for(console: Console, email: str, role: Role = Role.OFFICER) -> str:
    """Add an account and return the code of its set-up link."""
    with writing(console.engine) as connection:
        staff = account_store.add(connection, email, role, console.clock())
        return account_store.new_link(connection, staff, console.clock())


def open_link(browser: StrictConsole, link: str) -> ConsolePage:
    """Open a set-up link, or its code, as a browser without a script does."""
    browser.get("/set-up")
    return browser.post("/set-up", {"code": link})


def use_link(browser: StrictConsole, link: str, password: str, **fields: str) -> ConsolePage:
    """Open a set-up link and choose a password."""
    page = open_link(browser, link)
    return browser.done("/set-up", {**page.fields, "password": password, "again": password, **fields})


def person(console: Console, email: str = "ana@office.example.gov", role: Role = Role.OFFICER) -> Person:
    """Add an account and enroll it as a person does."""
    browser = console.anybody()
    page = use_link(browser, link_for(console, email, role), PASSWORD, name="Ana")
    assert "second way" in page.main
    page = browser.get("/account/app")
    key = page.words("key")
    response = browser.send("/account/app", {"code": code_of(key, console)})
    assert response.status_code == 307
    page = browser.post(response.headers["Location"])
    codes = page.words("codes").split()
    with writing(console.engine) as connection:
        account = account_store.find(connection, email=email)
    assert account is not None
    return Person(console, account.id, email, key, codes, browser)
