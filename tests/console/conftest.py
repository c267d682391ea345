"""The console in a temporary folder, and its staff."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from ivr.simulator import VirtualClock
from resident_app.casework.worker_status import note_heartbeat
from resident_app.console.app import create_console_app
from resident_app.console.context import ConsoleContext, current_context
from resident_app.database import writing
from resident_app.database_roles import DatabaseRole
from resident_app.demonstration.deployment import make_keys
from resident_app.settings import ConsoleSettings, KeyFileSettings
from resident_app.web.accounts import account_store
from resident_app.web.accounts.sessions import ServerSession, add_session
from resident_app.web.accounts.staff_tables import Role
from tests.conftest import NOW, write_audit_key
from tests.console.strict_console import CSRF, StrictConsole, form_token
from tests.roles import close, prepare, url_as

SECRET_KEY = "a-secret-key-of-the-tests-0123456789"


class Console:
    """One console: its application, its context and its staff."""

    def __init__(self, app: Flask, clock: VirtualClock, owner: Engine | None = None):
        self.app = app
        self.clock = clock
        self._accounts = iter(range(1, 10_000))
        with app.app_context():
            self.context: ConsoleContext = current_context()
        # The owner's connections, with the keys that the console has.
        options = self.context.engine.get_execution_options()
        self._owner = owner.execution_options(**options) if owner else self.context.engine

    @property
    def engine(self) -> Engine:
        """The database as its owner sees it, for looking. The application has `context.engine`."""
        return self._owner

    def anybody(self, address: str = "198.51.100.1") -> StrictConsole:
        """A browser that is not signed in."""
        return StrictConsole(self.app, address)

    def account(
        self,
        role: str = "officer",
        languages: Sequence[str] = (),
        name: str = "",
        *,
        second_factor: bool = True,
        **columns: object,
    ) -> int:
        """Add an account whose password nobody knows, and which is established. Returns its id."""
        number, now = next(self._accounts), self.clock()
        name = name or f"{role.capitalize()} {number}"
        row = {
            "languages": tuple(languages),
            "tf_primary_method": "authenticator" if second_factor else None,
            "tf_totp_secret": "none that opens" if second_factor else None,
            "second_factor_since": now - timedelta(days=8) if second_factor else None,
            **columns,
        }
        with writing(self.engine) as connection:
            id = account_store.add(connection, f"{role}{number}@office.example.gov", Role(role), now, name)
            account_store.change(connection, id, now, **row)
        return id

    def sign_in(
        self,
        role: str = "officer",
        languages: Sequence[str] = (),
        name: str = "",
        *,
        staff: int | None = None,
        **columns: object,
    ) -> StrictConsole:
        """A browser whose session is signed in, just now; `staff` is an account that exists already.

        Its account's id is the client's `staff`.
        """
        id = staff if staff is not None else self.account(role, languages, name, **columns)  # type: ignore[arg-type]
        cookie, now = secrets.token_urlsafe(32), self.clock()
        session = ServerSession({}, now)
        session.id = cookie
        session.begin(id, now)
        session["csrf_token"] = CSRF
        with writing(self.engine) as connection:
            add_session(connection, session, now)
        client = self.anybody()
        client.http.set_cookie("console", cookie)
        client.use_token(form_token(self.app))
        client.staff = id
        return client


def let_worker_run(console: Console) -> None:
    """Note a worker that runs as long as the test does, with a phone company and a mail server."""
    at = console.clock() + timedelta(days=3650)
    names: dict[str, str | bool] = {"phone_company": "Twilio", "mail_server": "mail.example.gov"}
    with writing(console.engine) as connection:
        note_heartbeat(connection, "worker-of-the-tests", at, problem="", **names)


OpenConsole = Callable[..., Console]


@pytest.fixture
def open_console(tmp_path: Path) -> Iterator[OpenConsole]:
    """Make consoles in the test's folder, over the database and keys of a public `deployment` there."""
    engines: list[Engine] = []

    def make(clock: VirtualClock | None = None, **changes: Any) -> Console:
        folder = tmp_path / "instance"
        write_audit_key(folder)
        make_keys(KeyFileSettings(_env_file=None, instance_dir=folder))
        settings = ConsoleSettings(
            _env_file=None, **{"instance_dir": folder, "secret_key": SECRET_KEY, **changes}
        )
        clock = clock or VirtualClock(NOW)
        owner = prepare(settings.database)
        url = url_as(settings.database, DatabaseRole.CONSOLE)
        app = create_console_app(settings.model_copy(update={"database_url": url}), clock)
        if settings.database.startswith("sqlite"):
            close(owner)
        made = Console(app, clock, None if settings.database.startswith("sqlite") else owner)
        let_worker_run(made)
        engines.extend((owner, made.context.engine))
        return made

    yield make
    for engine in engines:
        close(engine)


@pytest.fixture
def console(open_console: OpenConsole) -> Console:
    """A console; see `deployment` for the public side of the same database."""
    return open_console()
