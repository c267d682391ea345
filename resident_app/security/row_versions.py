"""The newest version of each row that has versions, as the audit log holds it: an older row gives no right.

Each event names the newest event with a version (`version_event`), and each of those names the one before it
(`after`). So nobody can remove one without removing every later event of the log too.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, Table, func, select

from resident_app.database import Row
from resident_app.security import audit_log
from resident_app.security.audit_event import StoredEvent
from resident_app.security.audit_log import (
    COLUMNS,
    Audited,
    AuditEvent,
    AuditLog,
    AuditLogDamaged,
    KnownVersions,
    RowKey,
)
from resident_app.security.row_authentication import authentic_rows, columns_of, row_keys_of

_AT_ONCE = 200


def record_version(connection: Connection, table: Table, number: int, version: int, at: datetime) -> None:
    """Record that a row has a new version, in the transaction that changes the row."""
    fields: dict[str, int] = {table.name: number, "version": version}
    audit_log.record(connection, Audited.ROW_VERSION, actor_id=None, at=at, **fields)


def is_newest(connection: Connection, table: Table, number: int, version: int) -> bool:
    """Return whether this is the row's newest version. False too if the audit log was changed or cut off."""
    try:
        return version > 0 and newest_version(connection, table, number) == version
    except AuditLogDamaged:
        return False


def newest_rows(connection: Connection, statement: Select[Row], table: Table) -> list[Row]:
    """Return the authentic rows that a statement selects, each in its newest version. Others are refused.

    They are all refused if the audit log was changed or cut off.
    """
    found = [(row, columns_of(row, table)) for row in authentic_rows(connection, statement, table)]
    try:
        newest = newest_versions(connection, table, [columns["id"] for _, columns in found]) if found else {}
    except AuditLogDamaged:
        newest = {}
    rows = []
    for row, columns in found:
        if 0 < columns["version"] == newest.get(columns["id"]):
            rows.append(row)
        else:
            row_keys_of(connection).refuse(table.name, columns["id"])
    return rows


def newest_version(connection: Connection, table: Table, number: int) -> int:
    """Return the newest version of a row; 0 if the audit log has none. Raises AuditLogDamaged."""
    return newest_versions(connection, table, [number])[number]


def newest_versions(connection: Connection, table: Table, numbers: Sequence[int]) -> dict[int, int]:
    """Return the newest version of each row; 0 if the audit log has none. Raises AuditLogDamaged.

    This is one query while no row changes: what was verified before is kept in memory.
    """
    log = audit_log.audit_log_of(connection)
    known = _up_to_date(connection, log)
    for number in numbers:
        if (table.name, number) not in known.versions and known.below:
            known = _deeper(connection, log, known, (table.name, number))
    if not log.is_appending(connection):
        log.versions = known
    return {number: known.versions.get((table.name, number), 0) for number in numbers}


def has_versions(connection: Connection) -> bool:
    """Return whether the audit log has a version of any row. Raises AuditLogDamaged."""
    return _newest_number(connection, audit_log.audit_log_of(connection)) > 0


def keep_versions(connection: Connection, upto: int, at: datetime) -> None:
    """Record again the versions whose events are up to this number, before retention removes these events."""
    log = audit_log.audit_log_of(connection)
    newest: dict[RowKey, _Version] = {}
    for each in _walk(connection, log, _newest_number(connection, log)):
        newest.setdefault(each.row, each)
    for (table, number), each in sorted(newest.items()):
        if each.event <= upto:
            fields: dict[str, int] = {table: number, "version": each.version}
            audit_log.record(connection, Audited.ROW_VERSION, actor_id=None, at=at, **fields)


@dataclass(frozen=True)
class _Version:
    """One event of a version: its number, the row, the row's version, and the event of a version before."""

    event: int
    row: RowKey
    version: int
    after: int


def _up_to_date(connection: Connection, log: AuditLog) -> KnownVersions:
    """Add what was recorded since the last time."""
    newest, known = _newest_number(connection, log), log.versions
    if newest == known.newest:
        return known
    found: dict[RowKey, int] = {}
    if known.newest:
        for each in _walk(connection, log, newest):
            found.setdefault(each.row, each.version)
            if each.after == known.newest:
                return KnownVersions(newest, known.below, dict(known.versions) | found)
    return KnownVersions(newest, newest, {})


def _deeper(connection: Connection, log: AuditLog, known: KnownVersions, wanted: RowKey) -> KnownVersions:
    """Go back in the log until the row is found."""
    versions, below = dict(known.versions), 0
    for each in _walk(connection, log, known.below):
        versions.setdefault(each.row, each.version)
        if each.row == wanted:
            below = each.after
            break
    return KnownVersions(known.newest, below, versions)


def _walk(connection: Connection, log: AuditLog, number: int) -> Iterator[_Version]:
    """Yield the events of versions from this one back, each verified. Raises AuditLogDamaged."""
    while number > 0:
        page = select(*COLUMNS).where(AuditEvent.kind == Audited.ROW_VERSION, AuditEvent.number <= number)
        rows = connection.execute(page.order_by(AuditEvent.number.desc()).limit(_AT_ONCE)).all()
        for row in rows:
            if row.number != number:
                break
            each = _version(StoredEvent(*row), log)
            yield each
            number = each.after
        else:
            if rows:
                continue
        _require_removed(connection, number)
        return


def _require_removed(connection: Connection, number: int) -> None:
    """Check that an event that is not there was removed by retention, with all before it."""
    first = connection.execute(select(func.min(AuditEvent.number))).scalar_one() or 0
    if number >= first:
        raise AuditLogDamaged("an event of the audit log is missing; see `flask audit verify`")


def _version(event: StoredEvent, log: AuditLog) -> _Version:
    if not event.key_id or event.version_event != event.number or not event.is_intact(log.keys):
        raise AuditLogDamaged("an event of the audit log was changed; see `flask audit verify`")
    fields: dict[str, int] = json.loads(str(event.fields))
    [(table, number)] = [(name, value) for name, value in fields.items() if name not in ("version", "after")]
    return _Version(event.number, (table, number), fields["version"], fields["after"])


def _newest_number(connection: Connection, log: AuditLog) -> int:
    """Return the number of the newest event of a version; 0 if there is none. Raises AuditLogDamaged."""
    newest = log.newest(connection)
    return int(str(newest.version_event)) if newest else 0
