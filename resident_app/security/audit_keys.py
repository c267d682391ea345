"""The audit keys: each authenticates the events that were recorded under it (HMAC-SHA256, RFC 2104).

Console, worker and `flask audit` hold the file. It may have several lines, the newest key first: events are
recorded under the newest, and older keys verify what is older.
"""

import hmac
import secrets
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from resident_app.private_files import read_keys, replace_private
from resident_app.settings import SettingsError

_ID_CHARACTERS = 16
_KIND = "audit-key-1"


@dataclass(frozen=True, repr=False)
class AuditKey:
    """One key of 32 bytes."""

    secret: bytes

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits that name the key and say nothing about it."""
        return sha256(b"audit key id|" + self.secret).hexdigest()[:_ID_CHARACTERS]

    def mac(self, message: bytes) -> str:
        """Return HMAC-SHA256 over an event, hex."""
        return hmac.digest(self.secret, b"audit event|" + message, "sha256").hex()

    def derived(self, purpose: str) -> bytes:
        """Return 32 bytes for one other purpose that console and worker share."""
        return hmac.digest(self.secret, b"derived|" + purpose.encode(), "sha256")


@dataclass(frozen=True, repr=False)
class AuditKeys:
    """The keys of one file, newest first."""

    keys: tuple[AuditKey, ...]

    @property
    def newest(self) -> AuditKey:
        return self.keys[0]

    def find(self, id: str) -> AuditKey | None:
        return next((key for key in self.keys if key.id == id), None)

    def age(self, id: str) -> int:
        """Return how many keys are newer than this one; -1 if it is not in the file."""
        return next((age for age, key in enumerate(self.keys) if key.id == id), -1)


def new_audit_key() -> str:
    """Return a new key as a line of a key file."""
    return f"{_KIND} {secrets.token_hex(32)}\n"


def add_audit_key(path: Path) -> None:
    """Put a new key above those of a key file. Raises OSError."""
    replace_private(path, (new_audit_key() + path.read_text(encoding="ascii")).encode())


def load_audit_keys(path: Path) -> AuditKeys:
    """Read a key file. Raises SettingsError, which names the setting and never the contents."""
    made_by = "flask keys make"
    keys = tuple(AuditKey(secret) for secret in read_keys("AUDIT_KEY_FILE", path, _KIND, made_by))
    if len({key.id for key in keys}) != len(keys):
        raise SettingsError(f"AUDIT_KEY_FILE: {path} should be a file made by `{made_by}`")
    return AuditKeys(keys)
