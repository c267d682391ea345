"""Sign in: a password and a second factor, always. A code, a link and a challenge work once."""

import re

import pytest
from sqlalchemy import select

from resident_app.database import reading, writing
from resident_app.security.audit_log import AuditEvent
from resident_app.web.accounts import account_store
from resident_app.web.accounts.staff_tables import StaffRow, StaffSessionRow
from tests.console.conftest import Console, OpenConsole
from tests.console.enrollment import PASSWORD, Person, person
from tests.console.strict_console import StrictConsole


@pytest.fixture
def ana(console: Console) -> Person:
    return person(console)


def events(console: Console) -> list[tuple[str, int | None]]:
    with reading(console.engine) as connection:
        rows = connection.execute(
            select(AuditEvent.kind, AuditEvent.actor_id).order_by(AuditEvent.number)
        ).all()
    return [(row.kind, row.actor_id) for row in rows]


def after_password(ana: Person) -> StrictConsole:
    """A new browser where the password was right."""
    browser = ana.console.anybody()
    browser.get("/sign-in")
    browser.done("/sign-in", {"email": ana.email, "password": PASSWORD})
    return browser


def test_from_the_link_to_the_requested_page(console: Console, ana: Person) -> None:
    assert len(ana.recovery_codes) == 10
    assert "Ana" in ana.browser.get("/account").text
    browser = console.anybody()
    wanted = browser.raw("GET", "/account?tab=1").headers["Location"]
    page = browser.get(wanted)
    page = browser.done("/sign-in", {**page.fields, "email": ana.email.upper(), "password": PASSWORD})
    response = browser.send("/sign-in/code", {**page.fields, "code": ana.next_code()})
    assert response.headers["Location"] == "/account?tab=1"
    assert "Your account" in browser.get("/account?tab=1").main
    assert ("signed-in", ana.id) in events(console)


def test_sign_in_on_postgresql(open_console: OpenConsole, postgresql: str) -> None:
    console = open_console(database_url=postgresql)
    ana = person(console)
    ana.sign_in(console.anybody())
    after_password(ana).done("/sign-in/recovery-code", {"code": ana.recovery_codes[3]})
    browser = console.anybody()
    browser.get("/sign-in")
    assert browser.post("/sign-in", {"email": ana.email, "password": "wrong"}).status == 422
    assert ("sign-in-failed", ana.id) in events(console)


def test_secrets_are_hashed_or_encrypted(console: Console, ana: Person) -> None:
    with reading(console.engine) as connection:
        row = connection.execute(select(StaffRow.__table__)).one()
        session = connection.execute(select(StaffSessionRow.__table__)).one()
    assert row.password.startswith("$argon2id$")
    assert ana.app_key.replace(" ", "") not in row.tf_totp_secret
    assert not set(ana.recovery_codes) & set(row.mf_recovery_codes)
    assert len(row.mf_recovery_codes) == 10
    cookie = ana.browser.http.get_cookie("console")
    assert cookie is not None
    assert cookie.value.encode() not in session.id


def test_a_password_alone_opens_nothing(ana: Person) -> None:
    browser = after_password(ana)
    assert browser.raw("GET", "/account").status_code == 303
    assert browser.post("/sign-in/code", {"code": "000000"}).status == 422
    assert browser.raw("GET", "/account").status_code == 303


def test_the_second_step_needs_the_first(console: Console, ana: Person) -> None:
    browser = console.anybody()
    browser.get("/sign-in")
    for path in ("/sign-in/code", "/sign-in/recovery-code"):
        assert browser.raw("GET", path).headers["Location"] == "/sign-in"
        assert browser.send(path, {"code": ana.next_code()}).headers["Location"] == "/sign-in"


def test_the_second_step_expires(ana: Person) -> None:
    browser = after_password(ana)
    ana.console.clock.pass_by(601)
    assert browser.raw("GET", "/sign-in/code").headers["Location"] == "/sign-in"


def test_a_code_is_good_once(ana: Person) -> None:
    code = ana.next_code()
    first, second = after_password(ana), after_password(ana)
    first.done("/sign-in/code", {"code": code})
    page = second.post("/sign-in/code", {"code": code})
    assert page.status == 422
    assert "used already" in page.main


def test_a_recovery_code_is_good_once(console: Console, ana: Person) -> None:
    typed = ana.recovery_codes[0].upper().replace("-", " ")
    page = after_password(ana).done("/sign-in/recovery-code", {"code": typed})
    assert page.status == 200
    again = after_password(ana).post("/sign-in/recovery-code", {"code": typed})
    assert again.status == 422
    assert "9 left" in ana.browser.get("/account").main


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(console: Console, ana: Person) -> None:
    browser = console.anybody()
    browser.get("/sign-in")
    wrong = browser.post("/sign-in", {"email": ana.email, "password": "wrong"})
    unknown = browser.post("/sign-in", {"email": "none@office.example.gov", "password": "wrong"})
    assert wrong.status == unknown.status == 422
    changing = re.compile(r'value="[^"]*"|data-options="[^"]*"')
    assert changing.sub("", wrong.text) == changing.sub("", unknown.text)
    assert events(console)[-2:] == [("sign-in-failed", ana.id), ("sign-in-failed", None)]


def test_the_same_work_is_done_for_an_unknown_address(
    console: Console, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def verify(_password: str, stored: str) -> bool:
        seen.append(stored.rpartition("$")[0].rpartition("$")[0])
        return False

    monkeypatch.setattr("resident_app.web.accounts.credentials.verify_password", verify)
    browser = console.anybody()
    browser.get("/sign-in")
    for email in (ana.email, "none@office.example.gov"):
        browser.post("/sign-in", {"email": email, "password": "wrong"})
    assert len(seen) == 2
    assert seen[0] == seen[1], "with the same parameters"


def test_sign_in_gives_a_new_session_id(console: Console, ana: Person) -> None:
    browser = console.anybody()
    browser.get("/sign-in")
    before = browser.http.get_cookie("console")
    ana.sign_in(browser)
    after = browser.http.get_cookie("console")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    stranger = console.anybody()
    stranger.http.set_cookie("console", before.value)
    assert stranger.raw("GET", "/account").status_code == 303


def test_a_closed_account_signs_in_no_more(console: Console, ana: Person) -> None:
    console.account("admin")
    with writing(console.engine) as connection:
        account_store.close(connection, ana.id, console.clock())
    assert ana.browser.raw("GET", "/account").status_code == 303
    browser = console.anybody()
    browser.get("/sign-in")
    page = browser.post("/sign-in", {"email": ana.email, "password": PASSWORD})
    assert "do not go together" in page.main


def test_a_form_without_its_csrf_token_is_refused(ana: Person) -> None:
    for path in ("/account", "/sign-out", "/account/app/remove"):
        for token in ("", "x"):
            ana.browser.use_token(token)
            assert ana.browser.post(path, {"name": "Somebody else"}).status == 400
    response = ana.browser.raw(
        "POST", "/account", data={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert response.status_code == 403


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "x", '{"response": {"clientDataJSON": "eA"}}', "1"]
)
def test_a_malformed_passkey_is_refused(console: Console, ana: Person, answer: str) -> None:
    browser = console.anybody()
    browser.get("/sign-in")
    page = browser.post("/sign-in/passkey", {"credential": answer})
    assert page.status == 422
    assert "did not work" in page.main
    assert ana.browser.post("/account/passkey", {"credential": answer, "name": "x"}).status == 422
