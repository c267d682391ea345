"""Copies that leave the console: one person asks with a reason, another allows, the first takes it once."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from io import StringIO
from typing import Any

from sqlalchemy import Connection, insert, select, update

from resident_app.outreach.tables import Export
from resident_app.safeguards import audit
from resident_app.safeguards.audit import Audited

TAKEN_WITHIN = timedelta(days=1)
LONGEST_REASON = 400
LONGEST_QUERY = 400

# What a spreadsheet takes for the start of a formula (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Kind(Enum):
    FIGURES = "figures"
    REQUESTS = "requests"


class Stand(Enum):
    """How an export stands."""

    ASKED = "asked"
    REFUSED = "refused"
    ALLOWED = "allowed"
    TAKEN = "taken"
    OVER = "over"
    """Allowed, and not taken in time."""


class NotDone(Exception):
    """The export is not there, was decided or taken meanwhile, or this is not for this person to do."""


@dataclass(frozen=True, repr=False)
class AskedExport:
    """An export that somebody asked for. `query` is that of the figures' or the queue's address."""

    id: int
    kind: Kind
    query: str
    reason: str
    wanted_by: int | None
    wanted_at: datetime
    decided_by: int | None
    taken_at: datetime | None
    stand: Stand
    until: datetime | None
    """Until when it may be taken."""


def ask(connection: Connection, kind: Kind, query: str, reason: str, staff: int, at: datetime) -> int:
    """Ask for an export. Returns its number."""
    made = connection.execute(
        insert(Export)
        .values(kind=kind.value, query=query, reason=reason, wanted_by=staff, wanted_at=at, allowed=False)
        .returning(Export.id)
    )
    number = int(made.scalar_one())
    audit.record(connection, Audited.EXPORT_ASKED, staff=staff, at=at, export=number, what=kind.value)
    return number


def decide(connection: Connection, number: int, allowed: bool, staff: int, at: datetime) -> None:
    """Allow or refuse what somebody else asked for. Raises NotDone."""
    decided = connection.execute(
        update(Export)
        .where(Export.id == number, Export.decided_at.is_(None), Export.wanted_by != staff)
        .values(decided_by=staff, decided_at=at, allowed=allowed)
    )
    if decided.rowcount != 1:
        raise NotDone
    audit.record(connection, Audited.EXPORT_DECIDED, staff=staff, at=at, export=number, allowed=int(allowed))


def take(connection: Connection, number: int, staff: int, at: datetime) -> AskedExport:
    """What may leave now, and never again. Raises NotDone."""
    taken = connection.execute(
        update(Export)
        .where(
            Export.id == number,
            Export.wanted_by == staff,
            Export.decided_by != staff,
            Export.allowed,
            Export.decided_at > at - TAKEN_WITHIN,
            Export.taken_at.is_(None),
        )
        .values(taken_at=at)
    )
    if taken.rowcount != 1:
        raise NotDone
    row = connection.execute(select(Export.__table__).where(Export.id == number)).one()
    return _asked(row, at)


def tell_taken(connection: Connection, number: int, lines: int, staff: int, at: datetime) -> None:
    """Put in the audit log that an export left, with how many lines."""
    audit.record(connection, Audited.EXPORTED, staff=staff, at=at, export=number, lines=lines)


def every_export(connection: Connection, at: datetime) -> list[AskedExport]:
    """What was asked for, the newest first."""
    rows = connection.execute(select(Export.__table__).order_by(Export.wanted_at.desc(), Export.id.desc()))
    return [_asked(row, at) for row in rows]


def written(lines: Iterable[Sequence[object]]) -> bytes:
    """Lines as CSV (RFC 4180), with the mark by which spreadsheets know UTF-8. No cell is a formula."""
    page = StringIO(newline="")
    csv.writer(page).writerows([_harmless(cell) for cell in line] for line in lines)
    return page.getvalue().encode("utf-8-sig")


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _asked(row: Any, at: datetime) -> AskedExport:
    until = row.decided_at + TAKEN_WITHIN if row.allowed else None
    return AskedExport(
        id=row.id,
        kind=Kind(row.kind),
        query=row.query,
        reason=row.reason,
        wanted_by=row.wanted_by,
        wanted_at=row.wanted_at,
        decided_by=row.decided_by,
        taken_at=row.taken_at,
        stand=_stand(row, until, at),
        until=until,
    )


def _stand(row: Any, until: datetime | None, at: datetime) -> Stand:
    if row.taken_at is not None:
        return Stand.TAKEN
    if row.decided_at is None:
        return Stand.ASKED
    if until is None:
        return Stand.REFUSED
    return Stand.ALLOWED if until > at else Stand.OVER
