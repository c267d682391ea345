"""A console for the browser at http://localhost and a free port, because passkeys need a host name."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import Engine, Table, select, update

from resident_app.clock import utc_now
from resident_app.console.context import open_accounts
from resident_app.database import writing
from resident_app.demonstration.deployment import make_keys
from resident_app.migrations.state import upgrade
from resident_app.security.row_authentication import row_keys_of
from resident_app.settings import REPOSITORY, ConsoleSettings, KeyFileSettings
from resident_app.web.accounts import account_store
from resident_app.web.accounts.enrollment import enrollment_link
from resident_app.web.accounts.staff_tables import Role, StaffSessionRow

SECRET_KEY = "a-secret-key-for-the-browser-0123456789"


@dataclass(frozen=True)
class ConsoleSite:
    """A running console."""

    address: str
    engine: Engine
    instance: Path

    def set_up_link(self, email: str, role: Role = Role.OFFICER, name: str = "") -> str:
        """Add an account and return its set-up link."""
        with writing(self.engine) as connection:
            staff = account_store.add(connection, email, role, utc_now(), name)
            return enrollment_link(self.address, account_store.new_link(connection, staff, utc_now()))

    def make_idle(self) -> None:
        """Make every session one that was not used for 16 minutes, as the console itself would write it."""
        table = cast(Table, StaffSessionRow.__table__)
        with writing(self.engine) as connection:
            keys = row_keys_of(connection)
            for row in connection.execute(select(table)).all():
                columns = row._asdict() | {"seen_at": utc_now() - timedelta(minutes=16)}
                mac = keys.mac(table.name, columns)
                connection.execute(update(table).where(table.c.id == row.id).values(**columns | {"mac": mac}))


@contextlib.contextmanager
def console_site(folder: Path, **environment: str) -> Iterator[ConsoleSite]:
    """Run a console over the instance in `folder`, which a public site may share."""
    instance = folder / "instance"
    settings = KeyFileSettings(_env_file=None, instance_dir=instance)
    make_keys(settings)
    engine = open_accounts(ConsoleSettings(_env_file=None, instance_dir=instance, secret_key=SECRET_KEY))
    upgrade(engine)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / f"console-{port}.log"
    names = {name: value for name, value in os.environ.items() if name != "CONFIG_FILE"}
    names |= {
        "INSTANCE_DIR": str(instance),
        "CONSOLE_PORT": str(port),
        "CONSOLE_CONCURRENCY": "1",
        "SECRET_KEY": SECRET_KEY,
        **environment,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("gunicorn")), "-c", "gunicorn.console.py"],
            cwd=REPOSITORY,
            env=names,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _until_ready(process, port, log)
        yield ConsoleSite(f"http://localhost:{port}", engine, instance)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        engine.dispose()


def _until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            with contextlib.closing(connection):
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError("the console did not start: " + log.read_text())
