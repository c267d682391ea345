"""Who erased a request, and when: an erased request is not one that never was."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from resident_app.intake.erasure_tables import ErasureLogRow, RemovalReason
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.security.audit_log import Audited, AuditEvent


@dataclass(frozen=True)
class PastErasure:
    """A request of which nothing is left. `staff` is the account that erased it; None: its sender did."""

    at: datetime
    why: RemovalReason
    staff: int | None


def erased_request(connection: Connection, number: int) -> PastErasure | None:
    """Return how a request was erased, or None if it was not, or so long ago that its row is gone."""
    found = connection.execute(
        select(HelpRequestRow.received_at, ErasureLogRow.why)
        .outerjoin(ErasureLogRow, ErasureLogRow.submission == HelpRequestRow.submission)
        .where(HelpRequestRow.id == number, HelpRequestRow.state == RequestState.ERASED)
    ).one_or_none()
    if found is None:
        return None
    return PastErasure(found.received_at, found.why or RemovalReason.ERASED, _who_erased(connection, number))


def _who_erased(connection: Connection, number: int) -> int | None:
    about = or_(*(AuditEvent.fields.like(f'%"request": {number}{end}%') for end in (",", "}")))
    events = connection.execute(
        select(AuditEvent.actor_id, AuditEvent.fields)
        .where(AuditEvent.kind == Audited.REQUEST_CHANGED.value, about)
        .order_by(AuditEvent.number.desc())
    )
    for actor, fields in events:
        if json.loads(fields).get("what") in ("erased", "erase-wanted"):
            return int(actor) if actor is not None else None
    return None
