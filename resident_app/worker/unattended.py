"""Open what the worker sends, rings and files by itself. Nobody reads it, so nothing is recorded."""

from resident_app.casework.calls.office_calls import CallNumbers
from resident_app.casework.messages.outbox import OutgoingMessage, outgoing_message
from resident_app.casework.messages.placement import StoredInbound, inbound_message
from resident_app.casework.office_keys import OfficeKeys
from resident_app.casework.opening import open_json
from resident_app.intake.aad import call_aad, outgoing_aad
from resident_app.intake.inbound_messages import InboundMessage


def open_message(sealed: bytes, keys: OfficeKeys, key: str) -> OutgoingMessage:
    """Open a message to a resident. Raises CannotOpen."""
    return outgoing_message(open_json(sealed, keys, outgoing_aad(key)))


def open_numbers(sealed: bytes, keys: OfficeKeys, token: str) -> CallNumbers:
    """Open the two numbers of a call. Raises CannotOpen."""
    return CallNumbers(**open_json(sealed, keys, call_aad(token)))


def open_inbound(stored: StoredInbound, keys: OfficeKeys) -> InboundMessage:
    """Open a message from a resident. Raises CannotOpen."""
    return inbound_message(open_json(stored.sealed, keys, stored.submission))
