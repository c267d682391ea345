"""Where the work is kept between two calls: a SQLite file beside the output, or a shared PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, delete, event, func, inspect, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from resident_app.database import open_database, reading, writing
from resident_app.register.sealing.errors import AlreadySealing, SealingError
from resident_app.register.sealing.job import SealingJob, job_by_identity
from resident_app.register.sealing.lock import locked
from resident_app.register.sealing.plan import Watcher
from resident_app.register.sealing.work_tables import ROWS_OF_A_JOB, ChunkRow, JobRow, WorkBase

_CREATING = 7_362_431_180
"""The advisory lock under which one machine at a time makes the tables."""


class Work(Protocol):
    """A work database that this process alone coordinates."""

    @property
    def engine(self) -> Engine:
        """Its engine."""

    def take_up(self, identified: bytes, watcher: Watcher) -> SealingJob | None:
        """The open job of this identity; None when the work has to begin anew, with nothing in the way."""

    def finish(self, job: SealingJob) -> None:
        """Forget the job."""


@contextmanager
def work_beside(out: Path) -> Iterator[Work]:
    """The work in `out`.work. Raises AlreadySealing, SealingError."""
    with locked(out.with_name(out.name + ".lock")):
        work = _WorkFile(out.with_name(out.name + ".work"))
        try:
            yield work
        finally:
            work.close()


@contextmanager
def work_shared(url: str, out: Path, identified: bytes) -> Iterator[Work]:
    """The work in PostgreSQL at `url`. Raises AlreadySealing, SealingError."""
    lock = int.from_bytes(identified[:8], "big", signed=True)
    with (
        locked(out.with_name(out.name + ".lock")),
        shared_engine(url) as engine,
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as holder,
    ):
        if not holder.execute(select(func.pg_try_advisory_lock(lock))).scalar_one():
            raise AlreadySealing(
                "this edition is already being sealed in that database; "
                "`flask register seal-worker` takes a share of the work"
            )
        yield _WorkInPostgreSQL(engine)


@contextmanager
def shared_engine(url: str) -> Iterator[Engine]:
    """An engine for the shared PostgreSQL, with its tables made."""
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))
            WorkBase.metadata.create_all(connection)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def database_errors() -> Iterator[None]:
    """What the work database refuses, as one line without its parameters."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        lines = str(cause).splitlines() or [type(cause).__name__]
        raise SealingError(f"the work database: {lines[0]}") from None


class _WorkFile:
    def __init__(self, path: Path):
        self._path = path
        self.engine = self._open()

    def take_up(self, identified: bytes, watcher: Watcher) -> SealingJob | None:
        try:
            job = self._job(identified)
            found_any = job is not None or self._holds_a_job()
        except SQLAlchemyError:
            raise SealingError(f"{self._path}: is not a work file; remove it to start anew") from None
        if job is not None and job.is_open:
            self._clear_leases(job)
            return job
        if found_any and job is None:
            watcher.say(f"The work in {self._path} is for another edition: starting anew.")
        self._remove()
        self.engine = self._open()
        WorkBase.metadata.create_all(self.engine)
        return None

    def finish(self, job: SealingJob) -> None:
        self._remove()

    def close(self) -> None:
        self.engine.dispose()

    def _open(self) -> Engine:
        # SQLite gives its log the mode of the file, which no one else may read.
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        engine = open_database(f"sqlite:///{self._path.absolute()}")
        event.listen(engine, "connect", _prepare_work_file)
        return engine

    def _job(self, identified: bytes) -> SealingJob | None:
        if not inspect(self.engine).has_table(JobRow.__tablename__):
            return None
        with reading(self.engine) as connection:
            return job_by_identity(connection, identified)

    def _holds_a_job(self) -> bool:
        if not inspect(self.engine).has_table(JobRow.__tablename__):
            return False
        with reading(self.engine) as connection:
            return connection.execute(select(JobRow.number)).first() is not None

    def _clear_leases(self, job: SealingJob) -> None:
        """Whoever held them is dead: the file is locked."""
        with writing(self.engine) as connection:
            connection.execute(
                update(ChunkRow)
                .where(ChunkRow.job == job.number, ChunkRow.sealed.is_(None))
                .values(owner=None, lease_until=None)
            )

    def _remove(self) -> None:
        """The database last, so that a log never lies beside another database than its own."""
        self.engine.dispose()
        for ending in ("-wal", "-shm", ""):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)


class _WorkInPostgreSQL:
    def __init__(self, engine: Engine):
        self.engine = engine

    def take_up(self, identified: bytes, watcher: Watcher) -> SealingJob | None:
        with reading(self.engine) as connection:
            job = job_by_identity(connection, identified)
        if job is None or job.is_open:
            return job
        self.finish(job)
        return None

    def finish(self, job: SealingJob) -> None:
        with writing(self.engine) as connection:
            for table in ROWS_OF_A_JOB:
                connection.execute(delete(table).where(table.job == job.number))
            connection.execute(delete(JobRow).where(JobRow.number == job.number))


def _prepare_work_file(connection: Any, _record: object) -> None:
    """NORMAL is whole after a killed process or a lost machine; only the newest chunks are sealed again."""
    for pragma in ("synchronous=NORMAL", "secure_delete=OFF", "cache_size=-32768"):
        connection.execute(f"PRAGMA {pragma}")
