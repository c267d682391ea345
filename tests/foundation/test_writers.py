"""Writers of one SQLite file: all get their turn, nobody waits for the dead, and a wait has an end."""

import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from resident_app import database
from resident_app.database import deciding, open_database, reading, writing

PROCESSES, TIMES = 3, 40
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE number (value INTEGER)"))
        connection.execute(text("INSERT INTO number VALUES (0)"))
    yield engine
    engine.dispose()


def value(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(text("SELECT value FROM number")).scalar_one())


def add_one_if_unchanged(engine: Engine) -> bool:
    with deciding(engine) as connection:
        seen = connection.execute(text("SELECT value FROM number")).scalar_one()
        changed = connection.execute(
            text("UPDATE number SET value = :next WHERE value = :seen"), {"seen": seen, "next": seen + 1}
        )
        return changed.rowcount == 1


def _add(url: str) -> None:
    engine = open_database(url)
    for number in range(TIMES):
        with writing(engine, durable=number % 8 == 0) as connection:
            seen = connection.execute(text("SELECT value FROM number")).scalar_one()
            connection.execute(text("UPDATE number SET value = :next"), {"next": seen + 1})
        while not add_one_if_unchanged(engine):
            pass


def test_processes_that_write_at_once_lose_nothing(url: str, engine: Engine) -> None:
    processes = [SPAWN.Process(target=_add, args=(url,)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert value(engine) == PROCESSES * TIMES * 2


def _hold(url: str, held: Any) -> None:
    with writing(open_database(url)) as connection:
        connection.execute(text("UPDATE number SET value = 1000"))
        held.set()
        time.sleep(60)


def test_a_writer_that_is_killed_holds_up_nobody(url: str, engine: Engine) -> None:
    held = SPAWN.Event()
    process = SPAWN.Process(target=_hold, args=(url, held))
    process.start()
    assert held.wait(20)
    process.kill()
    process.join()
    assert add_one_if_unchanged(engine)
    assert value(engine) == 1, "what was not committed is gone"


def test_a_wait_for_another_process_ends(url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MOST_SECONDS_TO_WRITE", 0.2)
    impatient = open_database(url)
    with writing(engine):
        with pytest.raises(OperationalError), writing(impatient):
            pass
        with pytest.raises(OperationalError):
            add_one_if_unchanged(impatient)
        assert value(impatient) == 0, "readers never wait"
    assert add_one_if_unchanged(impatient)
    impatient.dispose()


def test_a_wait_for_another_thread_ends(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MOST_SECONDS_TO_WRITE", 0.2)
    with writing(engine), pytest.raises(PoolTimeout), writing(engine):
        pass
    assert add_one_if_unchanged(engine)


def test_what_is_durable_is_so_alone(engine: Engine) -> None:
    def synchronous() -> int:
        with reading(engine) as connection:
            return int(connection.execute(text("PRAGMA synchronous")).scalar_one())

    with writing(engine, durable=True) as connection:
        full = connection.execute(text("PRAGMA synchronous")).scalar_one()
    assert (full, synchronous()) == (2, 1)
