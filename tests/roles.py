"""PostgreSQL as each process has it: an engine that is connected as the process's own role.

On SQLite every process has the same file and the same rights.
"""

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, make_url

from resident_app.database import open_database, writing
from resident_app.database_roles import DatabaseRole, apply_roles
from resident_app.migrations.state import upgrade

_OPENED: dict[str, dict[DatabaseRole, Engine]] = {}
"""Of each database that is in use, by its URL."""


def prepare(url: str) -> Engine:
    """Upgrade the tables as their owner, and give the roles their rights. Returns the owner's engine.

    A new SQLite file begins as a copy of one that was upgraded. tests/foundation/test_migrations.py upgrades.
    """
    owner = open_database(with_psycopg(url))
    path = Path(owner.url.database or "")
    if owner.dialect.name == "sqlite" and path.stat().st_size == 0:
        path.write_bytes(_upgraded_file())
        return owner
    upgrade(owner)
    if owner.dialect.name == "postgresql":
        with writing(owner) as connection:
            apply_roles(connection)
    return owner


@cache
def _upgraded_file() -> bytes:
    """Return a SQLite database with its tables and no rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upgraded.db"
        engine = open_database(f"sqlite:///{path}")
        upgrade(engine)
        engine.dispose()
        return path.read_bytes()


def url_as(url: str, role: DatabaseRole) -> str:
    """Return the URL by which a process connects. The tests' server asks for no password."""
    if not url.startswith("postgres"):
        return url
    return make_url(with_psycopg(url)).set(username=role.user).render_as_string(hide_password=False)


def with_psycopg(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme == "postgresql" else url


def engine_as(owner: Engine, role: DatabaseRole) -> Engine:
    """Return an engine of this role over the owner's database; on SQLite the same one."""
    if owner.dialect.name != "postgresql":
        return owner
    opened = _OPENED.setdefault(str(owner.url), {})
    if not opened:
        with writing(owner) as connection:
            apply_roles(connection)
    if role not in opened:
        opened[role] = open_database(url_as(owner.url.render_as_string(hide_password=False), role))
    # With the keys that this engine has.
    return opened[role].execution_options(**owner.get_execution_options())


def close(owner: Engine) -> None:
    """Close an owner's engine and those of the roles."""
    for engine in _OPENED.pop(str(owner.url), {}).values():
        engine.dispose()
    owner.dispose()
