"""A database that the first version made: its tables cannot be upgraded, so it is set aside."""

from pathlib import Path

from sqlalchemy import Engine

from resident_app.migrations.state import is_first_version

# A SQLite database is these files together; `-wal` holds what is not in the main file yet.
_SQLITE_SUFFIXES = ("", "-wal", "-shm")


class NothingToSetAsideError(Exception):
    """The first version did not make this database, or there is none."""


class NotAFileError(Exception):
    """The database is not a SQLite file."""


def set_aside(engine: Engine, *companions: Path) -> list[tuple[Path, Path]]:
    """Rename a first-version SQLite database, and files that only make sense with it, such as its jobs.

    Returns the old and the new path of each file. Nothing else may have the database open. `engine` is
    disposed of. Raises NothingToSetAsideError, NotAFileError.
    """
    if not is_first_version(engine):
        raise NothingToSetAsideError
    if engine.dialect.name != "sqlite" or not engine.url.database:
        raise NotAFileError
    engine.dispose()
    moved = []
    for path in (Path(engine.url.database), *companions):
        target = _free_name(path)
        for suffix in _SQLITE_SUFFIXES:
            old, new = path.with_name(path.name + suffix), target.with_name(target.name + suffix)
            if old.exists():
                old.rename(new)
                moved.append((old, new))
    return moved


def _free_name(path: Path) -> Path:
    """Return `resident.first-version.db` for `resident.db`, with a number if that name is taken."""
    number, mark = 1, "first-version"
    while (name := path.with_name(f"{path.stem}.{mark}{path.suffix}")).exists():
        number += 1
        mark = f"first-version-{number}"
    return name
