"""Holds: memory stays flat however long the files are."""

from pathlib import Path

import pytest

from resident_app.register.sealing import gather, run
from tests.register.sealing_files import plan, town_is_whole, write_town
from tests.register.test_sealing_killed import run as run_process

# SQLite's page cache, 32 MiB, fills up on the way. Rows kept in memory would take far more.
ROOM_KIB = 40 * 1024


def test_reading_ten_times_the_rows_takes_no_more_memory(tmp_path: Path) -> None:
    peaks = []
    for rows in (20_000, 200_000):
        folder = tmp_path / str(rows)
        folder.mkdir()
        write_town(folder, rows)
        status, peak = run_process(folder, only_read=True)
        assert status == 0
        peaks.append(int(peak))
    assert peaks[1] < peaks[0] + ROOM_KIB


def test_an_edition_sorted_in_many_runs_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = write_town(tmp_path, 300)
    monkeypatch.setattr(
        run, "gather", lambda out, job, chunks, key: gather.gather(out, job, chunks, key, rows_in_a_run=40)
    )

    run.seal_edition(plan(tmp_path))

    assert town_is_whole(tmp_path / "edition.sealed", cards)
    assert len(list(tmp_path.iterdir())) == 3
