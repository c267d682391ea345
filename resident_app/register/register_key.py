"""Register keys: 32-byte seeds in one file, and the OPRF keys derived from each.

Only the evaluator and the sealing machine hold this file. It may have several lines, the newest key first:
while an edition that was sealed under an older key is live, both are there.
"""

import secrets
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resident_app.private_files import read_keys, write_private
from resident_app.register import oprf

BUCKETS = 65_536
_ID_CHARACTERS = 16
_KIND = "register-key-1"


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
    write_private(path, f"{_KIND} {secrets.token_hex(32)}\n".encode())


def load_register_keys(path: Path) -> RegisterKeys:
    """Read a key file. Raises SettingsError, which names the setting and never the contents."""
    seeds = read_keys("REGISTER_KEY_FILE", path, _KIND, "flask register keygen")
    return RegisterKeys(tuple(RegisterKey(seed) for seed in seeds))


def load_register_key(path: Path) -> RegisterKey:
    """Read the newest key, for the sealing machine. Raises SettingsError."""
    return load_register_keys(path).newest
