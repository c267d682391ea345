"""The newest version of a row in the audit log: only with the key can an older one become the newest."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import Engine, Table, delete, event, insert, select, update

from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_chain import snapshot, verify
from resident_app.security.audit_log import Audited, AuditEvent, AuditLogDamaged, with_audit_log
from resident_app.security.row_versions import is_newest, keep_versions, newest_version, record_version
from resident_app.web.accounts.staff_tables import StaffRow
from tests.conftest import AUDIT_KEYS

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
STAFF = cast(Table, StaffRow.__table__)
VERSIONS = 150
"""With three accounts, more than one page."""


@pytest.fixture
def log(engine: Engine) -> Engine:
    """Accounts 1 to 3, each with many versions, and a reading after each."""
    with writing(engine) as connection:
        for version in range(1, VERSIONS + 1):
            for account in (1, 2, 3):
                record_version(connection, STAFF, account, version, NOW)
                if version > VERSIONS - 3:
                    audit_log.record(connection, Audited.REQUEST_READ, actor_id=9, at=NOW, request=account)
    return engine


def newest(engine: Engine, account: int) -> int:
    with reading(engine) as connection:
        return newest_version(connection, STAFF, account)


def other_process(engine: Engine) -> Engine:
    return with_audit_log(engine, AUDIT_KEYS)


def test_the_newest_version_is_read_back(log: Engine) -> None:
    assert [newest(log, account) for account in (1, 2, 3, 4)] == [VERSIONS, VERSIONS, VERSIONS, 0]
    for _ in range(3):
        with writing(log) as connection:
            version = newest_version(connection, STAFF, 2) + 1
            record_version(connection, STAFF, 2, version, NOW)
            assert newest_version(connection, STAFF, 2) == version
    for process in (log, other_process(log)):
        assert [newest(process, account) for account in (1, 2, 3)] == [VERSIONS, VERSIONS + 3, VERSIONS]
        with reading(process) as connection:
            assert is_newest(connection, STAFF, 2, VERSIONS + 3)
            assert not any(is_newest(connection, STAFF, 2, version) for version in (0, 1, VERSIONS + 2))
    with snapshot(log) as connection:
        assert verify(connection).ok


def test_a_version_that_was_rolled_back_is_not_the_newest(log: Engine) -> None:
    with suppress(ZeroDivisionError), writing(log) as connection:
        record_version(connection, STAFF, 2, VERSIONS + 1, NOW)
        assert newest_version(connection, STAFF, 2) == VERSIONS + 1
        raise ZeroDivisionError
    assert newest(log, 2) == VERSIONS


def numbers_of(log: Engine, account: int) -> list[int]:
    with reading(log) as connection:
        found = select(AuditEvent.number).where(AuditEvent.fields.like(f'%"staff": {account},%'))
        return list(connection.scalars(found.order_by(AuditEvent.number)))


@pytest.mark.parametrize("account", [1, 2, 3])
def test_a_removed_version_makes_no_older_one_the_newest(log: Engine, account: int) -> None:
    """Also in a process that starts afterwards: each later event names it."""
    last = numbers_of(log, account)[-1]
    with writing(log) as connection:
        connection.execute(delete(AuditEvent).where(AuditEvent.number == last))
    with pytest.raises(AuditLogDamaged):
        newest(other_process(log), account)
    with reading(other_process(log)) as connection:
        assert not is_newest(connection, STAFF, account, VERSIONS - 1)


def test_a_version_whose_kind_was_changed_is_missed(log: Engine) -> None:
    with writing(log) as connection:
        chosen = update(AuditEvent).where(AuditEvent.number == numbers_of(log, 1)[-1])
        connection.execute(chosen.values(kind=Audited.SEARCHED))
    with pytest.raises(AuditLogDamaged):
        newest(other_process(log), 1)


def test_a_changed_version_is_not_read(log: Engine) -> None:
    with writing(log) as connection:
        chosen = update(AuditEvent).where(AuditEvent.number == numbers_of(log, 1)[-1])
        connection.execute(chosen.values(fields='{"after": 0, "staff": 1, "version": 1}'))
    with pytest.raises(AuditLogDamaged):
        newest(other_process(log), 1)


def test_a_forged_version_at_the_end_is_not_read(log: Engine) -> None:
    with reading(log) as connection:
        row = connection.execute(
            select(AuditEvent.__table__).where(AuditEvent.number == numbers_of(log, 1)[3])
        ).one()
        last = audit_log.last_event(connection)
    assert last is not None
    forged = row._asdict() | {"number": last.number + 1, "version_event": last.number + 1}
    with writing(log) as connection:
        connection.execute(insert(AuditEvent).values(forged))
    with pytest.raises(AuditLogDamaged):
        newest(log, 1)


def test_a_tail_that_was_cut_off_is_seen_by_a_process_that_runs(log: Engine) -> None:
    assert newest(log, 3) == VERSIONS
    with writing(log) as connection:
        connection.execute(delete(AuditEvent).where(AuditEvent.number >= numbers_of(log, 3)[-1]))
    with pytest.raises(AuditLogDamaged):
        newest(log, 3)


def test_versions_are_kept_when_retention_removes_their_events(log: Engine) -> None:
    upto = numbers_of(log, 2)[-1]
    with writing(log) as connection:
        keep_versions(connection, upto, NOW + timedelta(days=2500))
        connection.execute(delete(AuditEvent).where(AuditEvent.number <= upto))
    for process in (log, other_process(log)):
        assert [newest(process, account) for account in (1, 2, 3, 4)] == [VERSIONS, VERSIONS, VERSIONS, 0]


def test_reading_again_is_one_query(log: Engine) -> None:
    newest(log, 1)
    newest(log, 2)
    queries: list[str] = []
    event.listen(log, "before_cursor_execute", lambda *call: queries.append(call[2]))
    assert newest(log, 2) == VERSIONS
    assert len(queries) == 1
