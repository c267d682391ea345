"""Signing in: a password and a second factor, always; everything that was given out is good once."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from resident_app.contact_points import NotAnEmail
from resident_app.database import reading, writing
from resident_app.security.audit_log import AuditEvent
from resident_app.web.accounts import account_store
from resident_app.web.accounts.passwords import password_problem
from resident_app.web.accounts.safe_redirect import own_path
from resident_app.web.accounts.staff_tables import Role, StaffRow, StaffSessionRow
from tests.console.conftest import Console, OpenConsole
from tests.console.enrollment import PASSWORD, Person, link_for, person
from tests.console.strict_console import StrictConsole


@pytest.fixture
def ana(console: Console) -> Person:
    return person(console)


def events(console: Console) -> list[tuple[str, int | None]]:
    with reading(console.engine) as connection:
        rows = connection.execute(select(AuditEvent.kind, AuditEvent.staff).order_by(AuditEvent.number)).all()
    return [(row.kind, row.staff) for row in rows]


def half_way(ana: Person) -> StrictConsole:
    """A new browser where the password was right."""
    browser = ana.console.anybody()
    browser.get("/sign-in")
    browser.done("/sign-in", {"email": ana.email, "password": PASSWORD})
    return browser


def test_the_whole_way_from_the_link_to_the_page_that_was_wanted(console: Console, ana: Person) -> None:
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


def test_the_whole_way_on_postgresql(open_console: OpenConsole, postgresql: str) -> None:
    console = open_console(database_url=postgresql)
    ana = person(console)
    ana.sign_in(console.anybody())
    half_way(ana).done("/sign-in/recovery-code", {"code": ana.recovery_codes[3]})
    browser = console.anybody()
    browser.get("/sign-in")
    assert browser.post("/sign-in", {"email": ana.email, "password": "wrong"}).status == 422
    assert ("sign-in-failed", ana.id) in events(console)


def test_nothing_secret_is_stored_as_it_is(console: Console, ana: Person) -> None:
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
    browser = half_way(ana)
    assert browser.raw("GET", "/account").status_code == 303
    assert browser.post("/sign-in/code", {"code": "000000"}).status == 422
    assert browser.raw("GET", "/account").status_code == 303


def test_the_second_step_needs_the_first(console: Console, ana: Person) -> None:
    browser = console.anybody()
    browser.get("/sign-in")
    for path in ("/sign-in/code", "/sign-in/recovery-code"):
        assert browser.raw("GET", path).headers["Location"] == "/sign-in"
        assert browser.send(path, {"code": ana.next_code()}).headers["Location"] == "/sign-in"


def test_the_second_step_cannot_wait_for_ever(ana: Person) -> None:
    browser = half_way(ana)
    ana.console.clock.pass_by(601)
    assert browser.raw("GET", "/sign-in/code").headers["Location"] == "/sign-in"


def test_a_code_is_good_once(ana: Person) -> None:
    code = ana.next_code()
    first, second = half_way(ana), half_way(ana)
    first.done("/sign-in/code", {"code": code})
    page = second.post("/sign-in/code", {"code": code})
    assert page.status == 422
    assert "used already" in page.main


def test_a_recovery_code_is_good_once(console: Console, ana: Person) -> None:
    typed = ana.recovery_codes[0].upper().replace("-", " ")
    page = half_way(ana).done("/sign-in/recovery-code", {"code": typed})
    assert page.status == 200
    again = half_way(ana).post("/sign-in/recovery-code", {"code": typed})
    assert again.status == 422
    assert "9 left" in ana.browser.get("/account").main


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(console: Console, ana: Person) -> None:
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


def test_a_new_id_and_nothing_of_before_at_sign_in(console: Console, ana: Person) -> None:
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


def test_a_new_link_begins_the_account_anew(console: Console, ana: Person) -> None:
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


def test_a_closed_account_signs_in_no_more(console: Console, ana: Person) -> None:
    console.account("admin")
    with writing(console.engine) as connection:
        account_store.close(connection, ana.id)
    assert ana.browser.raw("GET", "/account").status_code == 303
    browser = console.anybody()
    browser.get("/sign-in")
    page = browser.post("/sign-in", {"email": ana.email, "password": PASSWORD})
    assert "do not go together" in page.main


def test_without_its_token_a_form_is_not_taken(ana: Person) -> None:
    for path in ("/account", "/sign-out", "/account/app/remove"):
        for token in ("", "x"):
            ana.browser.use_token(token)
            assert ana.browser.post(path, {"name": "Somebody else"}).status == 400
    response = ana.browser.raw(
        "POST", "/account", data={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert response.status_code == 403


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


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "x", '{"response": {"clientDataJSON": "eA"}}', "1"]
)
def test_what_is_no_passkey_is_refused(console: Console, ana: Person, answer: str) -> None:
    browser = console.anybody()
    browser.get("/sign-in")
    page = browser.post("/sign-in/passkey", {"credential": answer})
    assert page.status == 422
    assert "did not work" in page.main
    assert ana.browser.post("/account/passkey", {"credential": answer, "name": "x"}).status == 422


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


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "evil",
        "/a\nb",
        "",
        None,
    ],
)
def test_nobody_is_led_to_another_site(wanted: str | None) -> None:
    assert own_path(wanted) == "/"


def test_our_own_paths_are_kept() -> None:
    assert own_path("/queue?state=open&page=2") == "/queue?state=open&page=2"


def test_on_both_databases(engine: Engine) -> None:
    """What is good once is good once, and an admin is left."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    with writing(engine) as connection:
        staff = account_store.add(connection, "a@b.example", Role.ADMIN, now)
        with pytest.raises(account_store.EmailTaken):
            account_store.add(connection, " A@B.example ", Role.OFFICER, now)
        with pytest.raises(NotAnEmail):
            account_store.add(connection, "a b@c", Role.OFFICER, now)
        with pytest.raises(account_store.LastAdmin):
            account_store.close(connection, staff)
        with pytest.raises(account_store.LastAdmin):
            account_store.set_role(connection, staff, Role.LEAD)
        account_store.set_recovery_codes(connection, staff, ["one", "two"])
    with writing(engine) as connection:
        found = account_store.find(connection, id=staff)
        assert found is not None
        assert account_store.use_recovery_code(connection, found, "one")
        assert not account_store.use_recovery_code(connection, found, "one")
        assert not account_store.use_recovery_code(connection, found, "two"), "what was read is no longer so"
        token = account_store.new_link(connection, staff, now)
        late = now + timedelta(hours=80)
        assert account_store.use_link(connection, token, "hash", "A", late) is None
        assert account_store.use_link(connection, token, "hash", "A", now) == staff
        assert account_store.use_link(connection, token, "hash", "A", now) is None
        connection.execute(update(StaffRow).values(active=False))
        assert (
            account_store.find_by_link(connection, account_store.new_link(connection, staff, now), now)
            is None
        )
