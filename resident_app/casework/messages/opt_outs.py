"""The phone numbers that want no texts from the office: their last keyword was STOP."""

from sqlalchemy import Connection

from resident_app.casework.messages import placement
from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import open_json
from resident_app.intake.message_tables import InboundState


def opted_out_numbers(connection: Connection, keys: OfficeKeys) -> frozenset[str]:
    """Return the numbers that opted out, E.164. The worker asks again before it sends anything."""
    found = set()
    for stored in placement.in_state(connection, InboundState.STOP):
        try:
            found.add(placement.inbound_message(open_json(stored.sealed, keys, stored.submission)).sender)
        except CannotOpen:
            continue
    return frozenset(found)
