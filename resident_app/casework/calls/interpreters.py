"""The office's interpreters: who speaks which language, at which number and hours, and who is booked when.

What a database writer made is worth nothing: each row has a MAC, and a version that the audit log knows. So a
number that was changed, or an older one that was put back, is not rung.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import cast

from sqlalchemy import Connection, Table, func, insert, select, update

from resident_app.casework.calls.interpreter_tables import InterpreterRow
from resident_app.configuration.office import Period
from resident_app.database import lock_names
from resident_app.intake.request_tables import OPEN, HelpRequestRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.security.row_authentication import seal_row
from resident_app.security.row_versions import newest_rows, newest_version, record_version

LONGEST_NAME = 80
DAY_END = time(23, 59)
"""Hours until then are until midnight."""
ALWAYS: tuple[Period, ...] = ((time.min, DAY_END),) * 7
BETWEEN_BOOKINGS = timedelta(minutes=30)

_TABLE = cast(Table, InterpreterRow.__table__)
_BOOKING = b"an interpreter is booked"


@dataclass(frozen=True)
class InterpreterDetails:
    """What a lead writes of an interpreter. `hours` are those of Monday to Sunday, at the office."""

    name: str
    languages: tuple[str, ...]
    """Codes; empty: any language."""
    phone: str
    hours: Sequence[Period | None]
    active: bool = True


@dataclass(frozen=True)
class Interpreter(InterpreterDetails):
    """An interpreter of the table."""

    id: int = 0

    def speaks(self, language: str) -> bool:
        return not self.languages or language in self.languages

    def is_there(self, at: datetime, zone: tzinfo) -> bool:
        """Return whether a moment is in their hours. `zone` is the office's."""
        local = at.astimezone(zone)
        hours = self.hours[local.weekday()]
        return (
            hours is not None
            and hours[0] <= local.time()
            and (local.time() < hours[1] or hours[1] >= DAY_END)
        )


def every_interpreter(connection: Connection) -> list[Interpreter]:
    """Return the authentic interpreters by name, inactive ones too. The others are noted as refused."""
    everyone = select(InterpreterRow).order_by(InterpreterRow.name, InterpreterRow.id)
    return [_interpreter(row) for row in newest_rows(connection, everyone, _TABLE)]


def count_refused(connection: Connection) -> int:
    """Return how many interpreters are in the table and not authentic."""
    stored = connection.execute(select(func.count()).select_from(InterpreterRow)).scalar_one()
    return stored - len(every_interpreter(connection))


def find_interpreter(connection: Connection, number: int) -> Interpreter | None:
    """Return an interpreter, or None if it does not exist or is not authentic."""
    return next((one for one in every_interpreter(connection) if one.id == number), None)


def add_interpreter(connection: Connection, details: InterpreterDetails, by: int, at: datetime) -> int:
    """Add an interpreter. Return its id."""
    audit_log.lock_log(connection)
    made = connection.execute(insert(InterpreterRow).values(**_columns(details), version=0))
    number = int(cast(tuple[int], made.inserted_primary_key)[0])
    _write(connection, number, details, "added", by, at)
    return number


def change_interpreter(
    connection: Connection, number: int, details: InterpreterDetails, by: int, at: datetime
) -> bool:
    """Change an interpreter. Returns False if it does not exist or is not authentic."""
    audit_log.lock_log(connection)
    before = find_interpreter(connection, number)
    if before is None:
        return False
    what = "changed"
    if before.active != details.active:
        what = "offered-again" if details.active else "retired"
    _write(connection, number, details, what, by, at)
    return True


def is_booked(connection: Connection, number: int, at: datetime, request: int) -> bool:
    """Return whether an interpreter is booked for another request within 30 minutes of a time.

    Nobody else can book one until the transaction ends.
    """
    lock_names(connection, [_BOOKING])
    booked = select(HelpRequestRow.id).where(
        HelpRequestRow.call_back_interpreter == number,
        HelpRequestRow.id != request,
        HelpRequestRow.next_action_at > at - BETWEEN_BOOKINGS,
        HelpRequestRow.next_action_at < at + BETWEEN_BOOKINGS,
        HelpRequestRow.state.in_(OPEN),
        HelpRequestRow.merged_into.is_(None),
    )
    return connection.execute(booked.limit(1)).one_or_none() is not None


def _write(
    connection: Connection, number: int, details: InterpreterDetails, what: str, by: int, at: datetime
) -> None:
    """Write an interpreter with its next version, and record that version."""
    version = newest_version(connection, _TABLE, number) + 1
    connection.execute(
        update(InterpreterRow).where(InterpreterRow.id == number).values(**_columns(details), version=version)
    )
    seal_row(connection, _TABLE, number)
    record_version(connection, _TABLE, number, version, at)
    audit_log.record(connection, Audited.INTERPRETER_CHANGED, actor_id=by, at=at, service=number, what=what)


def _columns(details: InterpreterDetails) -> dict[str, object]:
    days = ("-".join(f"{one:%H:%M}" for one in day) if day else "" for day in details.hours)
    return {
        "name": details.name,
        "languages": ",".join(details.languages),
        "phone": details.phone,
        "hours": ",".join(days),
        "active": details.active,
    }


def _interpreter(row: InterpreterRow) -> Interpreter:
    return Interpreter(
        name=row.name,
        languages=tuple(filter(None, row.languages.split(","))),
        phone=row.phone,
        hours=[_period(day) for day in row.hours.split(",")],
        active=row.active,
        id=row.id,
    )


def _period(day: str) -> Period | None:
    opens, dash, closes = day.partition("-")
    return (time.fromisoformat(opens), time.fromisoformat(closes)) if dash else None
