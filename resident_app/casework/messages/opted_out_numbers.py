"""The phone numbers that answered STOP. They are sealed in the database, and opened in memory only."""

import threading

from sqlalchemy import Engine, select

from resident_app.casework.messages import placement
from resident_app.casework.messages.placement import StoredInbound
from resident_app.casework.office_keys import CannotOpen, OfficeKeys, OfficeKeysFile
from resident_app.casework.opening import open_json
from resident_app.database import reading
from resident_app.intake.aad import inbound_aad
from resident_app.intake.message_tables import InboundRow, InboundState
from resident_app.security import event_log


class OptedOutNumbers:
    """The numbers that opted out of text messages. Each record is opened once."""

    def __init__(self, engine: Engine, keys: OfficeKeysFile):
        self._engine = engine
        self._keys = keys
        self._mutex = threading.Lock()
        self._numbers: dict[bytes, str] = {}
        """The number, by the submission of its STOP."""

    def has(self, number: str) -> bool:
        """Return whether the last keyword that was processed from a number is STOP."""
        return number in self._current().values()

    def numbers(self) -> frozenset[str]:
        """Return the numbers that opted out, E.164."""
        return frozenset(self._current().values())

    def records_of(self, number: str) -> list[bytes]:
        """Return the submissions of the records that a number opted out."""
        return [submission for submission, found in self._current().items() if found == number]

    def _current(self) -> dict[bytes, str]:
        """Bring the numbers in memory up to date with the table, and return them."""
        with self._mutex:
            with reading(self._engine) as connection:
                current = set(
                    connection.execute(
                        select(InboundRow.submission).where(InboundRow.state == InboundState.STOP)
                    ).scalars()
                )
                is_new = InboundRow.submission.in_(current - self._numbers.keys())
                added = placement.stored_inbound(connection, is_new)
            keys = self._keys.current()
            kept = {known: number for known, number in self._numbers.items() if known in current}
            self._numbers = kept | {stored.submission: sender_of(stored, keys) for stored in added}
            return self._numbers


def sender_of(stored: StoredInbound, keys: OfficeKeys) -> str:
    """Return the sender of a message, or an empty string if it does not open."""
    try:
        contents = open_json(stored.sealed, keys, inbound_aad(stored.submission))
        return placement.inbound_message(contents).sender
    except CannotOpen as error:
        event_log.failed("opt-out", error)
        return ""
