"""Somebody who can write to the database, while the console runs, gains nothing: each attack is raw SQL.

After each attack nothing opens, an event names the table, and the audit log has the refusal and is intact.
"""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from resident_app.database import open_database, reading, writing
from resident_app.security import audit_chain
from resident_app.security.row_authentication import seal_row
from resident_app.web.accounts import account_store
from resident_app.web.accounts.passkeys import passkey_name
from resident_app.web.accounts.sessions import hash_session_id
from resident_app.web.accounts.staff_tables import PasskeyRow, Role
from tests.console.conftest import Console, OpenConsole
from tests.console.enrollment import PASSWORD, Person, open_link, person
from tests.console.soft_passkey import SoftPasskey
from tests.console.strict_console import BASE_URL, StrictConsole

Row = dict[str, Any]
NEW = "quiet harbors in winter"


class DatabaseWriter:
    """Somebody with the database's password and no key."""

    def __init__(self, url: str):
        self.engine: Engine = open_database(url)

    def run(self, sql: str, **values: object) -> None:
        with writing(self.engine) as connection:
            assert connection.execute(text(sql), values).rowcount > 0, "the attack wrote nothing"

    def row(self, table: str, id: object) -> Row:
        with reading(self.engine) as connection:
            found = connection.execute(text(f"SELECT * FROM {table} WHERE id = :id"), {"id": id})  # noqa: S608
            return dict(found.one()._mapping)

    def insert(self, table: str, row: Row) -> None:
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        self.run(f"INSERT INTO {table} ({names}) VALUES ({values})", **row)  # noqa: S608

    def put_back(self, table: str, row: Row) -> None:
        """Replace a row by what it was, every column of it."""
        names = ", ".join(f"{name} = :{name}" for name in row if name != "id")
        self.run(f"UPDATE {table} SET {names} WHERE id = :id", **row)  # noqa: S608


@pytest.fixture(params=["sqlite", "postgresql"])
def console(request: pytest.FixtureRequest, open_console: OpenConsole) -> Console:
    """A console on each database."""
    if request.param == "sqlite":
        return open_console()
    return open_console(database_url=request.getfixturevalue("postgresql"))


@pytest.fixture
def writer(console: Console) -> Iterator[DatabaseWriter]:
    made = DatabaseWriter(console.context.settings.database)
    yield made
    made.engine.dispose()


@pytest.fixture
def events() -> Iterator[list[Any]]:
    with capture_logs() as found:
        yield found


def is_refused(console: Console, events: list[Any], table: str) -> bool:
    """Return whether the attack was noticed: an event, a line in the audit log, and its chain is intact."""
    with audit_chain.snapshot(console.engine) as connection:
        fields = connection.execute(
            text("SELECT fields FROM audit_event WHERE kind = 'row-refused'")
        ).scalars()
        told = [json.loads(each)["table"] for each in fields]
        intact = audit_chain.verify(connection).ok
    logged = [event["table"] for event in events if event["event"] == "row_refused"]
    return table in logged and table in told and intact


def is_signed_in(browser: StrictConsole, path: str = "/account") -> bool:
    return browser.raw("GET", path).status_code == 200


def cookie_of(browser: StrictConsole) -> str:
    cookie = browser.http.get_cookie("console")
    assert cookie is not None
    return str(cookie.value)


def with_cookie(console: Console, value: str) -> StrictConsole:
    browser = console.anybody()
    browser.http.set_cookie("console", value)
    return browser


def sign_in(ana: Person, email: str, password: str = PASSWORD) -> StrictConsole:
    browser = ana.console.anybody("203.0.113.9")
    browser.get("/sign-in")
    browser.send("/sign-in", {"email": email, "password": password})
    return browser


@pytest.mark.parametrize("mac", ["none", "made up", "of another session"])
def test_inserting_a_session(console: Console, writer: DatabaseWriter, events: list[Any], mac: str) -> None:
    admin, officer = console.sign_in("admin"), console.sign_in("officer")
    theirs = writer.row("staff_session", hash_session_id(cookie_of(officer)))
    macs = {"none": None, "made up": b"m" * 32, "of another session": theirs["mac"]}
    writer.insert(
        "staff_session",
        theirs | {"id": hash_session_id("chosen"), "account_id": admin.staff, "mac": macs[mac]},
    )
    assert not is_signed_in(with_cookie(console, "chosen"))
    assert is_signed_in(admin)
    assert is_refused(console, events, "staff_session")


def test_giving_a_session_to_another_account(
    console: Console, writer: DatabaseWriter, events: list[Any]
) -> None:
    admin, officer = console.sign_in("admin"), console.sign_in("officer")
    mine = hash_session_id(cookie_of(officer))
    writer.run("UPDATE staff_session SET account_id = :admin WHERE id = :id", admin=admin.staff, id=mine)
    assert not is_signed_in(officer)
    assert is_refused(console, events, "staff_session")


@pytest.mark.parametrize("ended_by", ["the person", "an admin", "a new password"])
def test_putting_an_ended_session_back(
    console: Console, writer: DatabaseWriter, events: list[Any], ended_by: str
) -> None:
    ana = person(console)
    browser = ana.browser
    cookie = cookie_of(browser)
    before = writer.row("staff_session", hash_session_id(cookie))
    if ended_by == "the person":
        browser.done("/sign-out")
    elif ended_by == "an admin":
        console.sign_in("admin").done(f"/staff/{ana.id}/sessions/end")
    else:
        console.sign_in(staff=ana.id).done("/account/password", {"password": NEW, "again": NEW})
    assert not is_signed_in(with_cookie(console, cookie))
    writer.insert("staff_session", before)
    assert not is_signed_in(with_cookie(console, cookie))
    assert is_refused(console, events, "staff_session")


def test_making_a_session_younger(console: Console, writer: DatabaseWriter, events: list[Any]) -> None:
    """A session's hours, and its lock after 15 minutes, are covered too."""
    officer = console.sign_in("officer")
    id = hash_session_id(cookie_of(officer))
    console.clock.pass_by(16 * 60)
    later = console.sign_in("officer")
    seen = writer.row("staff_session", hash_session_id(cookie_of(later)))["seen_at"]
    writer.run("UPDATE staff_session SET seen_at = :seen WHERE id = :id", seen=seen, id=id)
    assert not is_signed_in(officer)
    assert is_refused(console, events, "staff_session")


def test_inserting_a_passkey(console: Console, writer: DatabaseWriter, events: list[Any]) -> None:
    ana, key = person(console), SoftPasskey()
    with reading(console.engine) as connection:
        account = account_store.find(connection, id=ana.id)
    assert account is not None
    writer.insert(
        "staff_passkey",
        {
            "user_id": ana.id,
            "name": "mine",
            "credential_id": key.credential_id,
            "public_key": key.public_key,
            "sign_count": 0,
            "backup_state": False,
            "device_type": "single_device",
            "create_datetime": console.clock(),
            "lastuse_datetime": console.clock(),
            "usage": "first",
            "mac": b"m" * 32,
        },
    )

    def use() -> int:
        browser = console.anybody()
        page = browser.get("/sign-in")
        (options,) = [one.get("data-options") for one in page.root.iter() if one.get("data-options")]
        answer = key.answer(json.loads(options), BASE_URL, account.handle)
        return browser.send("/sign-in/passkey", {"credential": answer}).status_code

    assert use() == 422
    assert is_refused(console, events, "staff_passkey")
    with writing(console.engine) as connection:
        row = connection.execute(text("SELECT id FROM staff_passkey")).scalar_one()
        seal_row(connection, PasskeyRow.__table__, row)  # type: ignore[arg-type]
    assert use() == 422, "the account does not name it: so a removed passkey cannot come back"
    with writing(console.engine) as connection:
        named = (passkey_name(key.credential_id),)
        account_store.change(connection, ana.id, console.clock(), passkeys=named)
    assert use() == 303, "with the console's own keys the same row signs in"


Attack = Callable[[DatabaseWriter, Person, Person], None]


def set_columns(**columns: object) -> Attack:
    """Write columns of Ana's account."""

    def attack(writer: DatabaseWriter, ana: Person, _: Person) -> None:
        names = ", ".join(f"{name} = :{name}" for name in columns)
        writer.run(f"UPDATE staff SET {names} WHERE id = :id", **columns, id=ana.id)  # noqa: S608

    return attack


def copy_columns(*names: str) -> Attack:
    """Copy columns of Mallory's account to Ana's."""

    def attack(writer: DatabaseWriter, ana: Person, mallory: Person) -> None:
        theirs = writer.row("staff", mallory.id)
        set_columns(**{name: theirs[name] for name in names})(writer, ana, mallory)

    return attack


def swap_macs(writer: DatabaseWriter, ana: Person, mallory: Person) -> None:
    first, second = writer.row("staff", ana.id), writer.row("staff", mallory.id)
    writer.run("UPDATE staff SET mac = :mac WHERE id = :id", mac=second["mac"], id=ana.id)
    writer.run("UPDATE staff SET mac = :mac WHERE id = :id", mac=first["mac"], id=mallory.id)


ATTACKS: dict[str, Attack] = {
    "another's password": copy_columns("password"),
    "another's password and seal": copy_columns("password", "mac", "version"),
    "another's app": copy_columns("tf_totp_secret", "totp_counter"),
    "another's recovery codes": copy_columns("mf_recovery_codes"),
    "a role": set_columns(role="admin"),
    "a role that does not exist": set_columns(role="owner"),
    "a phone that calls are connected to": set_columns(phone="+12065550199"),
    "an older used code": set_columns(totp_counter=1),
    "a link": set_columns(link_hash=hash_session_id("chosen"), link_until="2099-01-01 00:00:00.000000"),
    "no seal": set_columns(mac=None, version=0),
    "the next version": set_columns(version=99),
    "swapped seals": swap_macs,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_writing_to_an_account(
    console: Console, writer: DatabaseWriter, events: list[Any], attack: str
) -> None:
    ana, mallory = person(console), person(console, "mallory@office.example.gov")
    assert is_signed_in(ana.browser)
    ATTACKS[attack](writer, ana, mallory)
    assert not is_signed_in(ana.browser), "the session of an account that is refused is over"
    browser = sign_in(ana, ana.email)
    assert browser.raw("GET", "/sign-in/code").headers["Location"] == "/sign-in", "no password is right"
    assert open_link(console.anybody(), "chosen").status == 404
    assert is_refused(console, events, "staff")


def test_an_officer_who_writes_admin_reaches_no_page_of_an_admin(
    console: Console, writer: DatabaseWriter, events: list[Any]
) -> None:
    officer, admin = console.sign_in("officer"), console.sign_in("admin")
    writer.run("UPDATE staff SET role = 'admin' WHERE id = :id", id=officer.staff)
    assert not is_signed_in(officer, "/staff")
    assert "1 account is not as the console wrote it" in admin.get("/staff").main
    assert is_refused(console, events, "staff")


def test_putting_yesterday_back(console: Console, writer: DatabaseWriter, events: list[Any]) -> None:
    """An admin of yesterday, with the password, the app and the session of yesterday."""
    console.account("admin")
    ana = person(console, role=Role.ADMIN)
    cookie = cookie_of(ana.browser)
    account, session = writer.row("staff", ana.id), writer.row("staff_session", hash_session_id(cookie))
    ana.browser.done("/account/password", {"password": NEW, "again": NEW})
    console.sign_in("admin").done(f"/staff/{ana.id}", {"does": "role", "role": "officer"})
    assert not is_signed_in(ana.browser, "/staff")
    writer.put_back("staff", account)
    writer.put_back("staff_session", session)
    assert not is_signed_in(with_cookie(console, cookie))
    assert sign_in(ana, ana.email).raw("GET", "/sign-in/code").headers["Location"] == "/sign-in"
    assert is_refused(console, events, "staff")


def test_opening_a_closed_account_again(console: Console, writer: DatabaseWriter, events: list[Any]) -> None:
    ana = person(console)
    before = writer.row("staff", ana.id)
    console.sign_in("admin").done(f"/staff/{ana.id}", {"does": "close"})
    after = writer.row("staff", ana.id)
    for row in (after | {"active": True}, before):
        writer.put_back("staff", row)
        assert sign_in(ana, ana.email).raw("GET", "/sign-in/code").headers["Location"] == "/sign-in"
    assert is_refused(console, events, "staff")


def test_putting_a_used_recovery_code_back(
    console: Console, writer: DatabaseWriter, events: list[Any]
) -> None:
    ana = person(console)
    before = writer.row("staff", ana.id)
    browser = sign_in(ana, ana.email)
    browser.done("/sign-in/recovery-code", {"code": ana.recovery_codes[0]})
    writer.put_back("staff", before)
    browser = sign_in(ana, ana.email)
    response = browser.send("/sign-in/recovery-code", {"code": ana.recovery_codes[0]})
    assert response.headers["Location"] == "/sign-in"
    assert is_refused(console, events, "staff")


EXPORT = {
    "kind": "requests",
    "query": "state=open",
    "reason": "For the board",
    "purpose": "The board reads totals",
    "columns": ["id"],
    "kept_days": "30",
}


def approve(writer: DatabaseWriter, by: int | None) -> None:
    writer.run(
        "UPDATE export SET allowed = :yes, decided_by = :by, decided_at = requested_at", yes=True, by=by
    )


def test_approving_an_export(console: Console, writer: DatabaseWriter, events: list[Any]) -> None:
    lead, second = console.sign_in("lead"), console.sign_in("lead")
    lead.done("/exports", EXPORT)
    approve(writer, second.staff)
    assert "cannot be downloaded" in lead.done("/exports/1/take").main
    assert is_refused(console, events, "export")


def test_inserting_an_approved_export(console: Console, writer: DatabaseWriter, events: list[Any]) -> None:
    lead, second = console.sign_in("lead"), console.sign_in("lead")
    lead.done("/exports", EXPORT)
    second.done("/exports/1/decide", {"does": "allow"})
    allowed = writer.row("export", 1)
    writer.insert("export", allowed | {"id": 2})
    assert "cannot be downloaded" in lead.done("/exports/2/take").main
    writer.run("UPDATE export SET query = 'state=closed' WHERE id = 1")
    assert "cannot be downloaded" in lead.done("/exports/1/take").main
    assert is_refused(console, events, "export")


def test_taking_an_export_twice(console: Console, writer: DatabaseWriter, events: list[Any]) -> None:
    lead, second = console.sign_in("lead"), console.sign_in("lead")
    lead.done("/exports", EXPORT)
    second.done("/exports/1/decide", {"does": "allow"})
    before = writer.row("export", 1)
    assert lead.send("/exports/1/take").mimetype == "text/csv"
    writer.put_back("export", before)
    assert "cannot be downloaded" in lead.done("/exports/1/take").main
    assert is_refused(console, events, "export")


@pytest.mark.parametrize("column", ["asked_for", "second_factor_since", "made_by"])
def test_passing_by_the_second_person(
    console: Console, writer: DatabaseWriter, events: list[Any], column: str
) -> None:
    """Let a link work that waits, or make a second person of somebody who is not one."""
    admin, second = console.sign_in("admin"), console.sign_in("lead")
    form = {"email": "new@office.example.gov", "role": "lead"}
    link = admin.post("/staff", form).words("link")
    with reading(console.engine) as connection:
        new = account_store.find(connection, email=form["email"])
    assert new is not None
    if column == "asked_for":
        writer.run("UPDATE staff SET asked_for = NULL WHERE id = :id", id=new.id)
        assert open_link(console.anybody(), link).status == 404
    else:
        value = {"second_factor_since": "2020-01-01 00:00:00.000000", "made_by": None}[column]
        own = console.account("lead", made_by=admin.staff, second_factor_since=console.clock())
        browser = console.sign_in(staff=own)
        writer.run(f"UPDATE staff SET {column} = :value WHERE id = :id", value=value, id=own)  # noqa: S608
        assert (
            browser.send(f"/approvals/{new.id}", {"does": "allow"}).headers["Location"].startswith("/sign-in")
        )
        assert open_link(console.anybody(), link).status == 403
    assert is_signed_in(second)
    assert is_refused(console, events, "staff")


def test_another_secret_key_opens_nothing_and_says_so(open_console: OpenConsole, events: list[Any]) -> None:
    console = open_console()
    ana = person(console)
    assert console.anybody().raw("GET", "/readyz").status_code == 200
    other = open_console(secret_key="another-secret-key-of-the-tests-0123", clock=console.clock)
    assert not is_signed_in(with_cookie(other, cookie_of(ana.browser)))
    browser = other.anybody()
    named = "SECRET_KEY is not the one that this database's accounts were made with"
    sign_in = browser.get("/sign-in")
    assert sign_in.status == 503
    assert named in sign_in.main
    assert "do not go together" not in sign_in.main
    assert browser.post("/sign-in", {"email": ana.email, "password": PASSWORD}).status == 503
    ready = browser.raw("GET", "/readyz")
    assert ready.status_code == 503
    assert named in ready.get_data(as_text=True)
    assert is_refused(other, events, "staff_session")
    assert is_signed_in(ana.browser), "with the key of before everything is as it was"


def test_people_at_work_are_not_taken_for_a_writer(console: Console, events: list[Any]) -> None:
    """Pages are read while the same account changes: no row is refused, and nobody is signed out."""
    officer = console.sign_in("officer")
    assert officer.staff is not None
    opened: list[bool] = []

    def read_pages() -> None:
        browser = with_cookie(console, cookie_of(officer))
        opened.extend(is_signed_in(browser) for _ in range(25))

    readers = [threading.Thread(target=read_pages) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(25):
        with writing(console.engine) as connection:
            account_store.change(connection, officer.staff, console.clock(), name=f"Officer {number}")
    for reader in readers:
        reader.join()
    assert opened == [True] * 75
    assert not [event for event in events if event["event"] == "row_refused"]
