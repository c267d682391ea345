"""`flask staff`: accounts from the command line of the console's machine."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from resident_app.clock import utc_now
from resident_app.commands import create_app
from resident_app.commands.startup import database_or_exit
from resident_app.database import reading
from resident_app.security.audit_log import AuditEvent
from resident_app.settings import ConsoleSettings
from resident_app.web.accounts.account_store import find_by_link


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.delenv("CONFIG_FILE", raising=False)
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", "s" * 32)
    monkeypatch.setenv("CONSOLE_BASE_URL", "https://console.example.gov")
    return create_app()


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["staff", *arguments])


def test_an_account_is_added_linked_closed_and_reopened(app: Flask) -> None:
    added = run(app, "add", "Ana@office.example.gov", "--role", "admin", "--name", "Ana")
    assert added.exit_code == 0, added.output
    address = added.stdout.strip()
    assert address.startswith("https://console.example.gov/set-up/")
    engine = database_or_exit(ConsoleSettings(_env_file=None))
    with reading(engine) as connection:
        account = find_by_link(connection, address.rpartition("/")[2], utc_now())
        assert account is not None
        assert (account.email, account.name) == ("ana@office.example.gov", "Ana")
        assert connection.scalars(select(AuditEvent.kind)).all() == ["account-changed"]
    run(app, "add", "ben@office.example.gov", "--role", "officer")
    again = run(app, "link", "ana@office.example.gov").stdout.strip()
    with reading(engine) as connection:
        assert find_by_link(connection, address.rpartition("/")[2], utc_now()) is None
        assert find_by_link(connection, again.rpartition("/")[2], utc_now())
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
