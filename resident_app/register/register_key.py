"""Register keys: 32-byte seeds in one file, and the OPRF keys derived from each.

Only the evaluator and the sealing machine hold this file. It may have several lines, the newest key first:
while an edition that was sealed under an older key is live, both are there.
"""

import os
import re
import secrets
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resident_app.private_files import refuse_open_key
from resident_app.register import oprf
from resident_app.settings import SettingsError

BUCKETS = 65_536
_ID_CHARACTERS = 16
_LINE = re.compile(r"register-key-1 ([0-9a-f]{64})")


@dataclass(frozen=True, repr=False)
class RegisterKey:
    """One register key. `seed` is 32 bytes."""

    seed: bytes

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits that name the key and say nothing about it."""
        return sha256(b"register key id|" + self.seed).hexdigest()[:_ID_CHARACTERS]

    def bucket_key(self, bucket: int) -> bytes:
        """The OPRF key of one bucket, 0 to 65,535 (DeriveKeyPair, RFC 9497, 3.2.1): a 32-byte scalar."""
        return _bucket_key(self.seed, bucket)

    @cached_property
    def probe_key(self) -> bytes:
        """The OPRF key of the probe, which opens no card."""
        return oprf.derive_key(self.seed, b"probe")

    def derived(self, purpose: str) -> bytes:
        """32 bytes for one purpose of the sealing machine (HKDF-SHA512, RFC 5869)."""
        return HKDF(SHA512(), 32, salt=None, info=b"register|" + purpose.encode()).derive(self.seed)


@dataclass(frozen=True, repr=False)
class RegisterKeys:
    """The keys of one file, newest first."""

    keys: tuple[RegisterKey, ...]

    @property
    def newest(self) -> RegisterKey:
        return self.keys[0]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(key.id for key in self.keys)

    def find(self, id: str) -> RegisterKey | None:
        return next((key for key in self.keys if key.id == id), None)


@lru_cache(maxsize=2 * BUCKETS)
def _bucket_key(seed: bytes, bucket: int) -> bytes:
    return oprf.derive_key(seed, b"bucket|" + bucket.to_bytes(2, "big"))


def make_register_key(path: Path) -> None:
    """Write a new key to `path`, mode 0600. Raises FileExistsError instead of overwriting."""
    write_private(path, f"register-key-1 {secrets.token_hex(32)}\n".encode())


def load_register_keys(path: Path) -> RegisterKeys:
    """Read a key file. Raises SettingsError, which names the setting and never the contents."""
    refuse_open_key("REGISTER_KEY_FILE", path)
    try:
        lines = [line for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        lines = []
    found = [_LINE.fullmatch(line.strip()) for line in lines]
    if not found or not all(found):
        raise SettingsError(f"REGISTER_KEY_FILE: {path} should be a file made by `flask register keygen`")
    return RegisterKeys(tuple(RegisterKey(bytes.fromhex(match[1])) for match in found if match))


def load_register_key(path: Path) -> RegisterKey:
    """Read the newest key, for the sealing machine. Raises SettingsError."""
    return load_register_keys(path).newest


def write_private(path: Path, contents: bytes) -> None:
    """Write a new file, mode 0600, and sync it to disk. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())
