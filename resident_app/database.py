"""The database: engines, transactions and the base of every table. SQLite or PostgreSQL."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    PoolProxiedConnection,
    Select,
    bindparam,
    create_engine,
    event,
    make_url,
    select,
    text,
    types,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.compiler import SQLCompiler

from resident_app.private_files import make_private_file

POSTGRESQL_CONNECTIONS = 10
"""For each process: eight processes fit PostgreSQL's usual hundred."""

MOST_SECONDS_TO_WRITE = 10
"""A writer that waits longer on SQLite fails, as if the database were down."""

_WRITERS = "sqlite_writers"
# On PostgreSQL, SQLAlchemy counts an insert's rows only with this option.
_COUNT_ROWS = {"preserve_rowcount": True}
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:key)")


class Base(DeclarativeBase):
    """The base of every table."""


Row = TypeVar("Row", bound=DeclarativeBase)


class Moment(types.TypeDecorator[datetime]):
    """A point in time in UTC. SQLite returns times without a zone, so this type adds it."""

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
    """Return the time in UTC. A time without a zone is taken as UTC."""
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def make_private_database(url: str) -> None:
    """Make a SQLite database's file, if it is not there, readable by its user alone."""
    path = make_url(url).database
    if path and path != ":memory:":
        make_private_file(Path(path))


def open_database(url: str) -> Engine:
    """Return an engine for `url`. It never puts parameters into a log or an error."""
    if url.startswith("sqlite"):
        make_private_database(url)
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
    """One transaction that may write. It commits at the end of the block, and rolls back on an error.

    With `durable`, SQLite has written it to the disk when the block ends. Without, SQLite may lose it when
    the machine loses power, though not when the process crashes. PostgreSQL is always durable.
    """
    with (
        _turn_to_write(engine),
        engine.connect() as connection,
        _on_the_disk(connection) if durable else nullcontext(),
        connection.begin(),
    ):
        if connection.dialect.name == "sqlite":
            # IMMEDIATE, because a read that turns into a write fails instead of waiting.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction that changes tables. On SQLite, what refers to a table outlives its rebuilding.

    SQLite changes a column by making the table again. Dropping the old one would delete the rows that refer
    to it (https://www.sqlite.org/lang_altertable.html, section 7): foreign keys are off until the end.
    """
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            yield connection
        return
    with _turn_to_write(engine), engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise DanglingReferenceError
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


class DanglingReferenceError(Exception):
    """A migration would leave a row that refers to nothing."""


@contextmanager
def deciding(engine: Engine) -> Iterator[Connection]:
    """Read, then write with one statement, on the condition that what was read is unchanged.

    On SQLite each statement is a transaction of its own, so nobody waits between them. On PostgreSQL both are
    one transaction.
    """
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def deciding_prepared(engine: Engine) -> Iterator[PoolProxiedConnection]:
    """Read and write as in `deciding`, with `Prepared` statements alone. Errors are the driver's."""
    connection = engine.raw_connection()
    try:
        yield connection
        connection.commit()
    finally:
        # The pool rolls back what was not committed.
        connection.close()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read only. On SQLite each statement is a snapshot of its own, and never waits for a writer."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def _turn_to_write(engine: Engine) -> Iterator[None]:
    """SQLite has one writer. Threads of one process wait here, because SQLite itself only polls."""
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
    """On SQLite, make the next transaction durable before its commit returns."""
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
    """Set WAL, so that readers never wait, and overwrite what is deleted."""
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


def insert_if_new(connection: Connection, table: type[DeclarativeBase], **values: object) -> bool:
    """Insert a row unless one with the same key exists. Returns whether it was inserted."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    row = insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(row, execution_options=_COUNT_ROWS).rowcount == 1


class Prepared:
    """A statement that becomes SQL once, and runs without SQLAlchemy, which takes longer than the database.

    `columns` are those that an update sets, to parameters of their names.
    """

    def __init__(self, dialect: Dialect, statement: ClauseElement, columns: Sequence[str] = ()):
        compiled = statement.compile(dialect=dialect, column_keys=[*columns] or None)
        assert isinstance(compiled, SQLCompiler)
        self._sql = compiled.string
        self._order = compiled.positiontup
        """The order of its parameters where the driver wants them by position."""

    def run(self, connection: PoolProxiedConnection, parameters: Mapping[str, Any]) -> DBAPICursor:
        """Run it with all its parameters, by name."""
        cursor = connection.cursor()
        if self._order is None:
            cursor.execute(self._sql, dict(parameters))
        else:
            cursor.execute(self._sql, [parameters[name] for name in self._order])
        return cursor


def insert_where(dialect: Dialect, table: type[DeclarativeBase], condition: ColumnElement[bool]) -> Prepared:
    """Return an insert of a whole row if `condition` holds and no such row exists."""
    columns = table.__table__.columns
    values = select(*(bindparam(column.name, type_=column.type) for column in columns)).where(condition)
    insert = postgresql_insert if dialect.name == "postgresql" else sqlite_insert
    return Prepared(dialect, insert(table).from_select(columns.keys(), values).on_conflict_do_nothing())


def lock_names(connection: Connection, names: Sequence[bytes]) -> None:
    """Lock names until the transaction ends. SQLite has only one writer, so this matters on PostgreSQL."""
    if connection.dialect.name == "postgresql":
        for name in sorted(names):
            key = int.from_bytes(name[:8], "big", signed=True)
            connection.execute(_TAKE_TURN, {"key": key})
