"""Erasing a request takes two people: one asks with a reason, another allows it, and it is erased at once.

Each row is authenticated (`security.row_authentication`): what was asked by other means counts for nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Select, Table, delete, insert, select

from resident_app.casework.retention.erasure_approval_tables import ErasureApprovalRow, ErasureReason
from resident_app.intake.erasure import erase_request
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.security.row_authentication import seal_row
from resident_app.security.row_versions import newest_rows, newest_version, record_version

_APPROVAL = cast(Table, ErasureApprovalRow.__table__)


class ErasureRefused(Exception):
    """Nothing waits for this request, something waits already, or this person may not decide."""


@dataclass(frozen=True)
class WaitingErasure:
    """A request whose erasing waits for a second person."""

    request: int
    reason: ErasureReason
    asked_by: int
    asked_at: datetime


def ask_erasure(
    connection: Connection, request: int, reason: ErasureReason, staff: int, at: datetime
) -> None:
    """Ask for a request to be erased. Raises ErasureRefused if somebody asked already, or it is erased."""
    audit_log.lock_log(connection)
    state = connection.execute(
        select(HelpRequestRow.state).where(HelpRequestRow.id == request).with_for_update()
    ).scalar_one_or_none()
    if state in (None, RequestState.ERASED) or waiting_erasure(connection, request):
        raise ErasureRefused
    # A row that this system did not write, if there is one.
    connection.execute(delete(ErasureApprovalRow).where(ErasureApprovalRow.id == request))
    version = newest_version(connection, _APPROVAL, request) + 1
    connection.execute(
        insert(ErasureApprovalRow).values(
            id=request, reason=reason, asked_by=staff, asked_at=at, version=version
        )
    )
    seal_row(connection, _APPROVAL, request)
    record_version(connection, _APPROVAL, request, version, at)
    _record(connection, request, "erase-asked", reason, staff, at)


def decide_erasure(
    connection: Connection,
    request: int,
    allowed: bool,
    staff: int,
    at: datetime,
    *,
    is_second_person: Callable[[int], bool],
) -> bool:
    """Erase the request, or refuse to. The one who asked may take it back. Returns whether it is erased now.

    `is_second_person` says whether the decider may decide for the person who asked, an account's number.
    Raises ErasureRefused.
    """
    audit_log.lock_log(connection)
    waiting = waiting_erasure(connection, request)
    if waiting is None:
        raise ErasureRefused
    takes_back = not allowed and waiting.asked_by == staff
    if not takes_back and (waiting.asked_by == staff or not is_second_person(waiting.asked_by)):
        raise ErasureRefused
    _end(connection, request, at)
    if not allowed:
        _record(connection, request, "erase-refused", waiting.reason, staff, at)
        return False
    return _erase(connection, waiting, staff, at)


def erase_alone(connection: Connection, request: int, staff: int, at: datetime) -> bool:
    """Erase a request that one person is enough for (`web.accounts.second_person`), as that person asked.

    Returns whether it is erased now. Raises ErasureRefused.
    """
    waiting = waiting_erasure(connection, request)
    if waiting is None or waiting.asked_by != staff:
        raise ErasureRefused
    _end(connection, request, at)
    return _erase(connection, waiting, staff, at)


def _erase(connection: Connection, waiting: WaitingErasure, staff: int, at: datetime) -> bool:
    """Erase it. Returns False under legal hold: then it is erased when the hold ends."""
    is_erased = erase_request(connection, waiting.request, at)
    what = "erased" if is_erased else "erase-wanted"
    _record(connection, waiting.request, what, waiting.reason, staff, at)
    return is_erased


def waiting_erasure(connection: Connection, request: int) -> WaitingErasure | None:
    """Return what waits about a request, or None."""
    found = _waiting(connection, select(ErasureApprovalRow).where(ErasureApprovalRow.id == request))
    return found[0] if found else None


def waiting_erasures(connection: Connection) -> list[WaitingErasure]:
    """Return everything that waits, the oldest first. What was erased meanwhile waits no more."""
    return _waiting(
        connection,
        select(ErasureApprovalRow)
        .join(HelpRequestRow, HelpRequestRow.id == ErasureApprovalRow.id)
        .where(HelpRequestRow.state != RequestState.ERASED)
        .order_by(ErasureApprovalRow.asked_at),
    )


def _end(connection: Connection, request: int, at: datetime) -> None:
    """Remove what waited. A row that is put back later is not the newest version."""
    connection.execute(delete(ErasureApprovalRow).where(ErasureApprovalRow.id == request))
    version = newest_version(connection, _APPROVAL, request) + 1
    record_version(connection, _APPROVAL, request, version, at)


def _waiting(connection: Connection, statement: Select[ErasureApprovalRow]) -> list[WaitingErasure]:
    return [
        WaitingErasure(row.id, row.reason, row.asked_by, row.asked_at)
        for row in newest_rows(connection, statement, _APPROVAL)
    ]


def _record(
    connection: Connection, request: int, what: str, reason: ErasureReason, staff: int, at: datetime
) -> None:
    audit_log.record(
        connection,
        Audited.REQUEST_CHANGED,
        actor_id=staff,
        at=at,
        request=request,
        what=what,
        reason=reason.value,
    )
