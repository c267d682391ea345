"""The outreach office's public key: seals what only the office can open. HPKE (RFC 9180), hybrid KEM.

MLKEM768-X25519, HKDF-SHA256, AES-256-GCM: stored data stays closed to an attacker who can break either
ML-KEM or X25519, but not both. A key file that changes is read again, so a new key needs no restart.
"""

import base64
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PublicKey,
    Suite,
)

from resident_app.settings import SettingsError

Key = TypeVar("Key")

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
INFO = b"outreach help request 1"
_SMALLEST_BYTES = 1024
_ID_CHARACTERS = 16


@dataclass(frozen=True, repr=False)
class Ciphertext:
    """A ciphertext, and the id of the key that opens it."""

    sealed: bytes
    sealed_to: str


class OfficePublicKey:
    """Seals, and cannot open. `id` is the first 16 hexadecimal digits of the public key's SHA-256."""

    def __init__(self, kem: MLKEM768PublicKey, curve: X25519PublicKey):
        self._key = MLKEM768X25519PublicKey(kem, curve)
        self._parts = kem.public_bytes_raw(), curve.public_bytes_raw()
        self.id = sha256(b"".join(self._parts)).hexdigest()[:_ID_CHARACTERS]

    @property
    def line(self) -> str:
        """The contents of its file."""
        return key_line("office-public-key-1", *self._parts)

    def seal(self, plaintext: bytes, aad: bytes) -> Ciphertext:
        """Seal `plaintext`, padded with spaces to a power of two, so that its size says little.

        The ciphertext opens only with the same `aad`.
        """
        padded = plaintext.ljust(padded_size(len(plaintext)))
        sealed = SUITE.encrypt(padded, self._key, info=INFO + aad)
        return Ciphertext(bytes(sealed), self.id)


def padded_size(size: int) -> int:
    """Return how many bytes a plaintext of this size has once it is padded."""
    padded = _SMALLEST_BYTES
    while padded < size:
        padded *= 2
    return padded


class KeyFile(Generic[Key]):
    """A key file that is read again when it changes. A changed file without a valid key is ignored."""

    def __init__(self, path: Path, load: Callable[[Path], Key]):
        self.path = path
        self._load = load
        self._mutex = threading.Lock()
        self._stamp = _stamp(path)
        self._kept = load(path)

    def current(self) -> Key:
        """Return the key that is in the file now."""
        with self._mutex:
            stamp = _stamp(self.path)
            if stamp not in (None, self._stamp):
                try:
                    self._kept = self._load(self.path)
                    self._stamp = stamp
                except SettingsError:
                    pass
            return self._kept


class PublicKeyFile(KeyFile[OfficePublicKey]):
    """The public process's key. Raises SettingsError that names the setting."""

    def __init__(self, path: Path):
        super().__init__(path, load_public_key)


def load_public_key(path: Path) -> OfficePublicKey:
    """Raises SettingsError that names the setting."""
    try:
        [(kem, curve)] = key_parts(path, "office-public-key-1")
        return OfficePublicKey(
            MLKEM768PublicKey.from_public_bytes(kem), X25519PublicKey.from_public_bytes(curve)
        )
    except (OSError, ValueError):
        wanted = f"OFFICE_PUBLIC_KEY_FILE: {path} should be a public key made by `flask office keygen`"
        raise SettingsError(wanted) from None


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what identifies this version of a file, or None if it does not exist."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def key_line(kind: str, *parts: bytes) -> str:
    return " ".join([kind, *(base64.b64encode(part).decode() for part in parts)]) + "\n"


def key_parts(path: Path, kind: str) -> list[tuple[bytes, bytes]]:
    """Return the two halves of each key in a file. Raises ValueError, OSError."""
    lines = [line for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    found = [re.fullmatch(rf"{kind} (\S+) (\S+)\s*", line) for line in lines]
    if not found or not all(found):
        raise ValueError
    return [
        (base64.b64decode(match[1], validate=True), base64.b64decode(match[2], validate=True))
        for match in found
        if match
    ]
