"""The rejects file: every rejected row as it was written, where it stands and why it was rejected."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, select

from resident_app.database import reading
from resident_app.register.sealing.csv_table import CsvTable
from resident_app.register.sealing.job import SealingJob
from resident_app.register.sealing.work_tables import RejectRow

HEADER = ("file", "line", "reason", "row")


def write_rejects(
    path: Path, engine: Engine, job: SealingJob, roster: CsvTable, disclosures: CsvTable
) -> None:
    """Write the job's rejects to `path` for its owner's eyes alone; without any, remove a stale file.

    The rows come from the input files: the work database holds their places only.
    """
    if not job.counts.rejects:
        path.unlink(missing_ok=True)
        return
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for kind, table in (("roster", roster), ("disclosures", disclosures)):
            writer.writerows(_rejects(engine, job, kind, table))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _rejects(
    engine: Engine, job: SealingJob, kind: str, table: CsvTable
) -> Iterator[tuple[str, int, str, str]]:
    with reading(engine) as connection:
        rows = connection.execution_options(yield_per=1000).execute(
            select(RejectRow.line, RejectRow.offset, RejectRow.length, RejectRow.reason)
            .where(RejectRow.job == job.number, RejectRow.file == kind)
            .order_by(RejectRow.line)
        )
        for line, offset, length, reason in rows:
            yield table.source.path.name, line, reason, table.text_at(offset, length).rstrip("\r\n")
