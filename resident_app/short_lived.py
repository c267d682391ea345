"""The short-lived store: calls under way, counters of limits, and what else must leave nothing behind.

On PostgreSQL it is UNLOGGED tables, which are not in the write-ahead log. On SQLite it is a file of its own
beside the database. The first process to open the file empties it, and every process that uses it holds a
shared lock, so a process that joins or comes back finds everything as it was.
"""

import fcntl
import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, make_url
from sqlalchemy.orm import DeclarativeBase

from resident_app.database import open_database
from resident_app.settings import SettingsError

FILE_NAME = "short-lived.db"
_SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


class ShortLivedBase(DeclarativeBase):
    """The base of every table of the short-lived store. On PostgreSQL its migration makes it UNLOGGED."""


def open_short_lived(database: Engine) -> Engine:
    """Return the engine of the store that belongs to a database: on PostgreSQL, the database's own.

    Disposing of a SQLite engine gives up its lock. Raises SettingsError if the file cannot be written.
    """
    if database.dialect.name != "sqlite":
        return database
    path = _path(database.url.database)
    locks = [_hold(path, create_tables=True)]
    engine = open_database(f"sqlite:///{path}")
    event.listen(engine, "connect", _never_wait_for_the_disk)

    def give_up(_: Engine) -> None:
        while locks:
            os.close(locks.pop())

    event.listen(engine, "engine_disposed", give_up)
    return engine


def hold_short_lived(database_url: str) -> None:
    """Hold the lock of a SQLite store until this process ends, for the processes that it starts.

    The store is emptied if nobody else has it open. Raises SettingsError if the file cannot be written.
    """
    if database_url.startswith("sqlite"):
        _hold(_path(make_url(database_url).database), create_tables=False)


def _path(database: str | None) -> Path:
    return Path(database or FILE_NAME).absolute().with_name(FILE_NAME)


def _hold(path: Path, *, create_tables: bool) -> int:
    """Lock the store, shared, and empty it first if nobody else has it. Returns the lock's descriptor."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            # One at a time: a lock that becomes shared is given up for a moment (flock(2)).
            fcntl.flock(folder, fcntl.LOCK_EX)
            lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            if _is_alone(lock):
                for suffix in _SQLITE_SUFFIXES:
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
            fcntl.flock(lock, fcntl.LOCK_SH)
            # SQLite gives its other files the mode of this one.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            if create_tables:
                _create_tables(path)
            return lock
        finally:
            os.close(folder)
    except OSError as error:
        raise SettingsError(
            f"DATABASE_URL: its folder should be one that this process can write to ({error.strerror})"
        ) from None


def _never_wait_for_the_disk(connection: Any, _record: object) -> None:
    """Leave writing to the operating system. After a loss of power the file is emptied, whatever is in it."""
    connection.execute("PRAGMA synchronous=OFF")


def _is_alone(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _create_tables(path: Path) -> None:
    engine = open_database(f"sqlite:///{path}")
    ShortLivedBase.metadata.create_all(engine)
    engine.dispose()
