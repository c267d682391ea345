"""The database: engines, transactions and the base of every table. SQLite or PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import QueuePool

POSTGRESQL_CONNECTIONS = 10
"""For each process: eight processes fit PostgreSQL's usual hundred."""

_WRITERS = "sqlite_writers"


class Base(DeclarativeBase):
    """The base of every table."""


def open_database(url: str) -> Engine:
    """An engine for `url`. Parameters never reach a log or an error's text."""
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            hide_parameters=True,
            poolclass=QueuePool,
            pool_size=10,
            max_overflow=-1,
            pool_use_lifo=True,
            connect_args={"timeout": 10, "check_same_thread": False, "isolation_level": None},
            execution_options={_WRITERS: threading.Lock()},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=POSTGRESQL_CONNECTIONS,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
    )


@contextmanager
def writing(engine: Engine, *, durable: bool = False) -> Iterator[Connection]:
    """One transaction that may write; it commits when the block ends well.

    `durable`: on SQLite it is on the disk when the block ends. What is not durable there survives
    a crash of the process, but may be lost with the machine's power; PostgreSQL keeps both.
    """
    with _turn_to_write(engine), engine.connect() as plain:
        connection = plain.execution_options(sqlite_durable=durable)
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Reads. On SQLite each statement is a snapshot of its own, and never waits for a writer."""
    with engine.connect() as plain:
        yield plain.execution_options(sqlite_writes=False)


def _turn_to_write(engine: Engine) -> AbstractContextManager[object]:
    """SQLite has one writer. Those of one process stand in line here: its own line is a poll."""
    turns: AbstractContextManager[object] = engine.get_execution_options().get(_WRITERS, nullcontext())
    return turns


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """WAL: readers never wait. Erased means overwritten."""
    for pragma in (
        "journal_mode=WAL",
        "busy_timeout=10000",
        "foreign_keys=ON",
        "secure_delete=ON",
        "journal_size_limit=0",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Writers take their turn at once: a read that turns into a write would fail instead of waiting."""
    options = connection.get_execution_options()
    if options.get("sqlite_writes", True):
        synchronous = "FULL" if options.get("sqlite_durable") else "NORMAL"
        connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def insert_if_new(connection: Connection, table: type[Base], **values: object) -> bool:
    """Insert a row unless one with the same key is there. Whether it was inserted."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return connection.execute(insert(table).values(**values).on_conflict_do_nothing()).rowcount == 1
