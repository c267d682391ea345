"""Retention: remove what has been kept long enough, with a receipt, and nothing under legal hold.

Each batch is one transaction with its own receipt, so an interrupted run continues where it stopped, and
several may run at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, func, or_, select, tuple_

from resident_app.casework.office_keys import OfficeKeys
from resident_app.casework.retention import schedule
from resident_app.casework.retention.contact_removal import remove_contacts
from resident_app.casework.retention.due import all_due, due_contacts, due_events, due_requests, due_rows
from resident_app.casework.retention.schedule import RULES, RetentionRule, cutoff
from resident_app.configuration.casework import Retention
from resident_app.database import reading, writing
from resident_app.intake.erasure import remove_dependent_rows
from resident_app.intake.erasure_tables import RemovalReason
from resident_app.intake.purge_receipts import log_erasure, write_purge_receipt
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security import audit_log
from resident_app.security.audit_log import AuditEvent
from resident_app.security.row_versions import keep_versions

BATCH = 50
"""Small, so that other writers wait only a moment."""


@dataclass(frozen=True)
class PurgeResult:
    """What one run removed by one rule. `unopened` counts those that stay because no key opens them."""

    rule: RetentionRule
    count: int
    unopened: int = 0


@dataclass(frozen=True)
class DueCount:
    rule: RetentionRule
    count: int


def due_now(connection: Connection, retention: Retention, now: datetime) -> list[DueCount]:
    """Return how many records each rule would remove now."""
    return [
        DueCount(rule, connection.execute(select(func.count()).select_from(due.subquery())).scalar_one())
        for rule in RULES
        for due in [all_due(rule, cutoff(retention, rule.setting, now))]
    ]


def purge(
    engine: Engine, keys: OfficeKeys, retention: Retention, now: datetime, batch: int = BATCH
) -> list[PurgeResult]:
    """Remove everything that is due, from the database's files too. Returns what each rule removed."""
    removed = []
    for rule in RULES:
        work = _Work(rule, cutoff(retention, rule.setting, now), now, keys, batch)
        steps = list(_steps(engine, work))
        removed.append(
            PurgeResult(rule, sum(step.count for step in steps), sum(step.unopened for step in steps))
        )
    settle(engine)
    return removed


def settle(engine: Engine) -> bool:
    """On SQLite, move the write-ahead log into the file, so that neither holds what was removed.

    Returns False if somebody was reading meanwhile. The next run repeats it.
    """
    if engine.dialect.name != "sqlite":
        return True
    with reading(engine) as connection:
        busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not busy


@dataclass(frozen=True)
class _Work:
    rule: RetentionRule
    before: datetime
    now: datetime
    keys: OfficeKeys
    batch: int


@dataclass(frozen=True)
class _Step:
    """What one batch removed."""

    count: int
    unopened: int = 0


def _steps(engine: Engine, work: _Work) -> Iterator[_Step]:
    """Remove batches until nothing is due."""
    if work.rule in _OF_REQUESTS:
        yield from _steps_of_requests(engine, work)
        return
    take = _take_events if work.rule is schedule.AUDIT else _take_rows
    count = 1
    while count:
        with writing(engine) as connection:
            count = take(connection, work)
        yield _Step(count)


def _steps_of_requests(engine: Engine, work: _Work) -> Iterator[_Step]:
    """Find requests without a lock, and check them again once they are locked."""
    due_then, take = _OF_REQUESTS[work.rule]
    due, after = due_then(work.before), 0
    while ids := _found(engine, due, after, work.batch):
        with writing(engine) as connection:
            step = take(connection, work, _still_due(connection, due, ids))
        yield step
        after = ids[-1]


def _take_rows(connection: Connection, work: _Work) -> int:
    """Remove rows that depend on their age alone."""
    due = due_rows(work.rule, work.before)
    keys = list(due.selected_columns)
    rows = delete(keys[0].table).where(tuple_(*keys).in_(due.limit(work.batch)))
    count = connection.execute(rows).rowcount
    write_purge_receipt(connection, work.rule.kind, work.rule.setting, count, work.now)
    return count


def _take_events(connection: Connection, work: _Work) -> int:
    """Remove the start of the audit log. The receipt's event holds the hash that the rest follows."""
    audit_log.lock_log(connection)
    due = due_events(work.before).order_by(AuditEvent.number).limit(work.batch)
    going = connection.execute(due).scalars().all()
    if not going:
        return 0
    upto = going[-1]
    keep_versions(connection, upto, work.now)
    hash = connection.execute(select(AuditEvent.hash).where(AuditEvent.number == upto)).scalar_one()
    write_purge_receipt(
        connection, work.rule.kind, work.rule.setting, len(going), work.now, upto=upto, upto_hash=hash
    )
    connection.execute(delete(AuditEvent).where(AuditEvent.number <= upto))
    return len(going)


def _take_contacts(connection: Connection, work: _Work, ids: Sequence[int]) -> _Step:
    count, unopened = remove_contacts(connection, work.keys, ids, work.now)
    write_purge_receipt(connection, work.rule.kind, work.rule.setting, count, work.now)
    return _Step(count, unopened)


def _take_requests(connection: Connection, work: _Work, ids: Sequence[int]) -> _Step:
    chosen = select(HelpRequestRow.id, HelpRequestRow.submission)
    members = connection.execute(chosen.where(_is_of(ids))).all()
    if not members:
        return _Step(0)
    remove_dependent_rows(connection, [one.id for one in members], work.rule.setting, work.now)
    connection.execute(delete(HelpRequestRow).where(HelpRequestRow.id.in_([one.id for one in members])))
    log_erasure(connection, (one.submission for one in members), RemovalReason.RETENTION, work.now)
    write_purge_receipt(connection, work.rule.kind, work.rule.setting, len(members), work.now)
    return _Step(len(members))


def _found(engine: Engine, due: Select[Any], after: int, most: int) -> Sequence[int]:
    """Return the ids of due requests that are higher than `after`."""
    with reading(engine) as connection:
        ids = due.where(HelpRequestRow.id > after).order_by(HelpRequestRow.id).limit(most)
        return connection.execute(ids).scalars().all()


def _still_due(connection: Connection, due: Select[Any], ids: Sequence[int]) -> Sequence[int]:
    """Lock these requests and those merged into them, and return those that are still due."""
    locked = select(HelpRequestRow.id).where(_is_of(ids)).order_by(HelpRequestRow.id)
    connection.execute(locked.with_for_update()).all()
    return connection.execute(due.where(HelpRequestRow.id.in_(ids))).scalars().all()


def _is_of(ids: Sequence[int]) -> ColumnElement[bool]:
    """These requests, and those that were merged into them."""
    return or_(HelpRequestRow.id.in_(ids), HelpRequestRow.merged_into.in_(ids))


_OF_REQUESTS: dict[
    RetentionRule,
    tuple[
        Callable[[datetime], Select[Any]],
        Callable[[Connection, _Work, Sequence[int]], _Step],
    ],
] = {
    schedule.CONTACT: (due_contacts, _take_contacts),
    **{
        rule: (partial(due_requests, rule.setting), _take_requests)
        for rule in (schedule.REQUEST, schedule.OPEN_REQUEST)
    },
}
