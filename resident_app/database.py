"""The database: engines, transactions and the base of every table. SQLite or PostgreSQL."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Insert,
    Select,
    bindparam,
    create_engine,
    event,
    select,
    text,
    types,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool

POSTGRESQL_CONNECTIONS = 10
"""For each process: eight processes fit PostgreSQL's usual hundred."""

MOST_SECONDS_TO_WRITE = 10
"""Who gets no turn to write on SQLite within this time fails, as a database that is down."""

_WRITERS = "sqlite_writers"
# Of an insert's rows SQLAlchemy keeps no count on PostgreSQL unless it is told to.
_COUNT_ROWS = {"preserve_rowcount": True}
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:key)")


class Base(DeclarativeBase):
    """The base of every table."""


Row = TypeVar("Row", bound=Base)


class Moment(types.TypeDecorator[datetime]):
    """A point in time, in UTC on both databases: SQLite gives back what was stored without saying so."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return _in_utc(value)


def enum_type(members: type[Enum], length: int) -> types.Enum:
    """Return the column type that stores an enum's values as text, on both databases alike."""
    return types.Enum(
        members,
        native_enum=False,
        length=length,
        values_callable=lambda enum: [member.value for member in enum],
    )


def _in_utc(moment: datetime | None) -> datetime | None:
    """What says no zone is in UTC."""
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


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
            connect_args={
                "timeout": MOST_SECONDS_TO_WRITE,
                "check_same_thread": False,
                "isolation_level": None,
            },
            execution_options={_WRITERS: threading.Lock()},
        )
        event.listen(engine, "connect", _prepare_sqlite)
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
    with (
        _turn_to_write(engine),
        engine.connect() as connection,
        _on_the_disk(connection) if durable else nullcontext(),
        connection.begin(),
    ):
        if connection.dialect.name == "sqlite":
            # At once: a read that turns into a write would fail instead of waiting.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


@contextmanager
def deciding(engine: Engine) -> Iterator[Connection]:
    """Reads, and then one statement that writes, on the condition that what was read still holds.

    On SQLite each statement is a transaction of its own: nobody waits while the reader thinks, and
    the writer's lock is held inside SQLite alone. On PostgreSQL it is one transaction.
    """
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Reads. On SQLite each statement is a snapshot of its own, and never waits for a writer."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def _turn_to_write(engine: Engine) -> Iterator[None]:
    """SQLite has one writer. Those of one process stand in line here: its own line is a poll."""
    writers: threading.Lock | None = engine.get_execution_options().get(_WRITERS)
    if writers is None:
        yield
        return
    if not writers.acquire(timeout=MOST_SECONDS_TO_WRITE):
        raise PoolTimeout("no turn to write")
    try:
        yield
    finally:
        writers.release()


@contextmanager
def _on_the_disk(connection: Connection) -> Iterator[None]:
    """On SQLite: the next transaction is written through before its commit returns."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        driver.execute("PRAGMA synchronous=NORMAL")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """WAL: readers never wait. Erased means overwritten."""
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "journal_size_limit=0",
    ):
        connection.execute(f"PRAGMA {pragma}")


def find_one(connection: Connection, statement: Select[Row]) -> Row | None:
    """Return the one table row that a statement selects, or None, as an instance of its class."""
    return Session(connection).scalars(statement).one_or_none()


def find_all(connection: Connection, statement: Select[Row]) -> Sequence[Row]:
    """Return the table rows that a statement selects, as instances of their class."""
    return Session(connection).scalars(statement).all()


def insert_if_new(connection: Connection, table: type[Base], **values: object) -> bool:
    """Insert a row unless one with the same key is there. Whether it was inserted."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    row = insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(row, execution_options=_COUNT_ROWS).rowcount == 1


def insert_where(table: type[Base], condition: ColumnElement[bool]) -> dict[str, Insert]:
    """For each dialect: insert a row of all columns if `condition` holds and no such row is there."""
    columns = table.__table__.columns
    values = select(*(bindparam(column.name, type_=column.type) for column in columns)).where(condition)
    return {
        name: insert(table)
        .from_select(columns.keys(), values)
        .on_conflict_do_nothing()
        .execution_options(**_COUNT_ROWS)
        for name, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
    }


def lock_names(connection: Connection, names: Sequence[bytes]) -> None:
    """One at a time for each name. SQLite has one writer anyway; PostgreSQL is asked for locks."""
    if connection.dialect.name == "postgresql":
        for name in sorted(names):
            key = int.from_bytes(name[:8], "big", signed=True)
            connection.execute(_TAKE_TURN, {"key": key})
