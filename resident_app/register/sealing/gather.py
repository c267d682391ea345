"""The end of a sealing: all sealed chunks, sorted by label in flat memory, become the sealed file."""

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from resident_app.register.register_key import RegisterKey
from resident_app.register.sealed_file import ROW_BYTES, write_sealed_file
from resident_app.register.sealing.chunks import Chunks
from resident_app.register.sealing.job import SealingJob
from resident_app.register.sealing.work_keys import WorkKeys

ROWS_IN_A_RUN = 100_000
"""29 MB: what is sorted in memory at once."""

_ROWS_READ_AT_ONCE = 256


def gather(
    out: Path, job: SealingJob, chunks: Chunks, key: RegisterKey, rows_in_a_run: int = ROWS_IN_A_RUN
) -> None:
    """Write the edition to `out`, which appears whole or not at all. Raises SealingError.

    Sorting takes the rows out of the roster's order: an envelope's place says nothing.
    """
    keys = WorkKeys(key, job.edition.id)
    with ExitStack() as stack:
        runs: list[Iterator[bytes]] = []
        for rows in _sorted_runs(keys, chunks, rows_in_a_run):
            if len(rows) == job.edition.envelopes:
                runs.append(iter(rows))
                break
            # Beside the output, where there is room for it; without a name, so that it cannot stay behind.
            file = stack.enter_context(TemporaryFile(dir=out.parent))
            file.writelines(rows)
            runs.append(_rows_of(file))
        write_sealed_file(out, job.edition, heapq.merge(*runs), key)


def _sorted_runs(keys: WorkKeys, chunks: Chunks, rows_in_a_run: int) -> Iterator[list[bytes]]:
    rows: list[bytes] = []
    for number, sealed in chunks.sealed():
        chunk = keys.open_chunk(number, sealed)
        rows.extend(chunk[at : at + ROW_BYTES] for at in range(0, len(chunk), ROW_BYTES))
        if len(rows) >= rows_in_a_run:
            rows.sort()
            yield rows
            rows = []
    if rows:
        rows.sort()
        yield rows


def _rows_of(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(ROW_BYTES * _ROWS_READ_AT_ONCE):
        for at in range(0, len(block), ROW_BYTES):
            yield block[at : at + ROW_BYTES]
