"""Holds: memory stays flat however long the files are."""

import random
from pathlib import Path

from resident_app.register.sealed_file import read_sealed_file, write_sealed_file
from resident_app.register.sealing.run import seal_edition
from tests.register.sealing_files import SIGNING, VERIFY, write_files, write_town
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


def test_a_file_sorted_in_many_runs_is_the_same(tmp_path: Path) -> None:
    made = write_files(tmp_path, [f"p{n},WDL{n:09},1987-03-04,2015-11-02" for n in range(300)], [])
    seal_edition(made)
    with read_sealed_file(made.out, VERIFY) as file:
        edition, rows = file.edition, [label + envelope for label, envelope in file.envelopes()]
    random.Random(9497).shuffle(rows)

    for sorted_in_memory in (40, 100, 300, 301):
        again = tmp_path / f"again-{sorted_in_memory}"
        write_sealed_file(again, edition, rows, SIGNING, sorted_in_memory)
        assert again.read_bytes() == made.out.read_bytes()
    assert len(list(tmp_path.iterdir())) == 7
