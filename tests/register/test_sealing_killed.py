"""Holds: killed at any moment, the same command goes on, and the edition is whole."""

import json
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from resident_app.register.sealing.run import seal_edition
from tests.register.sealing_files import plan, town_is_whole, write_town

CARDS = 150


def start(folder: Path, **wishes: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.register.sealing_process", str(folder), json.dumps(wishes)],
        stdout=subprocess.PIPE,
    )


def run(folder: Path, **wishes: object) -> tuple[int, bytes]:
    process = start(folder, **wishes)
    output, _ = process.communicate()
    return process.returncode, output


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many steps an undisturbed sealing takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    write_town(folder, CARDS)
    status, output = run(folder)
    assert status == 0
    return int(output)


@pytest.mark.parametrize("part", [n / 12 for n in range(12)])
def test_killed_at_a_step_it_goes_on(tmp_path: Path, steps: int, part: float) -> None:
    cards = write_town(tmp_path, CARDS)
    died = run(tmp_path, die_at=1 + int(steps * part))[0]
    assert died == -signal.SIGKILL

    seal_edition(plan(tmp_path))

    assert town_is_whole(tmp_path / "edition.sealed", cards)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "disclosures.csv",
        "edition.sealed",
        "roster.csv",
    ]


@pytest.mark.parametrize("before_the_end", range(1, 9))
def test_killed_while_the_file_appears_and_the_work_goes(
    tmp_path: Path, steps: int, before_the_end: int
) -> None:
    cards = write_town(tmp_path, CARDS)
    run(tmp_path, die_at=steps - before_the_end)
    if (tmp_path / "edition.sealed").exists():
        assert town_is_whole(tmp_path / "edition.sealed", cards)

    seal_edition(plan(tmp_path))

    assert town_is_whole(tmp_path / "edition.sealed", cards)


def test_killed_again_and_again_at_any_time(tmp_path: Path) -> None:
    """By the clock, in whatever the process is doing just then."""
    cards = write_town(tmp_path, 400)
    chance = random.Random(20180110)
    for attempt in range(10):
        process = start(tmp_path, memory_kib=2048)
        try:
            process.communicate(timeout=chance.uniform(0.3, 1.0 + attempt / 4))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        if process.returncode == 0:
            break
    else:
        assert run(tmp_path, memory_kib=2048)[0] == 0
    assert town_is_whole(tmp_path / "edition.sealed", cards)


def test_two_continuations_of_one_work_file_are_the_same_to_the_byte(tmp_path: Path, steps: int) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    write_town(first, CARDS)
    assert run(first, die_at=int(steps * 0.6))[0] == -signal.SIGKILL
    shutil.copytree(first, second)

    for folder in (first, second):
        assert run(folder)[0] == 0

    assert (first / "edition.sealed").read_bytes() == (second / "edition.sealed").read_bytes()
