"""Proof of what was removed: what kind, how many, when and by which rule; and the ledger of what is gone."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from sqlalchemy import Connection, insert

from resident_app.database import insert_if_new
from resident_app.outreach.tables import Purge, Removal
from resident_app.safeguards import audit
from resident_app.safeguards.audit import Audited


class Why(Enum):
    """Why a request is gone."""

    ERASED = "erased"
    """Its sender wanted so."""
    RETENTION = "retention"
    """It was kept as long as it had to be."""


def prove(connection: Connection, kind: str, rule: str, count: int, at: datetime, **more: int | str) -> None:
    """Write the proof, in the transaction that removes; nothing if nothing was removed.

    `more` is said in the audit log besides.
    """
    if not count:
        return
    connection.execute(insert(Purge).values(at=at, kind=kind, rule=rule, count=count))
    audit.record(connection, Audited.PURGED, staff=None, at=at, what=kind, rule=rule, count=count, **more)


def remember_removed(connection: Connection, submissions: Iterable[bytes], why: Why, at: datetime) -> None:
    """Write requests down as gone, by their submissions, so that a restored backup forgets them too."""
    for submission in submissions:
        insert_if_new(connection, Removal, submission=submission, at=at, why=why.value)
