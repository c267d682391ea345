"""Proof of what was removed: what kind, how many, when and by which rule; and the ledger of what is gone."""

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
    """Write the proof, in the transaction that removes; nothing if nothing was removed.

    `more` is said in the audit log besides.
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
    """Write requests down as gone, by their submissions, so that a restored backup forgets them too."""
    for submission in submissions:
        insert_if_new(connection, ErasureLogRow, submission=submission, at=at, why=why)
