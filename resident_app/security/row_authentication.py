"""Authenticated rows: a row that somebody else wrote to the database, or put back, gives no right.

Everything by which a person signs in or gains a right has a MAC over all its columns (HMAC-SHA256) under a
key that the database does not hold. A row that changes also has a version. The audit log has an event for
each version (`row_versions`), so an older row with a true MAC is refused too.

An engine holds the keys (`with_row_keys`). An empty column (None, or an empty list) adds nothing to a MAC, so
a new column that may be empty leaves the rows that exist authentic.
"""

import hmac
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, Engine, Select, Table, select, update
from sqlalchemy.orm import DeclarativeBase

from resident_app.database import Row, find_all
from resident_app.security import audit_log, event_log
from resident_app.security.audit_log import Audited

MAC_COLUMN = "mac"

_OPTION = "row_keys"
_MOST_REMEMBERED = 1_000


class RowKeysMissing(RuntimeError):
    """This process holds no key for rows, so it can neither write nor believe one."""


@dataclass(frozen=True)
class RefusedRow:
    """A row that is not authentic: its table and number. A session has no number."""

    table: str
    number: int | None


class RowKeys:
    """The keys of one application, one for each table, derived from its secret key (HKDF, RFC 5869)."""

    def __init__(self, secret_key: str, application: str):
        @cache
        def key_of(table: str) -> bytes:
            label = f"{application}|row authentication|{table}".encode()
            return HKDF(SHA256(), 32, salt=None, info=label).derive(secret_key.encode())

        self.application = application
        self._key_of = key_of
        self._mutex = threading.Lock()
        self._refused: list[RefusedRow] = []
        self._told: set[RefusedRow] = set()

    def mac(self, table: str, columns: Mapping[str, object]) -> bytes:
        """Return the MAC of a row, from its columns and whatever else it is bound to."""
        parts = [_encoded(table)]
        for name in sorted(columns):
            value = columns[name]
            if name != MAC_COLUMN and value not in (None, [], ()):
                parts += (_encoded(name), _encoded(value))
        return hmac.digest(self._key_of(table), b"".join(parts), sha256)

    def is_authentic(self, table: str, columns: Mapping[str, object]) -> bool:
        """Return whether a row has the MAC of its columns."""
        stored = columns.get(MAC_COLUMN)
        return isinstance(stored, bytes) and hmac.compare_digest(stored, self.mac(table, columns))

    def refuse(self, table: str, number: int | None) -> None:
        """Log that a row is not authentic, and keep that for the audit log (`take_refused`)."""
        event_log.row_refused(table)
        refused = RefusedRow(table, number)
        with self._mutex:
            if refused not in self._told and len(self._told) < _MOST_REMEMBERED:
                self._told.add(refused)
                self._refused.append(refused)

    def take_refused(self) -> list[RefusedRow]:
        """Return the rows that were refused since the last time, each once in the life of the process."""
        if not self._refused:
            return []
        with self._mutex:
            taken, self._refused = self._refused, []
        return taken


def with_row_keys(engine: Engine, keys: RowKeys) -> Engine:
    """Return the engine, over the same connections, with the keys that authenticate rows."""
    return engine.execution_options(**{_OPTION: keys})


def row_keys_of(source: Connection | Engine) -> RowKeys:
    """Return the keys of a connection or engine. Raises RowKeysMissing."""
    found = source.get_execution_options().get(_OPTION)
    if not isinstance(found, RowKeys):
        raise RowKeysMissing("the engine was opened without with_row_keys")
    return found


def seal_row(connection: Connection, table: Table, number: int) -> None:
    """Store the MAC of a row as it now stands in the table."""
    row = connection.execute(select(table).where(table.c.id == number)).one()
    mac = row_keys_of(connection).mac(table.name, row._asdict())
    connection.execute(update(table).where(table.c.id == number).values({MAC_COLUMN: mac}))


def authentic_rows(connection: Connection, statement: Select[Row], table: Table) -> list[Row]:
    """Return the rows that a statement selects, without those that this system did not write.

    Those are refused. If one cannot even be read, all are.
    """
    keys = row_keys_of(connection)
    try:
        rows = find_all(connection, statement)
    except (LookupError, ValueError, TypeError):  # SQLite stores any value in any column.
        keys.refuse(table.name, None)
        return []
    authentic = []
    for row in rows:
        columns = columns_of(row, table)
        if keys.is_authentic(table.name, columns):
            authentic.append(row)
        else:
            keys.refuse(table.name, columns["id"])
    return authentic


# Any: the types of the columns are those of the row's class.
def columns_of(row: DeclarativeBase, table: Table) -> dict[str, Any]:
    """Return a row's columns by name."""
    return {column.name: getattr(row, column.name) for column in table.columns}


def record_refused(connection: Connection, rows: Sequence[RefusedRow], at: datetime) -> None:
    """Put rows that were not authentic into the audit log."""
    for row in rows:
        number = {} if row.number is None else {"row": row.number}
        audit_log.record(connection, Audited.ROW_REFUSED, actor_id=None, at=at, table=row.table, **number)


def _encoded(value: object) -> bytes:
    """Encode a value with its type and length, so that no two rows have the same encoding."""
    match value:
        case Enum():
            return _encoded(value.value)
        case bool():
            kind, content = b"b", str(int(value)).encode()
        case int():
            kind, content = b"i", str(value).encode()
        case str():
            kind, content = b"s", value.encode("utf-8", "surrogatepass")
        case bytes():
            kind, content = b"y", value
        case datetime():
            kind, content = b"t", value.astimezone(UTC).isoformat().encode()
        case list() | tuple():
            kind, content = b"l", b"".join(_encoded(each) for each in value)
        case _:
            raise TypeError(f"no encoding for {type(value).__name__}")
    return kind + len(content).to_bytes(8, "big") + content
