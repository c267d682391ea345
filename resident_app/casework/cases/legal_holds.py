"""Legal hold: nothing of a request, or of what was merged with it, is removed until the hold ends."""

from sqlalchemy import Connection, select, update

from resident_app.casework.cases.actions import Actor, ReasonRequired
from resident_app.casework.cases.case_change import CaseChange, lock_request
from resident_app.casework.office_keys import OfficeKeys
from resident_app.intake.erasure import erase_group, locked_group
from resident_app.intake.request_tables import EntryKind, HelpRequestRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited


def hold(connection: Connection, keys: OfficeKeys, number: int, reason: str, hand: Actor) -> None:
    """Put a request and all that were merged with it under hold. Raises Gone, NoReason."""
    _change(connection, keys, number, reason, hand, held=True)


def release(connection: Connection, keys: OfficeKeys, number: int, reason: str, hand: Actor) -> bool:
    """End the hold. True: its sender had wanted it erased, and it is gone now. Raises Gone, NoReason."""
    _change(connection, keys, number, reason, hand, held=False)
    ids = [member.id for member in locked_group(connection, number)]
    wanted = select(HelpRequestRow.id).where(
        HelpRequestRow.id.in_(ids), HelpRequestRow.erasure_requested_at.is_not(None)
    )
    if connection.execute(wanted.limit(1)).one_or_none() is None:
        return False
    return erase_group(connection, number, hand.at)


def _change(
    connection: Connection, keys: OfficeKeys, number: int, reason: str, hand: Actor, *, held: bool
) -> None:
    if not reason.strip():
        raise ReasonRequired
    members = locked_group(connection, number)
    row = lock_request(connection, number)
    if row.legal_hold == held:
        return
    change = CaseChange(connection, keys, row, hand)
    change.tell(EntryKind.HELD if held else EntryKind.RELEASED, reason)
    change.finish()
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.id.in_([member.id for member in members]))
        .values(legal_hold=held)
    )
    audit_log.record(
        connection, Audited.HOLD_CHANGED, actor_id=hand.id, at=hand.at, request=number, held=int(held)
    )
