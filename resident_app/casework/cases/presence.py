"""Who has a request open now, so that two officers do not answer the same person."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from resident_app.database import insert_if_new
from resident_app.intake.request_tables import PresenceRow

PRESENT_FOR = timedelta(seconds=40)
"""An open page reports every ten seconds that it is open."""


def mark_present(connection: Connection, request: int, account: int, now: datetime) -> None:
    """Record that a staff member has the request open."""
    if not insert_if_new(connection, PresenceRow, request_id=request, account_id=account, seen_at=now):
        connection.execute(
            update(PresenceRow)
            .where(PresenceRow.request_id == request, PresenceRow.account_id == account)
            .values(seen_at=now)
        )


def others_present(connection: Connection, request: int, account: int, now: datetime) -> list[int]:
    """Return the accounts of everybody else who has the request open."""
    found = select(PresenceRow.account_id).where(
        PresenceRow.request_id == request,
        PresenceRow.account_id != account,
        PresenceRow.seen_at > now - PRESENT_FOR,
    )
    return list(connection.execute(found).scalars())
