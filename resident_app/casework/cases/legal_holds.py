"""Legal hold: no part of a request, or of those merged with it, is removed until the hold ends."""

from sqlalchemy import Connection, select, update

from resident_app.casework.cases.actions import Actor, ReasonRequired
from resident_app.casework.cases.case_change import CaseChange, lock_request
from resident_app.casework.office_keys import OfficeKeys
from resident_app.intake.erasure import erase_request, locked_group
from resident_app.intake.request_tables import EntryKind, HelpRequestRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited


def hold(connection: Connection, keys: OfficeKeys, number: int, reason: str, actor: Actor) -> None:
    """Put a request and those merged with it under legal hold. Raises RequestGone, ReasonRequired."""
    _change(connection, keys, number, reason, actor, legal_hold=True)


def release(connection: Connection, keys: OfficeKeys, number: int, reason: str, actor: Actor) -> bool:
    """End the hold, and erase what its senders had asked to erase. Returns whether that was the request.

    Raises RequestGone, ReasonRequired.
    """
    _change(connection, keys, number, reason, actor, legal_hold=False)
    ids = [member.id for member in locked_group(connection, number)]
    requested = select(HelpRequestRow.id).where(
        HelpRequestRow.id.in_(ids), HelpRequestRow.erasure_requested_at.is_not(None)
    )
    erased = [
        one for one in connection.execute(requested).scalars() if erase_request(connection, one, actor.at)
    ]
    return number in erased


def _change(
    connection: Connection, keys: OfficeKeys, number: int, reason: str, actor: Actor, *, legal_hold: bool
) -> None:
    if not reason.strip():
        raise ReasonRequired
    members = locked_group(connection, number)
    row = lock_request(connection, number)
    if row.legal_hold == legal_hold:
        return
    change = CaseChange(connection, keys, row, actor)
    change.add_entry(EntryKind.HELD if legal_hold else EntryKind.RELEASED, reason)
    change.finish()
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.id.in_([member.id for member in members]))
        .values(legal_hold=legal_hold)
    )
    audit_log.record(
        connection,
        Audited.HOLD_CHANGED,
        actor_id=actor.id,
        at=actor.at,
        request=number,
        held=int(legal_hold),
    )
