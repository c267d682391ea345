"""Lockouts slow an attacker and not the office."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from resident_app.configuration.limits import SignIns
from resident_app.console.context import accounts_context
from resident_app.database import reading, writing
from resident_app.security.audit_log import AuditEvent
from resident_app.short_lived import open_short_lived
from resident_app.web.accounts import account_store, lockouts
from resident_app.web.accounts.staff_tables import Role
from tests.console.conftest import Console
from tests.console.enrollment import PASSWORD, Person, person, use_link
from tests.console.strict_console import ConsolePage, StrictConsole

PER_ACCOUNT = 3
PER_DEVICE = 4
PER_NETWORK = 8
WRONG = "wrong"


@pytest.fixture
def ana(console: Console) -> Person:
    """Ana, at a console with small limits."""
    small = SignIns(per_account=PER_ACCOUNT, per_device=PER_DEVICE, per_network=PER_NETWORK)
    lockouts.install(console.app, replace(accounts_context(console.context), limits=small))
    return person(console)


def browser_at(ana: Person, address: str = "203.0.113.7") -> StrictConsole:
    browser = ana.console.anybody(address)
    browser.get("/sign-in")
    return browser


def guess(browser: StrictConsole, email: str, password: str = WRONG) -> ConsolePage:
    return browser.post("/sign-in", {"email": email, "password": password})


def lock(ana: Person) -> None:
    """Guess Ana's password from many networks until unknown devices are locked out."""
    for number in range(PER_ACCOUNT):
        assert guess(browser_at(ana, f"203.0.{number}.7"), ana.email).status == 422


def count(ana: Person, kind: str) -> int:
    with reading(ana.console.engine) as connection:
        found = connection.scalar(select(func.count()).where(AuditEvent.kind == kind))
    return int(found or 0)


def test_guesses_from_everywhere_count_for_the_account_together(ana: Person) -> None:
    lock(ana)
    page = guess(browser_at(ana, "192.0.2.99"), ana.email, PASSWORD)
    assert page.status == 429, "even with the right password: nothing was looked at"
    assert "Too many wrong attempts" in page.main


def test_the_officer_s_own_device_still_signs_in(ana: Person) -> None:
    lock(ana)
    ana.browser.done("/sign-out")
    ana.sign_in(ana.browser)
    assert ana.browser.get("/account").status == 200


def test_an_unknown_address_is_locked_too(ana: Person) -> None:
    for number in range(PER_ACCOUNT):
        assert guess(browser_at(ana, f"203.0.{number}.7"), "none@office.example.gov").status == 422
    assert guess(browser_at(ana), "none@office.example.gov").status == 429


def test_guesses_on_a_remembered_device_count_for_it_alone(ana: Person) -> None:
    ana.browser.done("/sign-out")
    for _ in range(PER_DEVICE):
        assert guess(ana.browser, ana.email).status == 422
    assert guess(ana.browser, ana.email, PASSWORD).status == 429
    ana.sign_in(browser_at(ana)), "another browser is not touched"


def test_one_network_cannot_try_every_account(ana: Person) -> None:
    for number in range(PER_NETWORK):
        assert guess(browser_at(ana), f"name{number}@office.example.gov").status == 422
    assert guess(browser_at(ana, "203.0.113.200"), "another@office.example.gov").status == 429
    assert guess(browser_at(ana, "198.51.100.1"), "another@office.example.gov").status == 422


def test_behind_a_proxy_that_is_not_trusted_sign_ins_share_no_limit(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy's address is everybody's: one guesser would lock the whole office out. An event says so."""
    monkeypatch.setattr("resident_app.security.event_log._LAST", {})
    with capture_logs() as events:
        for number in range(PER_NETWORK + 5):
            browser = browser_at(ana, "10.0.0.5")
            sent = {"email": f"name{number}@office.example.gov", "password": WRONG}
            page = browser.post("/sign-in", sent, headers={"X-Forwarded-For": f"203.0.{number}.7"})
            assert page.status == 422
    assert [event["event"] for event in events].count("unconfigured_proxy") == 1
    for number in range(PER_ACCOUNT):
        browser = browser_at(ana, "10.0.0.5")
        sent = {"email": ana.email, "password": WRONG}
        page = browser.post("/sign-in", sent, headers={"X-Forwarded-For": f"198.51.{number}.7"})
    page = browser.post("/sign-in", sent, headers={"X-Forwarded-For": "198.51.9.7"})
    assert page.status == 429, "an account's own limit applies"


def test_a_start_of_the_public_process_does_not_forget_wrong_guesses(ana: Person) -> None:
    """They count beside the accounts, not in the store that is emptied."""
    lock(ana)
    open_short_lived(ana.console.engine).dispose()
    assert guess(browser_at(ana, "192.0.2.99"), ana.email, PASSWORD).status == 429


def test_codes_cannot_be_guessed_either(ana: Person) -> None:
    browser = browser_at(ana)
    browser.done("/sign-in", {"email": ana.email, "password": PASSWORD})
    for number in range(PER_ACCOUNT):
        path = "/sign-in/code" if number % 2 else "/sign-in/recovery-code"
        assert browser.post(path, {"code": "000000"}).status == 422
    assert browser.post("/sign-in/code", {"code": ana.next_code()}).status == 429
    assert browser.post("/sign-in/recovery-code", {"code": ana.recovery_codes[0]}).status == 429
    ana.browser.done("/sign-out")
    ana.sign_in(ana.browser)


def test_a_right_password_does_not_count(ana: Person) -> None:
    for _ in range(PER_ACCOUNT + 1):
        browser = browser_at(ana)
        ana.sign_in(browser)


def test_the_lock_ends_after_a_day(ana: Person) -> None:
    lock(ana)
    ana.console.clock.pass_by(24 * 3600 + 1)
    ana.sign_in(browser_at(ana))


def test_a_new_link_lets_the_person_in(ana: Person) -> None:
    lock(ana)
    with writing(ana.console.engine) as connection:
        code = account_store.new_link(connection, ana.id, ana.console.clock())
    browser = browser_at(ana)
    use_link(browser, code, PASSWORD)
    browser.done("/sign-out")
    assert guess(browser, ana.email, "wrong").status == 422, "from now on this device is remembered"
    assert browser.send("/sign-in", {"email": ana.email, "password": PASSWORD}).status_code == 303


def test_a_new_password_forgets_other_devices(ana: Person) -> None:
    other = browser_at(ana, "192.0.2.1")
    ana.sign_in(other)
    new = "quiet harbors in winter"
    ana.browser.done("/account/password", {"password": new, "again": new})
    lock(ana)
    other.get("/sign-in")
    assert guess(other, ana.email, new).status == 429
    ana.browser.done("/sign-out")
    assert ana.browser.send("/sign-in", {"email": ana.email, "password": new}).status_code == 303


def test_one_account_s_device_cookie_does_not_work_for_another(ana: Person) -> None:
    """Otherwise an attacker with an account could guess the passwords of all others."""
    mallory = person(ana.console, "mallory@office.example.gov", Role.OFFICER)
    (own,) = [value for name, value in mallory.browser.cookies.items() if name.startswith("device-")]
    (hers,) = [name for name in ana.browser.cookies if name.startswith("device-")]
    lock(ana)
    mallory.browser.http.set_cookie(hers, own)
    mallory.browser.done("/sign-out")
    assert guess(mallory.browser, ana.email).status == 429


def test_the_audit_log_has_one_entry_for_a_lockout(ana: Person) -> None:
    lock(ana)
    for _ in range(3):
        guess(browser_at(ana), ana.email)
    assert count(ana, "sign-in-failed") == PER_ACCOUNT
    assert count(ana, "sign-in-locked") == 1, "once, however long it goes on"


def test_wrong_passkeys_do_not_fill_the_log_or_lock_anybody_out(ana: Person) -> None:
    browser = browser_at(ana)
    for _ in range(PER_NETWORK + 3):
        assert browser.post("/sign-in/passkey", {"credential": "{}"}).status == 422
    assert count(ana, "sign-in-failed") == PER_NETWORK
    assert count(ana, "sign-in-locked") == 1
    ana.sign_in(browser)
