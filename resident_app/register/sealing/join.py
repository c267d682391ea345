"""Another machine's share of a sealing: it needs its own copies of both files, the key, and the database."""

import time
from pathlib import Path

from sqlalchemy import Engine

from resident_app.database import reading
from resident_app.register.register_key import RegisterKey
from resident_app.register.sealing.chunks import Chunks
from resident_app.register.sealing.csv_table import DISCLOSURES, ROSTER, open_table
from resident_app.register.sealing.errors import NothingToJoin, SealingError
from resident_app.register.sealing.job import SealingJob, inputs_fingerprint, open_job_by_inputs
from resident_app.register.sealing.plan import LEASE_SECONDS, SILENT, Watcher
from resident_app.register.sealing.seal import Sealer, seal_chunks
from resident_app.register.sealing.work_database import database_errors, shared_engine

_LOOK_EVERY_SECONDS = 0.5


def join_sealing(
    engine_url: str,
    roster: Path,
    disclosures: Path,
    key: RegisterKey,
    workers: int,
    wait_seconds: float = 0.0,
    lease_seconds: float = LEASE_SECONDS,
    watcher: Watcher = SILENT,
) -> SealingJob:
    """Seal chunks of the open job that was made from these files, until none is left.

    Waits up to `wait_seconds` for such a job. Raises NothingToJoin, SealingError.
    """
    try:
        with (
            open_table(roster, ROSTER) as cards,
            open_table(disclosures, DISCLOSURES) as releases,
            database_errors(),
            shared_engine(engine_url) as engine,
        ):
            inputs = inputs_fingerprint(key, cards.source, releases.source)
            job = _find(engine, inputs, wait_seconds)
            sealer = Sealer(engine, job, key, cards, releases)
            chunks = Chunks(engine, job.number, lease_seconds)
            seal_chunks(sealer, chunks, job.counts.cards, workers, watcher)
            return job
    except OSError as error:
        raise SealingError(f"{error.filename or roster}: {error.strerror}") from None


def _find(engine: Engine, inputs: bytes, wait_seconds: float) -> SealingJob:
    deadline = time.monotonic() + wait_seconds
    while True:
        with reading(engine) as connection:
            job = open_job_by_inputs(connection, inputs)
        if job is not None:
            return job
        if time.monotonic() >= deadline:
            raise NothingToJoin(
                "that database has no sealing of these two files with this register key; "
                "begin it with `flask register seal --engine`, or give --wait"
            )
        time.sleep(_LOOK_EVERY_SECONDS)
