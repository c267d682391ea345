"""Purge receipts (what kind was removed, how many, when, by which rule) and the erasure log."""

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from resident_app.database import find_all, insert_if_new, reading, writing
from resident_app.intake.erasure_tables import ErasureLogRow, PurgeReceiptRow, RemovalReason
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

_RECEIPTS_AT_ONCE = 500
_CODE = re.compile(r"[a-z_-]{1,40}")


def write_purge_receipt(
    connection: Connection, kind: str, rule: str, count: int, at: datetime, **more: int | str
) -> None:
    """Write the receipt, in the transaction that removes. Writes nothing if nothing was removed.

    A process that holds the audit key records the event at once, with `more` in it. For the public process
    `record_receipts` does it.
    """
    if not count:
        return
    records = audit_log.holds_audit_log(connection)
    row = {"at": at, "kind": kind, "rule": rule, "count": count}
    # The public role may not write the other column.
    connection.execute(insert(PurgeReceiptRow).values(row | ({"in_audit_log": True} if records else {})))
    if records:
        audit_log.record(
            connection, Audited.PURGED, actor_id=None, at=at, what=kind, rule=rule, count=count, **more
        )


def record_receipts(engine: Engine, now: datetime) -> int:
    """Record the event of each receipt that has none. Returns how many there were."""
    waits = PurgeReceiptRow.in_audit_log.is_(False)
    with reading(engine) as connection:
        if connection.execute(select(PurgeReceiptRow.id).where(waits).limit(1)).one_or_none() is None:
            return 0
    with writing(engine) as connection:
        receipts = find_all(
            connection,
            select(PurgeReceiptRow)
            .where(waits)
            .order_by(PurgeReceiptRow.id)
            .limit(_RECEIPTS_AT_ONCE)
            .with_for_update(),
        )
        for receipt in receipts:
            audit_log.record(
                connection,
                Audited.PURGED,
                actor_id=None,
                at=now,
                what=_code(receipt.kind),
                rule=_code(receipt.rule),
                count=receipt.count,
                receipt=receipt.id,
            )
        connection.execute(
            update(PurgeReceiptRow)
            .where(PurgeReceiptRow.id.in_([receipt.id for receipt in receipts]))
            .values(in_audit_log=True)
        )
    return len(receipts)


def _code(stored: str) -> str:
    """Return a receipt's code. Somebody else may have written the receipt, with any words in it."""
    return stored if _CODE.fullmatch(stored) else "unknown"


def log_erasure(
    connection: Connection, submissions: Iterable[bytes], why: RemovalReason, at: datetime
) -> None:
    """Log requests as erased, by their submissions, so that they can be erased from a restored backup too."""
    for submission in submissions:
        insert_if_new(connection, ErasureLogRow, submission=submission, at=at, why=why)
