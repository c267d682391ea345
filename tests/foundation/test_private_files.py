"""What our processes write is for their user alone, and a key that others may read stops the start."""

import os
import signal
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from resident_app.casework.office_keys import load_office_keys
from resident_app.database import open_database
from resident_app.migrations.state import upgrade
from resident_app.private_files import open_files, refuse_open_key, tighten
from resident_app.register.register_key import load_register_keys
from resident_app.register.signatures import load_signing_key
from resident_app.security.public_keys import load_public_keys
from resident_app.settings import REPOSITORY, SettingsError

FLASK = str(REPOSITORY / ".venv" / "bin" / "flask")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310
            return response.status == 200
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def test_everything_that_make_run_makes_is_private(tmp_path: Path) -> None:
    """The demonstration and every process of `scripts/serve`, started with the usual, open umask."""
    instance = tmp_path / "instance"
    port, console, phones = free_port(), free_port(), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name != "CONFIG_FILE"},
        "INSTANCE_DIR": str(instance),
        "PORT": str(port),
        "CONSOLE_PORT": str(console),
        "PHONES_PORT": str(phones),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "WEB_CONCURRENCY": "1",
        "CONSOLE_CONCURRENCY": "1",
    }
    umask = ["sh", "-c", 'umask 022; exec "$@"', "sh"]
    subprocess.run([*umask, FLASK, "demo"], cwd=REPOSITORY, env=environment, check=True, capture_output=True)
    running = subprocess.Popen(
        [*umask, "scripts/serve"],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 90
        wanted = [
            lambda: answers(f"http://127.0.0.1:{port}/readyz/checks"),
            lambda: answers(f"http://127.0.0.1:{console}/"),
            (instance / "jobs.db-wal").exists,
            (instance / "resident.db-wal").exists,
        ]
        while not all(is_there() for is_there in wanted):
            assert time.monotonic() < deadline, [is_there() for is_there in wanted]
            assert running.poll() is None
            time.sleep(0.5)
        modes = {
            path.relative_to(instance).as_posix(): stat.S_IMODE(path.lstat().st_mode)
            for path in [instance, *instance.rglob("*")]
        }
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(40)
    assert modes.pop("evaluator") == 0o750
    assert modes.pop("evaluator/socket") == 0o660
    assert {"resident.db", "resident.db-shm", "jobs.db", "settings.env", "capacity", "worker-1.lock"} < set(
        modes
    )
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_a_database_of_before_is_tightened(tmp_path: Path) -> None:
    path = tmp_path / "resident.db"
    path.touch()
    path.chmod(0o644)
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    journal = path.with_name("resident.db-wal")
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, journal)] == [0o600, 0o600]
    engine.dispose()


LOADERS: list[tuple[str, Callable[[Path], object]]] = [
    ("register.key", load_register_keys),
    ("public.keys", load_public_keys),
    ("office.private.key", load_office_keys),
    ("publisher.key", lambda path: load_signing_key(path, "publisher", "PUBLISHER_KEY_FILE")),
    (
        "edition-signing.key",
        lambda path: load_signing_key(path, "edition-signing", "EDITION_SIGNING_KEY_FILE"),
    ),
]


@pytest.mark.parametrize(("name", "load"), LOADERS)
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o606, 0o660])
def test_a_key_that_others_may_read_or_write_is_refused(
    made_keys: Path, tmp_path: Path, name: str, load: Callable[[Path], object], mode: int
) -> None:
    key = tmp_path / name
    key.write_bytes((made_keys / name).read_bytes())
    key.chmod(0o600)
    load(key)
    key.chmod(mode)
    with pytest.raises(SettingsError, match=rf"_FILE: other users may read .*{name}; run `chmod 600"):
        load(key)


def test_roots_key_may_be_its_groups(tmp_path: Path) -> None:
    """As for PostgreSQL's own key: a service that runs as another user is given it by group."""
    key = tmp_path / "some.key"
    key.touch()
    key.chmod(0o640)
    if os.geteuid() == 0:
        refuse_open_key("SOME_KEY_FILE", key)
        os.chown(key, 1234, 1234)
    with pytest.raises(SettingsError):
        refuse_open_key("SOME_KEY_FILE", key)
    refuse_open_key("SOME_KEY_FILE", tmp_path / "none.key")


def test_what_is_open_is_named_and_tightened(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    (folder / "capacity").mkdir(parents=True)
    for path, mode in ((folder, 0o755), (folder / "capacity", 0o750)):
        path.chmod(mode)
    for name, mode in (("secret.key", 0o640), ("office.public.key", 0o644), ("private.key", 0o600)):
        (folder / name).touch()
        (folder / name).chmod(mode)
    (folder / "link").symlink_to(folder / "private.key")
    public = [folder / "office.public.key"]
    named = [found.path for found in open_files(folder, public)]
    assert named == [folder, folder / "capacity", folder / "secret.key"]
    assert "has mode 0640; it should be 0600" in str(list(open_files(folder, public))[-1])
    tighten(folder)
    assert list(open_files(folder, public)) == []
