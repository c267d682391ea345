"""The outreach office's key pair, and what is sealed to it: HPKE (RFC 9180), hybrid KEM.

MLKEM768-X25519, HKDF-SHA256, AES-256-GCM: what is stored today stays closed to whoever
can break either ML-KEM or X25519, but not both.
"""

import base64
import re
from pathlib import Path

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

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"outreach help request 1"
_SMALLEST_BYTES = 1024


class CannotOpen(ValueError):
    """The box was sealed to another key, or altered, or moved to another request."""


class OfficePublicKey:
    """Seals; cannot open."""

    def __init__(self, key: MLKEM768X25519PublicKey):
        self._key = key

    def seal(self, plaintext: bytes, bound_to: bytes) -> bytes:
        """Seal `plaintext`, padded with spaces to a power of two, so that its size says little.

        `bound_to` is what the box belongs to; it opens with nothing else.
        """
        size = _SMALLEST_BYTES
        while size < len(plaintext):
            size *= 2
        return bytes(_SUITE.encrypt(plaintext.ljust(size), self._key, info=_INFO + bound_to))


class OfficePrivateKey:
    """Opens what was sealed to the office."""

    def __init__(self, key: MLKEM768X25519PrivateKey):
        self._key = key

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """The plaintext with its padding. Raises CannotOpen."""
        try:
            return bytes(_SUITE.decrypt(sealed, self._key, info=_INFO + bound_to))
        except (InvalidTag, ValueError):
            raise CannotOpen from None


def make_office_keys() -> tuple[str, str]:
    """The contents of a new private and a new public key file."""
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
    wanted = f"OFFICE_PUBLIC_KEY_FILE: {path} should be a public key made by `flask office keygen`"
    try:
        kem, curve = _parts(path, "office-public-key-1")
        return OfficePublicKey(
            MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(kem), X25519PublicKey.from_public_bytes(curve)
            )
        )
    except (OSError, ValueError):
        raise SettingsError(wanted) from None


def load_private_key(path: Path) -> OfficePrivateKey:
    """Raises SettingsError that names the setting."""
    wanted = f"OFFICE_PRIVATE_KEY_FILE: {path} should be a private key made by `flask office keygen`"
    try:
        kem, curve = _parts(path, "office-private-key-1")
        return OfficePrivateKey(
            MLKEM768X25519PrivateKey(
                MLKEM768PrivateKey.from_seed_bytes(kem), X25519PrivateKey.from_private_bytes(curve)
            )
        )
    except (OSError, ValueError):
        raise SettingsError(wanted) from None


def _line(kind: str, *parts: bytes) -> str:
    return " ".join([kind, *(base64.b64encode(part).decode() for part in parts)]) + "\n"


def _parts(path: Path, kind: str) -> tuple[bytes, bytes]:
    """The two keys of a key file. Raises ValueError, OSError."""
    match = re.fullmatch(rf"{kind} (\S+) (\S+)\s*", path.read_text(encoding="ascii"))
    if not match:
        raise ValueError
    return base64.b64decode(match[1], validate=True), base64.b64decode(match[2], validate=True)
