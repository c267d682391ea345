"""Exports of requests: one person asks on terms, another allows it, and the first downloads it once.

Each row is authenticated (`security.row_authentication`): a consent that was written by other means counts
for nothing.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from io import StringIO
from typing import cast

from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.characters import neutralize_formula
from resident_app.database import Base, Moment, enum_type
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.security.row_authentication import seal_row
from resident_app.security.row_versions import newest_rows, newest_version, record_version

TAKEN_WITHIN = timedelta(days=1)
LONGEST_REASON = 400
KEPT_DAYS = (7, 30, 90, 365)
"""For how long the person who takes a file may keep it."""
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
    """A copy of requests that somebody wants to take out, on what terms, with a second person.

    Rows of before version 0.6.0 have no terms but their reason. Some are of figures.
    """

    __tablename__ = "export"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[ExportKind] = mapped_column(enum_type(ExportKind, 20))
    query: Mapped[str] = mapped_column(String(400))
    reason: Mapped[str] = mapped_column(String(400))
    purpose: Mapped[str | None] = mapped_column(String(400))
    columns: Mapped[str | None] = mapped_column(String(400))
    """The columns of the file, separated by commas. None: all."""
    kept_days: Mapped[int | None] = mapped_column(Integer)
    requested_by: Mapped[int | None] = mapped_column(Integer)
    requested_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(Integer)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    allowed: Mapped[bool] = mapped_column(Boolean, default=False)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)


_EXPORT = cast(Table, ExportRow.__table__)


class ExportRefused(Exception):
    """The export does not exist, was decided or downloaded already, or is not this person's to decide."""


@dataclass(frozen=True, repr=False)
class ExportTerms:
    """Why a file is needed, what it is used for and by whom, what is in it, and how long it is kept.

    The second person allows these terms, and the file holds these columns and no others.
    """

    reason: str
    purpose: str
    columns: tuple[str, ...]
    kept_days: int | None


@dataclass(frozen=True, repr=False)
class ExportRequest:
    """An export that somebody asked for. `query` is that of the queue's address."""

    id: int
    kind: ExportKind
    query: str
    terms: ExportTerms
    requested_by: int | None
    requested_at: datetime
    decided_by: int | None
    taken_at: datetime | None
    state: ExportState
    until: datetime | None
    """Until when it may be taken."""


def ask(connection: Connection, query: str, terms: ExportTerms, staff: int, at: datetime) -> int:
    """Ask for an export of the requests of a query. Returns its number."""
    kind = ExportKind.REQUESTS
    audit_log.lock_log(connection)
    made = connection.execute(
        insert(ExportRow)
        .values(
            kind=kind,
            query=query,
            reason=terms.reason,
            purpose=terms.purpose,
            columns=",".join(terms.columns),
            kept_days=terms.kept_days,
            requested_by=staff,
            requested_at=at,
            allowed=False,
        )
        .returning(ExportRow.id)
    )
    number = int(made.scalar_one())
    _seal_new(connection, number, at)
    audit_log.record(connection, Audited.EXPORT_ASKED, actor_id=staff, at=at, export=number, what=kind)
    return number


def seal_first(connection: Connection, at: datetime) -> None:
    """Seal the exports of before version 0.3.0 as they are, when accounts are sealed for the first time."""
    for number in connection.scalars(select(ExportRow.id)).all():
        _seal_new(connection, number, at)


def _seal_new(connection: Connection, number: int, at: datetime) -> None:
    # SQLite uses the number of a removed last row again.
    version = newest_version(connection, _EXPORT, number) + 1
    connection.execute(update(ExportRow).where(ExportRow.id == number).values(version=version))
    seal_row(connection, _EXPORT, number)
    record_version(connection, _EXPORT, number, version, at)


def decide(
    connection: Connection,
    number: int,
    allowed: bool,
    staff: int,
    at: datetime,
    *,
    is_second_person: Callable[[int], bool],
) -> None:
    """Allow or refuse an export that somebody else asked for. Raises ExportRefused.

    `is_second_person` says whether the decider may decide for the person who asked, an account's number.
    """
    row = _to_change(connection, number)
    if row.decided_at is not None or row.requested_by in (None, staff):
        raise ExportRefused
    if not is_second_person(row.requested_by):
        raise ExportRefused
    _decide(connection, row, allowed, staff, at)


def allow_alone(connection: Connection, number: int, at: datetime) -> None:
    """Allow an export that one person is enough for (`web.accounts.second_person`)."""
    _decide(connection, _to_change(connection, number), True, None, at)


def take(connection: Connection, number: int, staff: int, at: datetime) -> ExportRequest:
    """Mark an export as downloaded and return it. Works once. Raises ExportRefused."""
    row = _to_change(connection, number)
    request = _export_request(row, at)
    if request.kind is not ExportKind.REQUESTS or request.state is not ExportState.ALLOWED:
        raise ExportRefused
    if staff != row.requested_by or staff == row.decided_by:
        raise ExportRefused
    _write(connection, row, at, taken_at=at)
    return replace(request, taken_at=at, state=ExportState.TAKEN)


def _decide(connection: Connection, row: ExportRow, allowed: bool, staff: int | None, at: datetime) -> None:
    _write(connection, row, at, decided_by=staff, decided_at=at, allowed=allowed)
    audit_log.record(
        connection, Audited.EXPORT_DECIDED, actor_id=staff, at=at, export=row.id, allowed=int(allowed)
    )


def _to_change(connection: Connection, number: int) -> ExportRow:
    """Return an export, locked until the transaction ends. Raises ExportRefused if it is not authentic."""
    audit_log.lock_log(connection)
    found = newest_rows(
        connection, select(ExportRow).where(ExportRow.id == number).with_for_update(), _EXPORT
    )
    if not found:
        raise ExportRefused
    return found[0]


def _write(connection: Connection, row: ExportRow, at: datetime, **columns: object) -> None:
    version = row.version + 1
    connection.execute(update(ExportRow).where(ExportRow.id == row.id).values(**columns, version=version))
    seal_row(connection, _EXPORT, row.id)
    record_version(connection, _EXPORT, row.id, version, at)


def tell_taken(connection: Connection, number: int, lines: int, staff: int, at: datetime) -> None:
    """Put in the audit log that an export left, with how many lines."""
    audit_log.record(connection, Audited.EXPORTED, actor_id=staff, at=at, export=number, lines=lines)


def every_export(connection: Connection, at: datetime) -> list[ExportRequest]:
    """What was asked for, the newest first."""
    rows = newest_rows(
        connection, select(ExportRow).order_by(ExportRow.requested_at.desc(), ExportRow.id.desc()), _EXPORT
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
        terms=ExportTerms(
            row.reason,
            row.purpose or "",
            tuple(row.columns.split(",")) if row.columns else (),
            row.kept_days,
        ),
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
