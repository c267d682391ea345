"""Verify the audit log's chain: find events that were edited, removed, reordered or inserted.

Somebody who can write to the database lacks the key, so they cannot write an event. They can cut off the end:
heads that are kept elsewhere (`audit_heads`) reveal that.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_event import StoredEvent
from resident_app.security.audit_keys import AuditKeys
from resident_app.security.audit_log import COLUMNS, FIRST, Audited, AuditEvent

SKEW = timedelta(minutes=5)
"""The clocks of machines that append may differ by this much."""

MOST_FINDINGS = 20
"""Further findings are counted, not listed."""

_PAGE_SIZE = 1000


class Fault(Enum):
    """What is wrong with an event. The values are shown to people."""

    MISSING = "events before it are missing"
    MISPLACED = "its number is lower than the first number"
    UNCHAINED = "it does not follow the event before it"
    EDITED = "it is not what was recorded"
    EARLIER = "it is earlier than the event before it"
    UNKEYED = "it has no key, or an older key than the event before it"
    UNKNOWN_KEY = "its key is not in AUDIT_KEY_FILE"
    HEAD_DIFFERS = "it is not the event that a kept head names"
    HEAD_MISSING = "a kept head names it and it is not there"


@dataclass(frozen=True)
class Head:
    """The last event at some time, as it is kept elsewhere. `on` is the day, if it is known."""

    number: int
    hash: str
    on: date | None = None


@dataclass(frozen=True)
class Finding:
    number: int
    fault: Fault


@dataclass(frozen=True)
class Verified:
    """The result of a verification: the chain's extent and the first findings."""

    count: int
    first: int
    """The first event's number. Retention removed the events before it."""
    head: Head
    """The last event."""
    findings: tuple[Finding, ...]
    more: int
    """How many further findings there are."""

    @property
    def ok(self) -> bool:
        return not self.findings


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open one consistent view of the database. Writers do not wait for it."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection


def verify(
    connection: Connection,
    known_heads: Iterable[Head] = (),
    *,
    kept_since: date | None = None,
    page_size: int = _PAGE_SIZE,
) -> Verified:
    """Verify the whole chain, in a `snapshot`, by pages of events, so that a long chain needs little memory.

    A missing head from a day before `kept_since` is no finding if the chain begins after it: retention
    removed its event.
    """
    walk = _Walk(audit_log.audit_log_of(connection).keys)
    for head in known_heads:
        walk.heads.setdefault(head.number, []).append(head)
    for event in _events(connection, page_size):
        walk.check(event)
    return walk.end(kept_since)


def begin_keyed_chain(
    engine: Engine, known_heads: Iterable[Head], *, kept_since: date, at: datetime
) -> Verified | None:
    """Verify a log without a key by the old rule, and append the event from which it is keyed.

    Returns the old log's verification; without `ok` nothing was appended. None: the log is empty or keyed.
    """
    with writing(engine, durable=True) as connection:
        audit_log.lock_log(connection)
        last = audit_log.last_event(connection)
        if last is None or last.key_id:
            return None
        old = verify(connection, known_heads, kept_since=kept_since)
        old = replace(old, findings=tuple(one for one in old.findings if one.fault is not Fault.UNKEYED))
        if old.ok and not old.more:
            fields: dict[str, int | str] = {"upto": last.number, "upto_hash": str(last.hash)}
            log = audit_log.audit_log_of(connection)
            log.append(connection, last, Audited.CHAIN_KEYED, None, at, fields)
    return old


@dataclass
class _Walk:
    keys: AuditKeys
    heads: dict[int, list[Head]] = field(default_factory=dict)
    """Known heads not seen yet, by number."""
    count: int = 0
    first: int = 0
    first_previous: str = FIRST
    number: int = 0
    hash: str = FIRST
    at: datetime | None = None
    key_age: int | None = None
    """How many keys are newer than that of the event before. None: it has no key."""
    cut: set[tuple[int, str]] = field(default_factory=set)
    """The last event of each prefix that retention removed, as the chain itself records it."""
    findings: list[Finding] = field(default_factory=list)
    faults: int = 0

    def check(self, event: StoredEvent) -> None:
        """Check the next event, in the order of numbers."""
        number, at, is_intact = event.number, event.time, event.is_intact(self.keys)
        self._check_order(event)
        if not is_intact:
            known = not event.key_id or self.keys.find(str(event.key_id))
            self._found(number, Fault.EDITED if known else Fault.UNKNOWN_KEY)
        self._check_key(event)
        if at is not None and self.at is not None and at < self.at - SKEW:
            self._found(number, Fault.EARLIER)
        for head in self.heads.pop(number, ()):
            if head.hash != event.hash:
                self._found(number, Fault.HEAD_DIFFERS)
        if is_intact and event.key_id and event.kind == Audited.PURGED:
            self.cut |= _cut(str(event.fields))
        self.count += 1
        self.number, self.hash, self.at = number, str(event.hash), at or self.at

    def _check_order(self, event: StoredEvent) -> None:
        if not self.count:
            self.first, self.first_previous = event.number, str(event.previous)
            if event.number < 1:
                self._found(event.number, Fault.MISPLACED)
        elif event.number != self.number + 1:
            self._found(event.number, Fault.MISSING)
        elif event.previous != self.hash:
            self._found(event.number, Fault.UNCHAINED)

    def _check_key(self, event: StoredEvent) -> None:
        """Events without a key come first, then the one that names the last of them, then newer keys only."""
        age = self.keys.age(str(event.key_id)) if event.key_id else None
        if age is None:
            if self.key_age is not None:
                self._found(event.number, Fault.UNKEYED)
            return
        begins = self.count > 0 and self.key_age is None
        is_older = self.key_age is not None and age > self.key_age
        if is_older or (begins and event.kind != Audited.CHAIN_KEYED):
            self._found(event.number, Fault.UNKEYED)
        self.key_age = age

    def end(self, kept_since: date | None) -> Verified:
        begins_late = self.first > 1 and (self.first - 1, self.first_previous) not in self.cut
        if begins_late or (self.first == 1 and self.first_previous != FIRST):
            fault = Fault.MISSING if begins_late else Fault.UNCHAINED
            self.findings.insert(0, Finding(self.first, fault))
            self.faults += 1
        if self.count and self.key_age is None:
            self._found(self.number, Fault.UNKEYED)
        for head in (head for heads in self.heads.values() for head in heads):
            self._look_for(head, kept_since)
        findings = tuple(sorted(self.findings, key=lambda finding: finding.number)[:MOST_FINDINGS])
        head = Head(self.number, self.hash, self.at.date() if self.at else None)
        return Verified(self.count, self.first, head, findings, self.faults - len(findings))

    def _look_for(self, head: Head, kept_since: date | None) -> None:
        """Check a head whose event is not in the chain: retention may have removed it."""
        if head.number == self.first - 1:
            if head.hash != self.first_previous:
                self._found(head.number, Fault.HEAD_DIFFERS)
            return
        is_old = head.on is not None and kept_since is not None and head.on < kept_since
        if not (head.number < self.first and is_old):
            self._found(head.number, Fault.HEAD_MISSING)

    def _found(self, number: int, fault: Fault) -> None:
        self.faults += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(number, fault))


def _events(connection: Connection, page_size: int) -> Iterator[StoredEvent]:
    """Yield every event by number. An event that cannot be read has empty columns."""
    after: int | None = None
    size = page_size
    while True:
        page = select(*COLUMNS).order_by(AuditEvent.number).limit(size)
        try:
            found = connection.execute(page if after is None else page.where(AuditEvent.number > after))
            events = [StoredEvent(*row) for row in found]
        except (SQLAlchemyError, ValueError):
            if size > 1:
                size = 1
                continue
            events, size = [StoredEvent(_next_number(connection, after))], page_size
        if not events:
            return
        yield from events
        after = events[-1].number


def _next_number(connection: Connection, after: int | None) -> int:
    number = select(func.min(AuditEvent.number))
    found = connection.execute(number if after is None else number.where(AuditEvent.number > after))
    return int(found.scalar_one())


def _cut(fields: str) -> set[tuple[int, str]]:
    """Return the number and hash of the last event that a purge of the log removed."""
    try:
        purge = json.loads(fields)
        return {(int(purge["upto"]), str(purge["upto_hash"]))}
    except (ValueError, TypeError, KeyError):
        return set()
