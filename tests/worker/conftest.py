"""An office's worker over both databases, a phone provider and a mail server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ivr.simulator import FakeCarrier
from resident_app.commands import create_app
from tests.casework.office import open_office
from tests.conftest import BASE_URL, TOKEN, write_audit_key
from tests.worker.mail_server import MailServer, mail_server
from tests.worker.office import Desk


@pytest.fixture
def provider() -> Iterator[FakeCarrier]:
    """A provider that may be asked for what it refuses."""
    with FakeCarrier(TOKEN, BASE_URL).serving() as fake:
        yield fake


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def desk(engine: Engine, tmp_path: Path, provider: FakeCarrier, mail: MailServer) -> Desk:
    made = Desk(open_office(engine, tmp_path), provider, mail)
    provider.clock = made.clock
    return made


@pytest.fixture
def instance(tmp_path: Path, made_keys: Path) -> Path:
    """An instance folder with the worker's keys alone: the office's private key and the audit key."""
    folder = tmp_path / "instance"
    write_audit_key(folder)
    (folder / "office.private.key").write_bytes((made_keys / "office.private.key").read_bytes())
    return folder


@pytest.fixture
def pipe(tmp_path: Path, made_keys: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with the office's public key and the database alone."""
    for name in (*os.environ,):
        if name.startswith(("TWILIO_", "PUBLIC_", "REGISTER_", "OFFICE_", "CONFIG_FILE", "DATABASE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    (tmp_path / "office.public.key").write_bytes((made_keys / "office.public.key").read_bytes())
    assert create_app().test_cli_runner().invoke(args=["database", "upgrade"]).exit_code == 0
    return tmp_path
