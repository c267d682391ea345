"""Who has a request open now: so that two officers do not answer the same person."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from resident_app.database import insert_if_new
from resident_app.intake.request_tables import PresenceRow

SEEN = timedelta(seconds=40)
"""An open page tells every ten seconds that it is open."""


def arrive(connection: Connection, request: int, staff: int, now: datetime) -> None:
    """Somebody has the request open."""
    if not insert_if_new(connection, PresenceRow, request_id=request, account_id=staff, seen_at=now):
        connection.execute(
            update(PresenceRow)
            .where(PresenceRow.request_id == request, PresenceRow.account_id == staff)
            .values(seen_at=now)
        )


def others(connection: Connection, request: int, staff: int, now: datetime) -> list[int]:
    """Who else has it open."""
    found = select(PresenceRow.account_id).where(
        PresenceRow.request_id == request, PresenceRow.account_id != staff, PresenceRow.seen_at > now - SEEN
    )
    return list(connection.execute(found).scalars())
