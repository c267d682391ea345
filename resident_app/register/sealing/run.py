"""Seal an edition from beginning to end, or take a share of a sealing that another machine began."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from resident_app.database import reading, writing
from resident_app.register.disclosure import Dictionary
from resident_app.register.edition import seal_dictionary
from resident_app.register.probe import seal_probe
from resident_app.register.sealed_file import ROW_BYTES, write_sealed_file
from resident_app.register.sealing.csv_table import (
    DISCLOSURE_COLUMNS,
    ROSTER_COLUMNS,
    CsvTable,
    open_table,
)
from resident_app.register.sealing.index import index_files
from resident_app.register.sealing.plan import (
    LEASE_SECONDS,
    NO_PROGRESS,
    NothingToJoin,
    ProgressReporter,
    SealingError,
    SealingPlan,
    SealingReport,
)
from resident_app.register.sealing.reconcile import reconcile, write_rejects
from resident_app.register.sealing.seal import Chunks, ChunkSealer, seal_chunks
from resident_app.register.sealing.sealing_keys import SealingKeys
from resident_app.register.sealing.work_database import (
    SealingJob,
    WorkDatabase,
    create_job,
    find_job,
    inputs_fingerprint,
    job_identity,
    one_line_database_errors,
    open_shared_engine,
    open_work_database,
)
from resident_app.register.sealing.work_tables import JobRow, WorkKeys

_LOOK_FOR_JOB_SECONDS = 0.5


def seal_edition(plan: SealingPlan, progress: ProgressReporter = NO_PROGRESS) -> SealingReport:
    """Seal one edition to `plan.out`, and continue where an earlier call was interrupted.

    Rejected rows go to `plan.rejects_path`. If there are any and they are not accepted, nothing is
    sealed and the report has no edition. Raises SealingError; `plan.out` is then unchanged.
    """
    plan.check_output()
    _, period_to = plan.period()
    if period_to < plan.period_to:
        progress.message(f"The period ends at the cut-off, {period_to}, not on {plan.period_to}.")
    with _open_inputs(plan.roster, plan.disclosures) as (roster, disclosures):
        identity = job_identity(plan, roster.source, disclosures.source)
        with one_line_database_errors(), open_work_database(plan, identity) as work:
            job = work.resume(identity, progress)
            if job is None:
                job = _index_and_reconcile(plan, work.engine, identity, roster, disclosures, progress)
            else:
                progress.message("Continuing the work of an earlier run.")
            return _seal_job(plan, work, job, roster, disclosures, progress)


def join_sealing(
    engine_url: str,
    roster: Path,
    disclosures: Path,
    key: SealingKeys,
    workers: int,
    wait_seconds: float = 0.0,
    lease_seconds: float = LEASE_SECONDS,
    progress: ProgressReporter = NO_PROGRESS,
) -> SealingJob:
    """Seal chunks of the open job for these files until none is left; return the job.

    This machine needs its own copies of both files and the key. Waits up to `wait_seconds` for the
    job. Raises NothingToJoin, SealingError.
    """
    with (
        _open_inputs(roster, disclosures) as (cards, releases),
        one_line_database_errors(),
        open_shared_engine(engine_url) as engine,
    ):
        job = _wait_for_job(engine, inputs_fingerprint(key, cards.source, releases.source), wait_seconds)
        sealer = ChunkSealer(engine, job, key, cards, releases)
        chunks = Chunks(engine, job.number, lease_seconds)
        seal_chunks(sealer, chunks, job.counts.cards, workers, progress)
        return job


@contextmanager
def _open_inputs(roster: Path, disclosures: Path) -> Iterator[tuple[CsvTable, CsvTable]]:
    """Open both files, and turn any OSError until they are closed into a SealingError."""
    try:
        with open_table(roster, ROSTER_COLUMNS) as cards, open_table(disclosures, DISCLOSURE_COLUMNS) as rest:
            yield cards, rest
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        raise SealingError(f"{name}{error.strerror or error}") from None


def _index_and_reconcile(
    plan: SealingPlan,
    engine: Engine,
    identity: bytes,
    roster: CsvTable,
    disclosures: CsvTable,
    progress: ProgressReporter,
) -> SealingJob:
    """Return a new job with all rows stored; it is open unless its rejects are not accepted."""
    inputs = inputs_fingerprint(plan.key, roster.source, disclosures.source)
    with writing(engine) as connection:
        job = create_job(connection, plan, identity, inputs)
    agencies, grounds = tuple(plan.codes.agencies), tuple(plan.codes.grounds)
    keys = WorkKeys(plan.key, job.edition.id)
    rules = job.rules(agencies, grounds)
    summary = index_files(engine, job, keys, rules, roster, disclosures, progress)
    words = Dictionary(agencies, grounds, summary.offices, tuple(plan.codes.agency_groups.ice))
    dictionary = seal_dictionary(words, plan.key.dictionary, job.edition.id)
    with writing(engine) as connection:
        reconcile(connection, job, dictionary, summary.after_cut_off, plan.accept_rejects, plan.workers)
        reconciled = find_job(connection, JobRow.identity == identity)
    assert reconciled is not None
    return reconciled


def _seal_job(
    plan: SealingPlan,
    work: WorkDatabase,
    job: SealingJob,
    roster: CsvTable,
    disclosures: CsvTable,
    progress: ProgressReporter,
) -> SealingReport:
    write_rejects(plan.rejects_path, work.engine, job, roster, disclosures)
    if not job.is_open:
        work.delete(job)
    if job.counts.rejects and not plan.accept_rejects:
        return SealingReport(job.counts, edition=None)
    if not job.counts.cards:
        work.delete(job)
        raise SealingError(f"{plan.roster}: there is no card in it to seal")
    chunks = Chunks(work.engine, job.number, plan.lease_seconds)
    left, began = chunks.cards_left(), time.monotonic()
    sealer = ChunkSealer(work.engine, job, plan.key, roster, disclosures)
    seal_chunks(sealer, chunks, job.counts.cards, plan.workers, progress)
    seconds = time.monotonic() - began
    register_key = plan.key.register
    probe = seal_probe(register_key.probe_key, job.edition.id)
    edition = replace(job.edition, key_id=register_key.id, probe=probe, made_up=plan.made_up)
    write_sealed_file(plan.out, edition, _sealed_rows(job, chunks, plan.key), plan.key.signing)
    work.delete(job)
    return SealingReport(job.counts, edition, sealed_now=left, seconds=seconds)


def _sealed_rows(job: SealingJob, chunks: Chunks, key: SealingKeys) -> Iterator[bytes]:
    keys = WorkKeys(key, job.edition.id)
    for number, sealed in chunks.sealed():
        rows = keys.open_chunk(number, sealed)
        yield from (rows[at : at + ROW_BYTES] for at in range(0, len(rows), ROW_BYTES))


def _wait_for_job(engine: Engine, inputs: bytes, wait_seconds: float) -> SealingJob:
    deadline = time.monotonic() + wait_seconds
    while True:
        with reading(engine) as connection:
            job = find_job(connection, JobRow.inputs == inputs, JobRow.is_open.is_(True))
        if job is not None:
            return job
        if time.monotonic() >= deadline:
            raise NothingToJoin(
                "that database has no sealing of these two files with this register key; "
                "begin it with `flask register seal --engine`, or give --wait"
            )
        time.sleep(_LOOK_FOR_JOB_SECONDS)
