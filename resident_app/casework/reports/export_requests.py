"""Exports: one person asks with a reason, another allows it, and the first downloads it once."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from io import StringIO

from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    String,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.characters import neutralize_formula
from resident_app.database import Base, Moment, enum_type, find_all
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

TAKEN_WITHIN = timedelta(days=1)
LONGEST_REASON = 400
LONGEST_QUERY = 400


class ExportKind(StrEnum):
    FIGURES = "figures"
    REQUESTS = "requests"


class ExportState(StrEnum):
    """How far an export has come."""

    ASKED = "asked"
    REFUSED = "refused"
    ALLOWED = "allowed"
    TAKEN = "taken"
    OVER = "over"
    """Allowed, and not downloaded in time."""


class ExportRow(Base):
    """A copy of figures or requests that somebody wants to take out, with a reason and a second person."""

    __tablename__ = "export"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[ExportKind] = mapped_column(enum_type(ExportKind, 20))
    query: Mapped[str] = mapped_column(String(400))
    reason: Mapped[str] = mapped_column(String(400))
    requested_by: Mapped[int | None] = mapped_column(Integer)
    requested_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(Integer)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    allowed: Mapped[bool] = mapped_column(Boolean, default=False)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)


class ExportRefused(Exception):
    """The export does not exist, was decided or downloaded already, or is not this person's to decide."""


@dataclass(frozen=True, repr=False)
class ExportRequest:
    """An export that somebody asked for. `query` is that of the figures' or the queue's address."""

    id: int
    kind: ExportKind
    query: str
    reason: str
    requested_by: int | None
    requested_at: datetime
    decided_by: int | None
    taken_at: datetime | None
    state: ExportState
    until: datetime | None
    """Until when it may be taken."""


def ask(connection: Connection, kind: ExportKind, query: str, reason: str, staff: int, at: datetime) -> int:
    """Ask for an export. Returns its number."""
    made = connection.execute(
        insert(ExportRow)
        .values(kind=kind, query=query, reason=reason, requested_by=staff, requested_at=at, allowed=False)
        .returning(ExportRow.id)
    )
    number = int(made.scalar_one())
    audit_log.record(connection, Audited.EXPORT_ASKED, actor_id=staff, at=at, export=number, what=kind)
    return number


def decide(connection: Connection, number: int, allowed: bool, staff: int, at: datetime) -> None:
    """Allow or refuse an export that somebody else asked for. Raises ExportRefused."""
    decided = connection.execute(
        update(ExportRow)
        .where(ExportRow.id == number, ExportRow.decided_at.is_(None), ExportRow.requested_by != staff)
        .values(decided_by=staff, decided_at=at, allowed=allowed)
    )
    if decided.rowcount != 1:
        raise ExportRefused
    audit_log.record(
        connection, Audited.EXPORT_DECIDED, actor_id=staff, at=at, export=number, allowed=int(allowed)
    )


def take(connection: Connection, number: int, staff: int, at: datetime) -> ExportRequest:
    """Mark an export as downloaded and return it. Works once. Raises ExportRefused."""
    taken = connection.execute(
        update(ExportRow)
        .where(
            ExportRow.id == number,
            ExportRow.requested_by == staff,
            ExportRow.decided_by != staff,
            ExportRow.allowed,
            ExportRow.decided_at > at - TAKEN_WITHIN,
            ExportRow.taken_at.is_(None),
        )
        .values(taken_at=at)
    )
    if taken.rowcount != 1:
        raise ExportRefused
    [row] = find_all(connection, select(ExportRow).where(ExportRow.id == number))
    return _export_request(row, at)


def tell_taken(connection: Connection, number: int, lines: int, staff: int, at: datetime) -> None:
    """Put in the audit log that an export left, with how many lines."""
    audit_log.record(connection, Audited.EXPORTED, actor_id=staff, at=at, export=number, lines=lines)


def every_export(connection: Connection, at: datetime) -> list[ExportRequest]:
    """What was asked for, the newest first."""
    rows = find_all(
        connection, select(ExportRow).order_by(ExportRow.requested_at.desc(), ExportRow.id.desc())
    )
    return [_export_request(row, at) for row in rows]


def csv_bytes(lines: Iterable[Sequence[object]]) -> bytes:
    """Lines as CSV (RFC 4180), with the mark by which spreadsheets know UTF-8. No cell is a formula."""
    page = StringIO(newline="")
    csv.writer(page).writerows([_harmless(cell) for cell in line] for line in lines)
    return page.getvalue().encode("utf-8-sig")


def _harmless(cell: object) -> object:
    return neutralize_formula(cell) if isinstance(cell, str) else cell


def _export_request(row: ExportRow, at: datetime) -> ExportRequest:
    until = row.decided_at + TAKEN_WITHIN if row.allowed and row.decided_at else None
    return ExportRequest(
        id=row.id,
        kind=row.kind,
        query=row.query,
        reason=row.reason,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        decided_by=row.decided_by,
        taken_at=row.taken_at,
        state=_state(row, until, at),
        until=until,
    )


def _state(row: ExportRow, until: datetime | None, at: datetime) -> ExportState:
    if row.taken_at is not None:
        return ExportState.TAKEN
    if row.decided_at is None:
        return ExportState.ASKED
    if until is None:
        return ExportState.REFUSED
    return ExportState.ALLOWED if until > at else ExportState.OVER
