"""Verify the audit log's chain: find events that were edited, removed, reordered or inserted.

Somebody who can write to the database can also write a new chain, or cut off the end of this one. Heads that
are kept elsewhere (`audit_heads`) reveal that.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from sqlalchemy import Connection, Engine, String, cast, func, select
from sqlalchemy.exc import SQLAlchemyError

from resident_app.security.audit_log import FIRST, Audited, AuditEvent, chained

SKEW = timedelta(minutes=5)
"""The clocks of machines that append may differ by this much."""

MOST_FINDINGS = 20
"""Further findings are counted, not listed."""

_PAGE_SIZE = 1000
_COLUMNS = (
    AuditEvent.number,
    # As text, so that a damaged time is a finding instead of an error.
    cast(AuditEvent.at, String).label("at"),
    AuditEvent.kind,
    AuditEvent.actor_id,
    AuditEvent.fields,
    AuditEvent.previous,
    AuditEvent.hash,
)


class Fault(Enum):
    """What is wrong with an event. The values are shown to people."""

    MISSING = "events before it are missing"
    MISPLACED = "its number is lower than the first number"
    UNCHAINED = "it does not follow the event before it"
    EDITED = "it is not what was recorded"
    EARLIER = "it is earlier than the event before it"
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
    walk = _Walk()
    for head in known_heads:
        walk.heads.setdefault(head.number, []).append(head)
    for event in _events(connection, page_size):
        walk.check(event)
    return walk.end(kept_since)


@dataclass(frozen=True)
class _StoredEvent:
    """An event's columns as they are stored: SQLite stores any value in any column."""

    number: int
    at: object = None
    kind: object = ""
    actor_id: object = None
    fields: object = ""
    previous: object = ""
    hash: object = ""

    @property
    def time(self) -> datetime | None:
        """When it happened, in UTC; None if that is damaged."""
        try:
            at = datetime.fromisoformat(str(self.at))
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None

    @property
    def is_intact(self) -> bool:
        """Whether its hash is the hash of its columns."""
        at = self.time
        return (
            at is not None
            and isinstance(self.previous, str)
            and isinstance(self.kind, str)
            and isinstance(self.actor_id, int | None)
            and isinstance(self.fields, str)
            and self.hash == chained(self.previous, self.number, at, self.kind, self.actor_id, self.fields)
        )


@dataclass
class _Walk:
    heads: dict[int, list[Head]] = field(default_factory=dict)
    """Known heads not seen yet, by number."""
    count: int = 0
    first: int = 0
    first_previous: str = FIRST
    number: int = 0
    hash: str = FIRST
    at: datetime | None = None
    cut: set[tuple[int, str]] = field(default_factory=set)
    """The last event of each prefix that retention removed, as the chain itself records it."""
    findings: list[Finding] = field(default_factory=list)
    faults: int = 0

    def check(self, event: _StoredEvent) -> None:
        """Check the next event, in the order of numbers."""
        number, at, is_intact = event.number, event.time, event.is_intact
        if not self.count:
            self.first, self.first_previous = number, str(event.previous)
            if number < 1:
                self._found(number, Fault.MISPLACED)
        elif number != self.number + 1:
            self._found(number, Fault.MISSING)
        elif event.previous != self.hash:
            self._found(number, Fault.UNCHAINED)
        if not is_intact:
            self._found(number, Fault.EDITED)
        if at is not None and self.at is not None and at < self.at - SKEW:
            self._found(number, Fault.EARLIER)
        for head in self.heads.pop(number, ()):
            if head.hash != event.hash:
                self._found(number, Fault.HEAD_DIFFERS)
        if is_intact and event.kind == Audited.PURGED:
            self.cut |= _cut(str(event.fields))
        self.count += 1
        self.number, self.hash, self.at = number, str(event.hash), at or self.at

    def end(self, kept_since: date | None) -> Verified:
        begins_late = self.first > 1 and (self.first - 1, self.first_previous) not in self.cut
        if begins_late or (self.first == 1 and self.first_previous != FIRST):
            fault = Fault.MISSING if begins_late else Fault.UNCHAINED
            self.findings.insert(0, Finding(self.first, fault))
            self.faults += 1
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


def _events(connection: Connection, page_size: int) -> Iterator[_StoredEvent]:
    """Yield every event by number. An event that cannot be read has empty columns."""
    after: int | None = None
    size = page_size
    while True:
        page = select(*_COLUMNS).order_by(AuditEvent.number).limit(size)
        try:
            found = connection.execute(page if after is None else page.where(AuditEvent.number > after))
            events = [_StoredEvent(*row) for row in found]
        except (SQLAlchemyError, ValueError):
            if size > 1:
                size = 1
                continue
            events, size = [_StoredEvent(_next_number(connection, after))], page_size
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
