"""The database: engines, transactions and the base of every table. SQLite or PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import QueuePool


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
            connect_args={"timeout": 10, "check_same_thread": False, "isolation_level": None},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, hide_parameters=True, pool_size=10, max_overflow=40, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """WAL: readers never wait. FULL: what is acknowledged is on the disk. Erased means overwritten."""
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=10000",
        "foreign_keys=ON",
        "secure_delete=ON",
        "journal_size_limit=0",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Writers take their turn at once: a read that turns into a write would fail instead of waiting."""
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write; it commits when the block ends well."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads; on SQLite it never waits for a writer."""
    with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        yield connection


def insert_if_new(connection: Connection, table: type[Base], **values: object) -> bool:
    """Insert a row unless one with the same key is there. Whether it was inserted."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return connection.execute(insert(table).values(**values).on_conflict_do_nothing()).rowcount == 1
