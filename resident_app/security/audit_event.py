"""One event of the audit log as it is stored, and the hash that covers it."""

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from resident_app.security.audit_keys import AuditKeys


@dataclass(frozen=True)
class StoredEvent:
    """An event's columns as they are stored: SQLite stores any value in any column."""

    number: int
    at: object = None
    kind: object = ""
    actor_id: object = None
    fields: object = ""
    previous: object = ""
    hash: object = ""
    key_id: object = ""
    version_event: object = 0

    @property
    def time(self) -> datetime | None:
        """When it happened, in UTC; None if that is damaged."""
        try:
            at = self.at if isinstance(self.at, datetime) else datetime.fromisoformat(str(self.at))
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return None

    def is_intact(self, keys: AuditKeys) -> bool:
        """Return whether its hash is the one that its columns have under its key, or without a key."""
        key = keys.find(str(self.key_id))
        message = self._message()
        if message is None or not isinstance(self.hash, str) or (self.key_id and key is None):
            return False
        right = key.mac(message) if key else sha256(message).hexdigest()
        return hmac.compare_digest(right.encode(), self.hash.encode())

    def _message(self) -> bytes | None:
        """Return what the hash covers; None if a column has not its type."""
        at = self.time
        if (
            at is None
            or not isinstance(self.previous, str)
            or not isinstance(self.kind, str)
            or not isinstance(self.actor_id, int | None)
            or not isinstance(self.fields, str)
            or not isinstance(self.key_id, str)
            or not isinstance(self.version_event, int)
        ):
            return None
        columns = [self.previous, self.number, at.isoformat(), self.kind, self.actor_id, self.fields]
        if self.key_id:
            columns += [self.key_id, self.version_event]
        elif self.version_event:
            return None
        return json.dumps(columns).encode()

    def under(self, keys: AuditKeys) -> str:
        """Return the hash of these columns under the newest key, whose id they have."""
        message = self._message()
        if message is None:
            raise ValueError("an event has a time, and texts")
        return keys.newest.mac(message)
