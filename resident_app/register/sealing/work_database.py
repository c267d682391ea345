"""The work database, which outlives a killed run: opened, locked, and its job created or resumed."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Engine, delete, event, func, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from resident_app.database import open_database, reading, writing
from resident_app.register.edition import Argon2Parameters, Edition
from resident_app.register.envelope import new_edition_id
from resident_app.register.sealing.input_file import InputFile
from resident_app.register.sealing.plan import (
    AlreadySealing,
    ProgressReporter,
    SealingCounts,
    SealingError,
    SealingPlan,
)
from resident_app.register.sealing.rows import RowRules
from resident_app.register.sealing.sealing_keys import SealingKeys
from resident_app.register.sealing.work_tables import ROWS_OF_A_JOB, ChunkRow, JobRow, WorkBase, fingerprint

_FORMAT = 2
_CREATE_TABLES_LOCK = 7_362_431_180
"""The PostgreSQL advisory lock under which one machine at a time creates the tables."""


@dataclass(frozen=True)
class SealingJob:
    """A job in the work database. `edition.envelopes` is 0 until it is open."""

    number: int
    is_open: bool
    edition: Edition
    cut_off: date
    counts: SealingCounts

    def rules(self, agencies: Iterable[str], grounds: Iterable[str]) -> RowRules:
        """Return what a row may contain; the same on every machine and every day of the job."""
        return RowRules(
            today=self.edition.sealed_on,
            period_from=self.edition.period_from,
            period_to=self.edition.period_to,
            cut_off=self.cut_off,
            agencies=frozenset(agencies),
            grounds=frozenset(grounds),
        )


def inputs_fingerprint(key: SealingKeys, roster: InputFile, disclosures: InputFile) -> bytes:
    """Return 32 bytes that two machines share if they have the same files and the same key."""
    return fingerprint(key, "inputs", [_FORMAT, roster.sha256.hex(), disclosures.sha256.hex()])


def job_identity(plan: SealingPlan, roster: InputFile, disclosures: InputFile) -> bytes:
    """Return 32 bytes, the same for two calls that would seal the same edition."""
    period_from, period_to = plan.period()
    codes = plan.codes
    parts = [
        inputs_fingerprint(plan.key, roster, disclosures).hex(),
        [day.isoformat() for day in (period_from, period_to, plan.cut_off)],
        [plan.limits.memory_kib, plan.limits.passes],
        [list(codes.agencies), list(codes.grounds), list(codes.systems), list(codes.agency_groups.ice)],
        *(["made-up"] if plan.made_up else []),
    ]
    return fingerprint(plan.key, "identity", parts)


def create_job(connection: Connection, plan: SealingPlan, identity: bytes, inputs: bytes) -> SealingJob:
    """Store a new job, not open yet, and return it."""
    period_from, period_to = plan.period()
    connection.execute(
        insert(JobRow).values(
            identity=identity,
            inputs=inputs,
            is_open=False,
            edition_id=new_edition_id(),
            sealed_on=plan.today,
            period_from=period_from,
            period_to=period_to,
            cut_off=plan.cut_off,
            systems=list(plan.codes.systems),
            memory_kib=plan.limits.memory_kib,
            passes=plan.limits.passes,
            dictionary=b"",
            counts=asdict(SealingCounts()),
        )
    )
    job = find_job(connection, JobRow.identity == identity)
    assert job is not None
    return job


def find_job(connection: Connection, *which: ColumnElement[bool]) -> SealingJob | None:
    """Return the newest job that meets the conditions, or None."""
    row = connection.execute(
        select(JobRow.__table__).where(*which).order_by(JobRow.number.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    counts = SealingCounts(**row.counts)
    edition = Edition(
        id=row.edition_id,
        period_from=row.period_from,
        period_to=row.period_to,
        systems=tuple(row.systems),
        argon2=Argon2Parameters(row.memory_kib, row.passes),
        envelopes=counts.cards,
        sealed_on=row.sealed_on,
        dictionary=row.dictionary,
    )
    return SealingJob(row.number, row.is_open, edition, row.cut_off, counts)


class WorkDatabase(Protocol):
    """A work database that this process alone coordinates."""

    @property
    def engine(self) -> Engine: ...

    def resume(self, identity: bytes, progress: ProgressReporter) -> SealingJob | None:
        """Return the open job of this identity; or None, with nothing left of unfinished work."""

    def delete(self, job: SealingJob) -> None:
        """Delete the job and its rows."""


@contextmanager
def open_work_database(plan: SealingPlan, identity: bytes) -> Iterator[WorkDatabase]:
    """Open the work file beside the output, or the shared PostgreSQL database that the plan names.

    Raises AlreadySealing, SealingError.
    """
    with _lock_file(plan.out.with_name(plan.out.name + ".lock")):
        if plan.engine_url is None:
            work = _WorkFile(plan.out.with_name(plan.out.name + ".work"))
            try:
                yield work
            finally:
                work.engine.dispose()
        else:
            with open_shared_engine(plan.engine_url) as engine, _advisory_lock(engine, identity):
                yield _SharedWork(engine)


@contextmanager
def open_shared_engine(url: str) -> Iterator[Engine]:
    """Open the shared PostgreSQL database and create its tables."""
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_CREATE_TABLES_LOCK)))
            WorkBase.metadata.create_all(connection)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def one_line_database_errors() -> Iterator[None]:
    """Turn a database error into a SealingError of one line, without the query's parameters."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        lines = str(cause).splitlines() or [type(cause).__name__]
        raise SealingError(f"the work database: {lines[0]}") from None


@contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    """Hold a lock that the operating system releases with the process. Raises AlreadySealing."""
    while True:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadySealing(f"{path}: another process is sealing to this output") from None
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(descriptor).st_ino:
                break
        # The previous holder removed this file, so our lock on it protects nothing.
        os.close(descriptor)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


@contextmanager
def _advisory_lock(engine: Engine, identity: bytes) -> Iterator[None]:
    lock = int.from_bytes(identity[:8], "big", signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as holder:
        if not holder.execute(select(func.pg_try_advisory_lock(lock))).scalar_one():
            raise AlreadySealing(
                "this edition is already being sealed in that database; "
                "use `flask register seal-worker` to take a share of the work"
            )
        yield


class _WorkFile:
    """A SQLite file beside the output."""

    def __init__(self, path: Path):
        self._path = path
        self.engine = self._open()

    def resume(self, identity: bytes, progress: ProgressReporter) -> SealingJob | None:
        try:
            job, another = self._find_jobs(identity)
        except SQLAlchemyError:
            raise SealingError(f"{self._path}: is not a work file; remove it to start over") from None
        if job is not None and job.is_open:
            self._clear_leases(job)
            return job
        if another is not None and job is None:
            progress.message(f"The work in {self._path} is for another edition: starting over.")
        self._remove()
        self.engine = self._open()
        WorkBase.metadata.create_all(self.engine)
        return None

    def delete(self, job: SealingJob) -> None:
        self._remove()

    def _open(self) -> Engine:
        # SQLite gives its log the mode of the database file: readable by its owner alone.
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        engine = open_database(f"sqlite:///{self._path.absolute()}")
        event.listen(engine, "connect", _set_pragmas)
        return engine

    def _find_jobs(self, identity: bytes) -> tuple[SealingJob | None, SealingJob | None]:
        """Return the job of this identity, and any job of another."""
        if not inspect(self.engine).has_table(JobRow.__tablename__):
            return None, None
        with reading(self.engine) as connection:
            return (
                find_job(connection, JobRow.identity == identity),
                find_job(connection, JobRow.identity != identity),
            )

    def _clear_leases(self, job: SealingJob) -> None:
        """Free every chunk: the file is locked, so its last owner is gone."""
        with writing(self.engine) as connection:
            connection.execute(
                update(ChunkRow)
                .where(ChunkRow.job == job.number, ChunkRow.sealed.is_(None))
                .values(owner=None, lease_until=None)
            )

    def _remove(self) -> None:
        """Remove the database last, so that a log is never left beside a newer database."""
        self.engine.dispose()
        for suffix in ("-wal", "-shm", ""):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


class _SharedWork:
    """A PostgreSQL database that machines share."""

    def __init__(self, engine: Engine):
        self.engine = engine

    def resume(self, identity: bytes, progress: ProgressReporter) -> SealingJob | None:
        with reading(self.engine) as connection:
            job = find_job(connection, JobRow.identity == identity)
        if job is None or job.is_open:
            return job
        self.delete(job)
        return None

    def delete(self, job: SealingJob) -> None:
        with writing(self.engine) as connection:
            for table in ROWS_OF_A_JOB:
                connection.execute(delete(table).where(table.job == job.number))
            connection.execute(delete(JobRow).where(JobRow.number == job.number))


def _set_pragmas(connection: SqliteConnection, _record: object) -> None:
    """NORMAL survives a killed process and a power loss; at worst the newest chunks are sealed again."""
    for pragma in ("synchronous=NORMAL", "secure_delete=OFF", "cache_size=-32768"):
        connection.execute(f"PRAGMA {pragma}")
