"""The outreach office's key pair, and what is sealed to it: HPKE (RFC 9180), hybrid KEM.

MLKEM768-X25519, HKDF-SHA256, AES-256-GCM: what is stored today stays closed to whoever
can break either ML-KEM or X25519, but not both.

The file of private keys may hold several, a line each, the newest first: while an old key's boxes are
sealed again, both open. A key file that changes is read again, so that a key changes without a restart.
"""

import base64
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from resident_app.settings import SettingsError

Key = TypeVar("Key")

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"outreach help request 1"
_SMALLEST_BYTES = 1024
_ID_CHARACTERS = 16


class CannotOpen(ValueError):
    """The box was sealed to another key, or altered, or moved to another request."""


@dataclass(frozen=True, repr=False)
class Box:
    """What was sealed, and the id of the key that opens it."""

    sealed: bytes
    sealed_to: str


class OfficePublicKey:
    """Seals; cannot open. `id` is 16 hexadecimal digits of the SHA-256 of the public key."""

    def __init__(self, kem: MLKEM768PublicKey, curve: X25519PublicKey):
        self._key = MLKEM768X25519PublicKey(kem, curve)
        self._parts = kem.public_bytes_raw(), curve.public_bytes_raw()
        self.id = sha256(b"".join(self._parts)).hexdigest()[:_ID_CHARACTERS]

    @property
    def line(self) -> str:
        """The contents of its file."""
        return _line("office-public-key-1", *self._parts)

    def seal(self, plaintext: bytes, bound_to: bytes) -> Box:
        """Seal `plaintext`, padded with spaces to a power of two, so that its size says little.

        `bound_to` is what the box belongs to; it opens with nothing else.
        """
        size = _SMALLEST_BYTES
        while size < len(plaintext):
            size *= 2
        sealed = _SUITE.encrypt(plaintext.ljust(size), self._key, info=_INFO + bound_to)
        return Box(bytes(sealed), self.id)


class OfficePrivateKey:
    """Opens what was sealed to one key of the office."""

    def __init__(self, kem: MLKEM768PrivateKey, curve: X25519PrivateKey):
        self._key = MLKEM768X25519PrivateKey(kem, curve)
        self.public = OfficePublicKey(kem.public_key(), curve.public_key())

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """The plaintext with its padding. Raises CannotOpen."""
        try:
            return bytes(_SUITE.decrypt(sealed, self._key, info=_INFO + bound_to))
        except (InvalidTag, ValueError):
            raise CannotOpen from None


class OfficeKeys:
    """The office's private keys, the newest first. Seals to the newest, opens with whichever fits."""

    def __init__(self, keys: tuple[OfficePrivateKey, ...]):
        self._keys = keys

    @property
    def newest(self) -> OfficePrivateKey:
        return self._keys[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The keys' ids, the newest first."""
        return tuple(key.public.id for key in self._keys)

    def seal(self, plaintext: bytes, bound_to: bytes) -> Box:
        return self.newest.public.seal(plaintext, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """The plaintext with its padding. Raises CannotOpen."""
        for key in self._keys:
            try:
                return key.open(sealed, bound_to)
            except CannotOpen:
                continue
        raise CannotOpen


class _File(Generic[Key]):
    """A key file, read again when it has changed. A changed file that is no key is not taken."""

    def __init__(self, path: Path, load: Callable[[Path], Key]):
        self._path = path
        self._load = load
        self._mutex = threading.Lock()
        self._stamp = _stamp(path)
        self._kept = load(path)

    def current(self) -> Key:
        """The key as the file has it now."""
        with self._mutex:
            stamp = _stamp(self._path)
            if stamp not in (None, self._stamp):
                try:
                    self._kept = self._load(self._path)
                    self._stamp = stamp
                except SettingsError:
                    pass
            return self._kept


class PublicKeyFile(_File[OfficePublicKey]):
    """The public process's key. Raises SettingsError that names the setting."""

    def __init__(self, path: Path):
        super().__init__(path, load_public_key)


class OfficeKeysFile(_File[OfficeKeys]):
    """The office's own keys. Raises SettingsError that names the setting."""

    def __init__(self, path: Path):
        super().__init__(path, load_office_keys)


def make_office_keys() -> tuple[str, str]:
    """The contents of a new private and a new public key file: a line each."""
    kem, curve = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    private = _line("office-private-key-1", kem.private_bytes_raw(), curve.private_bytes_raw())
    public = _line(
        "office-public-key-1",
        kem.public_key().public_bytes_raw(),
        curve.public_key().public_bytes_raw(),
    )
    return private, public


def load_public_key(path: Path) -> OfficePublicKey:
    """Raises SettingsError that names the setting."""
    try:
        [(kem, curve)] = _parts(path, "office-public-key-1")
        return OfficePublicKey(
            MLKEM768PublicKey.from_public_bytes(kem), X25519PublicKey.from_public_bytes(curve)
        )
    except (OSError, ValueError):
        wanted = f"OFFICE_PUBLIC_KEY_FILE: {path} should be a public key made by `flask office keygen`"
        raise SettingsError(wanted) from None


def load_office_keys(path: Path) -> OfficeKeys:
    """Raises SettingsError that names the setting."""
    try:
        return OfficeKeys(
            tuple(
                OfficePrivateKey(
                    MLKEM768PrivateKey.from_seed_bytes(kem), X25519PrivateKey.from_private_bytes(curve)
                )
                for kem, curve in _parts(path, "office-private-key-1")
            )
        )
    except (OSError, ValueError):
        wanted = f"OFFICE_PRIVATE_KEY_FILE: {path} should be a private key made by `flask office keygen`"
        raise SettingsError(wanted) from None


def _stamp(path: Path) -> tuple[int, int] | None:
    """Which version of a file this is; None: it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _line(kind: str, *parts: bytes) -> str:
    return " ".join([kind, *(base64.b64encode(part).decode() for part in parts)]) + "\n"


def _parts(path: Path, kind: str) -> list[tuple[bytes, bytes]]:
    """The two halves of each key of a file. Raises ValueError, OSError."""
    lines = [line for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    found = [re.fullmatch(rf"{kind} (\S+) (\S+)\s*", line) for line in lines]
    if not found or not all(found):
        raise ValueError
    return [
        (base64.b64decode(match[1], validate=True), base64.b64decode(match[2], validate=True))
        for match in found
        if match
    ]
