"""The short-lived store: emptied at the start of the first process, shared by all, in no write-ahead log."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, text

from resident_app.database import open_database, reading
from resident_app.migrations.models import load_metadata
from resident_app.migrations.state import upgrade
from resident_app.security.limit_keys import RotatingKey
from resident_app.security.rate_limits import LimitState, RateLimit, RateLimiter
from resident_app.settings import SettingsError
from resident_app.short_lived import FILE_NAME, ShortLivedBase, open_short_lived
from tests.conftest import DeployWith
from tests.load.servers import serving

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMIT = RateLimit("marked-purpose", "marked-name", 1)


@contextmanager
def opened(folder: Path) -> Iterator[Engine]:
    database = open_database(f"sqlite:///{folder / 'resident.db'}")
    store = open_short_lived(database)
    yield store
    store.dispose()
    database.dispose()


def count_once(store: Engine) -> LimitState:
    """Use up a limit of one attempt. Another attempt is then refused."""
    attempts = RateLimiter(store, RotatingKey(bytes(32)))
    reservation = attempts.reserve([LIMIT], NOON)
    if reservation.state is LimitState.OPEN:
        attempts.count(reservation)
    return reservation.state


def test_it_never_waits_for_the_disk_and_the_database_beside_it_does(tmp_path: Path) -> None:
    """After a loss of power the file is emptied anyway."""
    database = open_database(f"sqlite:///{tmp_path / 'resident.db'}")
    synchronous = []
    with opened(tmp_path) as store:
        for engine in (store, database):
            with reading(engine) as connection:
                synchronous.append(connection.execute(text("PRAGMA synchronous")).scalar_one())
    database.dispose()
    assert synchronous == [0, 1]


def test_the_first_process_to_open_the_file_empties_it(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert count_once(store) is LimitState.OPEN
        assert count_once(store) is LimitState.REACHED
    with opened(tmp_path) as store:
        assert count_once(store) is LimitState.OPEN


def test_a_process_that_joins_empties_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        count_once(first)
        joins = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from resident_app.database import open_database;"
                "from resident_app.short_lived import open_short_lived;"
                "open_short_lived(open_database(sys.argv[1]))",
                f"sqlite:///{tmp_path / 'resident.db'}",
            ],
            check=False,
        )
        assert joins.returncode == 0
        assert count_once(first) is LimitState.REACHED


def test_its_files_are_their_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with opened(tmp_path) as store:
            count_once(store)
            files = list(tmp_path.glob("short-lived*"))
            assert {path.name for path in files} >= {FILE_NAME, f"{FILE_NAME}-wal", "short-lived.lock"}
            assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    finally:
        os.umask(before)


def test_a_damaged_file_does_not_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 1000)
    with opened(tmp_path) as store:
        assert count_once(store) is LimitState.OPEN


def test_a_folder_that_cannot_be_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    database = open_database(f"sqlite:///{tmp_path / 'file' / 'resident.db'}")
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        open_short_lived(database)


def test_a_worker_that_starts_again_does_not_empty_it_and_a_restart_of_the_service_does(
    deploy: DeployWith,
) -> None:
    """What is in the file of a real server, with one worker that is killed, and after a stop and a start."""
    made = deploy()
    instance = made.context.settings.instance_dir
    made.short_lived.dispose()
    form = {"reach_by": "email", "email": "person@example.org", "message": "words", "topic": "question"}
    with serving(instance, WEB_CONCURRENCY="1") as server:
        # Each counts for its network, and among those of all.
        assert server.request("POST", "/en/help", form)[0] == 200
        assert attempts_in(instance) == 2
        [worker] = psutil.Process(server.process.pid).children()
        worker.send_signal(signal.SIGKILL)
        worker.wait(20)
        server.until_ready()
        assert server.request("POST", "/en/help", form | {"message": "other words"})[0] == 200
        assert attempts_in(instance) == 4
    with serving(instance, WEB_CONCURRENCY="1"):
        assert attempts_in(instance) == 0


def attempts_in(instance: Path) -> int:
    with closing(sqlite3.connect(instance / FILE_NAME)) as connection:
        return int(connection.execute("SELECT count(*) FROM attempt").fetchone()[0])


def test_on_postgresql_every_table_of_it_is_unlogged_and_no_other(empty_postgresql: str) -> None:
    engine = open_database("postgresql+psycopg" + empty_postgresql.removeprefix("postgresql"))
    upgrade(engine)
    load_metadata()
    with reading(engine) as connection:
        rows = connection.execute(
            text(
                "SELECT relname, relpersistence FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        ).all()
    engine.dispose()
    assert {row.relname for row in rows if row.relpersistence == "u"} == set(ShortLivedBase.metadata.tables)
    engine.dispose()
