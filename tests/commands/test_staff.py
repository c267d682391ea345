"""`flask staff`: accounts from the command line of the console's machine."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, select, text

from resident_app.casework.office_keys import load_office_keys, make_office_keys
from resident_app.clock import utc_now
from resident_app.commands import create_app
from resident_app.commands.startup import database_or_exit
from resident_app.console.context import with_console_keys
from resident_app.database import reading, writing
from resident_app.intake.message_tables import OutgoingRow
from resident_app.security.audit_log import AuditEvent
from resident_app.settings import ConsoleSettings
from resident_app.web.accounts import account_store
from resident_app.web.accounts.account_store import find_by_link
from resident_app.web.accounts.staff_tables import Role
from resident_app.worker.unattended import open_message
from tests.casework.office import open_office
from tests.conftest import write_audit_key


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.delenv("CONFIG_FILE", raising=False)
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    write_audit_key(tmp_path)
    monkeypatch.setenv("SECRET_KEY", "s" * 32)
    monkeypatch.setenv("CONSOLE_BASE_URL", "https://console.example.gov")
    return create_app()


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["staff", *arguments])


def test_an_account_is_added_linked_closed_and_reopened(app: Flask) -> None:
    added = run(app, "add", "Ana@office.example.gov", "--role", "admin", "--name", "Ana")
    assert added.exit_code == 0, added.output
    address = added.stdout.strip()
    assert address.startswith("https://console.example.gov/set-up#")
    settings = ConsoleSettings(_env_file=None)
    engine = with_console_keys(database_or_exit(settings), settings)
    with reading(engine) as connection:
        account = find_by_link(connection, address.rpartition("#")[2], utc_now())
        assert account is not None
        assert (account.email, account.name) == ("ana@office.example.gov", "Ana")
        kinds = connection.scalars(select(AuditEvent.kind).order_by(AuditEvent.number)).all()
        assert kinds == ["row-version", "account-changed", "one-person", "row-version"]
    run(app, "add", "ben@office.example.gov", "--role", "officer")
    again = run(app, "link", "ana@office.example.gov").stdout.strip()
    with reading(engine) as connection:
        assert find_by_link(connection, address.rpartition("#")[2], utc_now()) is None
        assert find_by_link(connection, again.rpartition("#")[2], utc_now())
    assert "only admin" in run(app, "close", "ana@office.example.gov").output
    assert run(app, "close", "ben@office.example.gov").exit_code == 0
    assert run(app, "open", "ben@office.example.gov").exit_code == 0
    assert "closed" not in run(app, "list").stdout
    run(app, "close", "ben@office.example.gov")
    listed = run(app, "list").stdout
    assert "ana@office.example.gov" in listed
    assert "closed" in listed
    assert "2 accounts" in listed
    engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", "nobody", "--role", "lead"), "is not an e-mail address"),
        (("add", "a@b.example", "--role", "chief"), "chief"),
        (("link", "none@b.example"), "has no account"),
        (("close", "none@b.example"), "has no account"),
    ],
)
def test_a_wrong_argument_is_named(app: Flask, arguments: tuple[str, ...], why: str) -> None:
    result = run(app, *arguments)
    assert result.exit_code != 0
    assert why in result.output


def test_an_address_can_have_one_account(app: Flask) -> None:
    run(app, "add", "a@b.example", "--role", "lead")
    assert "already has an account" in run(app, "add", "A@B.example", "--role", "lead").output


def test_accounts_of_version_0_2_are_sealed_once(app: Flask) -> None:
    run(app, "add", "ana@office.example.gov", "--role", "admin")
    engine = database_or_exit(ConsoleSettings(_env_file=None))
    with writing(engine) as connection:  # As the migration leaves what was there.
        connection.execute(text("UPDATE staff SET mac = NULL, version = 0, passkeys = NULL, sessions = NULL"))
        connection.execute(text("DELETE FROM audit_event"))
    assert "has no account" in run(app, "link", "ana@office.example.gov").output
    assert "Accounts sealed: 1" in run(app, "seal").output
    assert run(app, "link", "ana@office.example.gov").exit_code == 0
    with writing(engine) as connection:
        connection.execute(text("UPDATE staff SET mac = NULL"))
    assert "sealed already" in run(app, "seal").output, "a row without a seal was written by somebody else"
    engine.dispose()


def test_another_secret_key_needs_a_person_to_confirm_each_account(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(app, "add", "ana@office.example.gov", "--role", "admin")
    monkeypatch.setenv("SECRET_KEY", "t" * 32)
    listed = run(app, "list")
    assert "0 accounts" in listed.stdout
    assert "SECRET_KEY is not the one that this database's accounts were made with" in listed.stderr
    for command in (
        ("add", "ben@office.example.gov", "--role", "officer"),
        ("link", "ana@office.example.gov"),
        ("close", "ana@office.example.gov"),
        ("open", "ana@office.example.gov"),
    ):
        assert "SECRET_KEY is not the one" in run(app, *command).output
    refused = app.test_cli_runner().invoke(args=["staff", "confirm", "ana@office.example.gov"], input="n\n")
    assert refused.exit_code == 1
    assert "0 accounts" in run(app, "list").stdout
    asked = run(app, "confirm", "ana@office.example.gov", "--yes")
    assert "every other account must be confirmed too" in asked.stderr
    assert "ana@office.example.gov, admin, open" in asked.stderr
    assert asked.stdout.startswith("https://console.example.gov/set-up")
    assert "1 accounts" in run(app, "list").stdout
    assert "has no account" in run(app, "confirm", "ben@office.example.gov", "--yes").output
    engine = database_or_exit(ConsoleSettings(_env_file=None))
    with reading(engine) as connection:
        fields = connection.scalars(select(AuditEvent.fields)).all()
    assert any('"confirmed"' in each for each in fields)
    engine.dispose()


def test_without_a_keyed_audit_log_a_command_says_what_to_do(app: Flask) -> None:
    run(app, "add", "ana@office.example.gov", "--role", "admin")
    engine = database_or_exit(ConsoleSettings(_env_file=None))
    with writing(engine) as connection:
        connection.execute(text("UPDATE audit_event SET key_id = ''"))
    result = run(app, "seal")
    assert result.exit_code == 1
    assert "run `flask audit begin`" in result.output
    engine.dispose()


def make_two_people(engine: Engine) -> None:
    """Make two leads who have had a second factor for eight days."""
    now = utc_now()
    with writing(engine) as connection:
        for name in ("ana", "ben"):
            id = account_store.add(connection, f"{name}@office.example.gov", Role.LEAD, now)
            since = now - timedelta(days=8)
            account_store.change(
                connection, id, now, password="x", tf_totp_secret="x", second_factor_since=since
            )


def test_with_two_people_a_lead_s_link_waits_except_in_an_emergency(app: Flask) -> None:
    settings = ConsoleSettings(_env_file=None)
    engine = with_console_keys(database_or_exit(settings), settings)
    make_two_people(engine)
    for arguments, role, waits in (
        ((), "officer", False),
        ((), "lead", True),
        (("--emergency",), "admin", False),
    ):
        result = run(app, "add", f"{role}@office.example.gov", "--role", role, *arguments)
        token = result.stdout.strip().rpartition("#")[2]
        with reading(engine) as connection:
            found = find_by_link(connection, token, utc_now())
        assert found is not None
        assert (found.asked_for is not None) is waits
        assert ("waits until a second person" in result.stderr) is waits
    with reading(engine) as connection:
        events = connection.execute(
            select(AuditEvent.kind, AuditEvent.fields).where(AuditEvent.kind == "one-person")
        ).all()
    assert len(events) == 1
    assert '"emergency": 1' in events[0].fields
    run(app, "close", "ana@office.example.gov")
    opened = run(app, "open", "ana@office.example.gov")
    assert "waits until a second person" in opened.output
    assert "waits for a second person" in run(app, "open", "ana@office.example.gov").output
    engine.dispose()


def test_every_lead_gets_an_e_mail_about_an_emergency(app: Flask, tmp_path: Path) -> None:
    settings = ConsoleSettings(_env_file=None)
    engine = with_console_keys(database_or_exit(settings), settings)
    make_two_people(engine)
    without = run(app, "link", "ana@office.example.gov", "--emergency")
    assert "No e-mail" in without.stderr
    private, _ = make_office_keys()
    (tmp_path / "office.private.key").write_text(private)
    (tmp_path / "office.private.key").chmod(0o600)
    run(app, "link", "ana@office.example.gov", "--emergency")
    keys = load_office_keys(tmp_path / "office.private.key")
    with reading(engine) as connection:
        rows = connection.execute(select(OutgoingRow.__table__)).all()
    mail = [open_message(row.sealed, keys, row.key) for row in rows]
    assert {message.to for message in mail} == {"ana@office.example.gov", "ben@office.example.gov"}
    assert all("a set-up link for ana@office.example.gov" in message.body for message in mail)
    engine.dispose()


def test_closing_an_account_says_where_its_open_requests_go(app: Flask, tmp_path: Path) -> None:
    settings = ConsoleSettings(_env_file=None)
    engine = with_console_keys(database_or_exit(settings), settings)
    for name in ("ana", "ben"):
        run(app, "add", f"{name}@office.example.gov", "--role", "officer")
    office = open_office(engine, tmp_path)
    numbers = [office.leave(assigned_to=1) for _ in range(2)]
    refused = run(app, "close", "ana@office.example.gov")
    assert "2 open requests are assigned to ana@office.example.gov" in refused.output
    assert (
        "cannot get requests"
        in run(app, "close", "ana@office.example.gov", "--give-to", "ana@office.example.gov").output
    )
    closed = run(app, "close", "ana@office.example.gov", "--give-to", "ben@office.example.gov")
    assert "2 open requests: ben@office.example.gov." in closed.output
    assert [office.opened(number).row.assigned_to for number in numbers] == [2, 2]
    engine.dispose()
