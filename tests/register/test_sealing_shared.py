"""Holds: several machines share a sealing, one may die, and no plain text leaves them."""

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from resident_app.commands.seal import seal_worker
from resident_app.register.register_key import RegisterKey
from resident_app.register.sealing.plan import AlreadySealing, NothingToJoin
from resident_app.register.sealing.run import join_sealing, seal_edition
from tests.register.sealing_files import KEY, plan, town_is_whole, write_keys, write_town
from tests.register.test_sealing_killed import run, start

SLOW_KIB = 4096


@pytest.fixture
def url(empty_postgresql: str) -> str:
    return empty_postgresql.replace("postgresql://", "postgresql+psycopg://")


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def sealed_chunks(url: str) -> int:
    try:
        with connected(url) as connection:
            row = connection.execute("SELECT count(*) FROM sealing_chunk WHERE sealed IS NOT NULL").fetchone()
    except psycopg.errors.UndefinedTable:
        return 0
    assert row is not None
    return int(row[0])


def wait_for_chunks(url: str, wanted: int) -> None:
    deadline = time.monotonic() + 60
    while sealed_chunks(url) < wanted:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rows_left(url: str) -> int:
    with connected(url) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM sealing_{name}").fetchone()  # type: ignore[arg-type]  # noqa: S608
            for name in ("job", "card", "disclosure", "uncertain_person", "reject", "chunk")
        ]
    return sum(row[0] for row in counts if row is not None)


@pytest.mark.parametrize("killed", ["nobody", "worker", "coordinator"])
def test_a_coordinator_and_a_worker_share_the_work(tmp_path: Path, url: str, killed: str) -> None:
    cards = write_town(tmp_path, 600)
    usual = {"engine": url, "memory_kib": SLOW_KIB, "lease": 3.0}
    coordinator = start(tmp_path, **usual)
    worker = start(tmp_path, **usual, join=True)
    wait_for_chunks(url, 3)
    if killed != "nobody":
        victim = worker if killed == "worker" else coordinator
        victim.kill()
        victim.communicate()
        assert victim.returncode == -signal.SIGKILL
    if killed != "worker":
        worker.communicate(timeout=120)
        assert worker.returncode == 0
    if killed != "coordinator":
        coordinator.communicate(timeout=120)
        assert coordinator.returncode == 0
    else:
        assert not (tmp_path / "edition.sealed").exists()
        assert run(tmp_path, **usual)[0] == 0

    assert town_is_whole(tmp_path / "edition.sealed", cards)
    assert rows_left(url) == 0


def test_an_interrupted_reading_starts_over(tmp_path: Path, url: str) -> None:
    cards = write_town(tmp_path, 100)
    assert run(tmp_path, engine=url, die_at=45)[0] == -signal.SIGKILL

    seal_edition(plan(tmp_path, engine_url=url))

    assert town_is_whole(tmp_path / "edition.sealed", cards)
    assert rows_left(url) == 0


def test_there_is_one_coordinator_for_an_edition(tmp_path: Path, url: str) -> None:
    write_town(tmp_path, 600)
    coordinator = start(tmp_path, engine=url)
    try:
        wait_for_chunks(url, 1)
        with pytest.raises(AlreadySealing):
            seal_edition(plan(tmp_path, engine_url=url, out=tmp_path / "another"))
    finally:
        coordinator.kill()
        coordinator.communicate()


@pytest.mark.parametrize("other", ["files", "key", "nothing begun"])
def test_a_worker_without_the_same_files_and_key_finds_nothing(tmp_path: Path, url: str, other: str) -> None:
    write_town(tmp_path, 300)
    if other != "nothing begun":
        begun = start(tmp_path, engine=url, memory_kib=SLOW_KIB)
        wait_for_chunks(url, 1)
        begun.kill()
        begun.communicate()
    if other == "files":
        with (tmp_path / "roster.csv").open("a") as roster:
            roster.write("\n")
    key = replace(KEY, register=RegisterKey(bytes(32))) if other == "key" else KEY
    with pytest.raises(NothingToJoin):
        join_sealing(url, tmp_path / "roster.csv", tmp_path / "disclosures.csv", key, 1)


def test_the_worker_command_ends_with_one_clear_line_or_none_left(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = write_town(tmp_path, 600)
    for name, path in write_keys(tmp_path / "keys").items():
        monkeypatch.setenv(name, path)
    options = ["--engine", url.replace("+psycopg", ""), "--workers", "1"]
    files = ["--roster", str(tmp_path / "roster.csv"), "--disclosures", str(tmp_path / "disclosures.csv")]

    alone = CliRunner().invoke(seal_worker, [*options, *files])
    assert alone.exit_code == 1
    assert "begin it with" in alone.stderr
    coordinator = start(tmp_path, engine=url, memory_kib=SLOW_KIB)
    joined = CliRunner().invoke(seal_worker, [*options, *files, "--wait", "60"])

    assert joined.exit_code == 0
    assert "is sealed" in joined.stdout
    coordinator.communicate(timeout=120)
    assert town_is_whole(tmp_path / "edition.sealed", cards)


def test_nothing_of_the_files_is_in_the_work(tmp_path: Path, url: str) -> None:
    """Searched in every file that the database wrote meanwhile, its log too, and of the work on the side."""
    began = time.time()
    write_town(tmp_path, 300)
    for engine in (url, None):
        assert run(tmp_path, engine=engine, die_at=150)[0] == -signal.SIGKILL
    with connected(url) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    files = [path for path in Path(row[0]).rglob("*") if path.is_file()]
    database = [path for path in files if path.stat().st_mtime > began - 2]
    assert any("pg_wal" in path.parts for path in database)
    beside = list(tmp_path.glob("edition.sealed.work*"))
    assert beside
    assert sealed_chunks(url) > 0
    assert run(tmp_path)[0] == 0
    words = plain_words(tmp_path)
    assert words.search((tmp_path / "roster.csv").read_bytes())

    for path in [*database, *beside, tmp_path / "edition.sealed"]:
        if path.exists():
            assert not words.search(path.read_bytes()), path


def plain_words(folder: Path) -> re.Pattern[bytes]:
    """Every field of both files that says something of someone, in UTF-8 or UTF-16."""
    words = set()
    for name in ("roster.csv", "disclosures.csv"):
        for row in (folder / name).read_text().splitlines()[1:]:
            words.update(word for word in row.split(",") if len(word) > 5)
    forms = [form for word in words for form in (word.encode(), word.encode("utf-16-le"))]
    return re.compile(b"|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
