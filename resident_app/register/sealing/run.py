"""One sealing from beginning to end, which can be killed anywhere and called again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from resident_app.database import writing
from resident_app.register.disclosure import Dictionary
from resident_app.register.edition import seal_dictionary
from resident_app.register.sealing.chunks import Chunks
from resident_app.register.sealing.csv_table import DISCLOSURES, ROSTER, CsvTable, open_table
from resident_app.register.sealing.errors import SealingError
from resident_app.register.sealing.gather import gather
from resident_app.register.sealing.index import index_files
from resident_app.register.sealing.job import (
    SealingJob,
    add_job,
    identity,
    inputs_fingerprint,
    job_by_identity,
)
from resident_app.register.sealing.plan import SILENT, SealingPlan, SealingReport, Watcher
from resident_app.register.sealing.rejects import write_rejects
from resident_app.register.sealing.seal import Sealer, seal_chunks
from resident_app.register.sealing.settle import settle
from resident_app.register.sealing.work_database import Work, database_errors, work_beside, work_shared
from resident_app.register.sealing.work_keys import WorkKeys


def seal_edition(plan: SealingPlan, watcher: Watcher = SILENT) -> SealingReport:
    """Seal one edition to `plan.out`, going on where an earlier call was interrupted.

    Rejected rows are written to `plan.rejects_path`; unless `plan.accept_rejects`, nothing is
    sealed then and the report has no edition. Raises SealingError; `plan.out` is then untouched.
    """
    _check_output(plan)
    _, period_to = plan.period()
    if period_to < plan.period_to:
        watcher.say(f"The period ends at the cut-off, {period_to}, not on {plan.period_to}.")
    with _inputs_and_output(plan) as (roster, disclosures):
        identified = identity(plan, roster.source, disclosures.source)
        with database_errors(), _work(plan, identified) as work:
            job = work.take_up(identified, watcher)
            if job is None:
                job = _read_in(plan, work, identified, roster, disclosures, watcher)
            else:
                watcher.say("An earlier run got this far; going on from there.")
            return _carry_out(plan, work, job, roster, disclosures, watcher)


def _carry_out(
    plan: SealingPlan, work: Work, job: SealingJob, roster: CsvTable, disclosures: CsvTable, watcher: Watcher
) -> SealingReport:
    write_rejects(plan.rejects_path, work.engine, job, roster, disclosures)
    if not job.is_open:
        work.finish(job)
    if job.counts.rejects and not plan.accept_rejects:
        return SealingReport(job.counts, edition=None)
    if not job.counts.cards:
        work.finish(job)
        raise SealingError(f"{plan.roster}: there is no card in it to seal")
    chunks = Chunks(work.engine, job.number, plan.lease_seconds)
    left, began = chunks.cards_left(), time.monotonic()
    sealer = Sealer(work.engine, job, plan.key, roster, disclosures)
    seal_chunks(sealer, chunks, job.counts.cards, plan.workers, watcher)
    seconds = time.monotonic() - began
    gather(plan.out, job, chunks, plan.key)
    work.finish(job)
    return SealingReport(job.counts, job.edition, sealed_now=left, seconds=seconds)


def _read_in(
    plan: SealingPlan,
    work: Work,
    identified: bytes,
    roster: CsvTable,
    disclosures: CsvTable,
    watcher: Watcher,
) -> SealingJob:
    """A new job with all rows in it, open to every worker."""
    inputs = inputs_fingerprint(plan.key, roster.source, disclosures.source)
    with writing(work.engine) as connection:
        job = add_job(connection, plan, identified, inputs)
    agencies, grounds = tuple(plan.codes.agencies), tuple(plan.codes.grounds)
    keys = WorkKeys(plan.key, job.edition.id)
    rules = job.rules(agencies, grounds)
    indexed = index_files(work.engine, job, keys, rules, roster, disclosures, watcher)
    dictionary = seal_dictionary(Dictionary(agencies, grounds, indexed.offices), plan.key, job.edition.id)
    with writing(work.engine) as connection:
        settle(connection, job, dictionary, indexed.left_out, plan.accept_rejects, plan.workers)
        opened = job_by_identity(connection, identified)
    assert opened is not None
    return opened


@contextmanager
def _inputs_and_output(plan: SealingPlan) -> Iterator[tuple[CsvTable, CsvTable]]:
    try:
        with (
            open_table(plan.roster, ROSTER) as roster,
            open_table(plan.disclosures, DISCLOSURES) as disclosures,
        ):
            yield roster, disclosures
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise SealingError(f"{place}{error.strerror or error}") from None


@contextmanager
def _work(plan: SealingPlan, identified: bytes) -> Iterator[Work]:
    if plan.engine_url is None:
        with work_beside(plan.out) as work:
            yield work
    else:
        with work_shared(plan.engine_url, plan.out, identified) as work:
            yield work


def _check_output(plan: SealingPlan) -> None:
    """Raises SealingError if the edition cannot be written where it should be."""
    if plan.out.is_dir() or not plan.out.parent.is_dir():
        raise SealingError(f"{plan.out}: cannot be written; name a file in a folder that is there")
    for source in (plan.roster, plan.disclosures):
        if plan.out.exists() and source.exists() and plan.out.samefile(source):
            raise SealingError(f"{plan.out}: is an input; the edition needs a file of its own")
