"""Purge receipts (what kind was removed, how many, when, by which rule) and the erasure log."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert

from resident_app.database import insert_if_new
from resident_app.intake.erasure_tables import ErasureLogRow, PurgeReceiptRow, RemovalReason
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited


def write_purge_receipt(
    connection: Connection, kind: str, rule: str, count: int, at: datetime, **more: int | str
) -> None:
    """Write the receipt, in the transaction that removes. Writes nothing if nothing was removed.

    `more` goes into the audit log too.
    """
    if not count:
        return
    connection.execute(insert(PurgeReceiptRow).values(at=at, kind=kind, rule=rule, count=count))
    audit_log.record(
        connection, Audited.PURGED, actor_id=None, at=at, what=kind, rule=rule, count=count, **more
    )


def log_erasure(
    connection: Connection, submissions: Iterable[bytes], why: RemovalReason, at: datetime
) -> None:
    """Log requests as erased, by their submissions, so that they can be erased from a restored backup too."""
    for submission in submissions:
        insert_if_new(connection, ErasureLogRow, submission=submission, at=at, why=why)
