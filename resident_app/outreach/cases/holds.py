"""Legal hold: nothing of a request, or of what was merged with it, is removed until the hold ends."""

from sqlalchemy import Connection, select, update

from resident_app.outreach.cases.change import Change, locked
from resident_app.outreach.cases.deeds import Hand, NoReason
from resident_app.outreach.keeping.erasing import erase_group, locked_group
from resident_app.outreach.office_key import OfficeKeys
from resident_app.outreach.tables import EntryKind, StoredRequest
from resident_app.safeguards import audit
from resident_app.safeguards.audit import Audited


def hold(connection: Connection, keys: OfficeKeys, number: int, reason: str, hand: Hand) -> None:
    """Put a request and all that were merged with it under hold. Raises Gone, NoReason."""
    _change(connection, keys, number, reason, hand, held=True)


def release(connection: Connection, keys: OfficeKeys, number: int, reason: str, hand: Hand) -> bool:
    """End the hold. True: its sender had wanted it erased, and it is gone now. Raises Gone, NoReason."""
    _change(connection, keys, number, reason, hand, held=False)
    ids = [member.id for member in locked_group(connection, number)]
    wanted = select(StoredRequest.id).where(
        StoredRequest.id.in_(ids), StoredRequest.erase_wanted_at.is_not(None)
    )
    if connection.execute(wanted.limit(1)).one_or_none() is None:
        return False
    return erase_group(connection, number, hand.at)


def _change(
    connection: Connection, keys: OfficeKeys, number: int, reason: str, hand: Hand, *, held: bool
) -> None:
    if not reason.strip():
        raise NoReason
    members = locked_group(connection, number)
    row = locked(connection, number)
    if row.held == held:
        return
    change = Change(connection, keys, row, hand)
    change.tell(EntryKind.HELD if held else EntryKind.RELEASED, reason)
    change.finish()
    connection.execute(
        update(StoredRequest).where(StoredRequest.id.in_([member.id for member in members])).values(held=held)
    )
    audit.record(
        connection, Audited.HOLD_CHANGED, staff=hand.staff, at=hand.at, request=number, held=int(held)
    )
