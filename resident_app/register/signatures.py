"""Ed25519 signatures (RFC 8032): the sealing machine signs an edition, the publisher signs which one is live.

Each private key is in a file of its own. `VERIFY_KEYS_FILE` holds the public halves, which every process may
have.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from resident_app.private_files import refuse_open_key
from resident_app.settings import SettingsError

SIGNATURE_BYTES = 64

_PRIVATE = re.compile(r"(edition-signing|publisher)-key-1 ([0-9a-f]{64})")
_PUBLIC = re.compile(r"(edition-signing|publisher)-public-1 ([0-9a-f]{64})")


class BadSignature(Exception):
    """The signature is not of this message, or was made with another key."""


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A private key for one purpose: `edition-signing` or `publisher`."""

    purpose: str
    key: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """64 bytes over the purpose and the message: a signature serves no other purpose."""
        return self.key.sign(_bound(self.purpose, message))

    @property
    def public_line(self) -> str:
        """The line of the public half in `VERIFY_KEYS_FILE`."""
        return f"{self.purpose}-public-1 {self.key.public_key().public_bytes_raw().hex()}\n"


@dataclass(frozen=True)
class VerifyKeys:
    """The public halves. Several of a purpose are good, so that a key can be changed."""

    keys: tuple[tuple[str, Ed25519PublicKey], ...]

    def verify(self, purpose: str, signature: bytes, message: bytes) -> None:
        """Raises BadSignature."""
        for known, key in self.keys:
            if known != purpose:
                continue
            try:
                key.verify(signature, _bound(purpose, message))
            except InvalidSignature:
                continue
            return
        raise BadSignature


def make_signing_key(purpose: str) -> SigningKey:
    return SigningKey(purpose, Ed25519PrivateKey.generate())


def private_line(key: SigningKey) -> str:
    """The contents of a private key's file."""
    return f"{key.purpose}-key-1 {key.key.private_bytes_raw().hex()}\n"


def load_signing_key(path: Path, purpose: str, setting: str) -> SigningKey:
    """Read a private key. Raises SettingsError that names the setting, never the contents."""
    refuse_open_key(setting, path)
    try:
        match = _PRIVATE.fullmatch(path.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError):
        match = None
    if match is None or match[1] != purpose:
        raise SettingsError(f"{setting}: {path} should be a file made by `flask keys make`")
    return SigningKey(purpose, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(match[2])))


def load_verify_keys(path: Path) -> VerifyKeys:
    """Read the public halves. Raises SettingsError that names the setting."""
    wanted = f"VERIFY_KEYS_FILE: {path} should be a file made by `flask keys make`"
    try:
        lines = [line for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
        found = [_PUBLIC.fullmatch(line.strip()) for line in lines]
        keys = tuple(
            (match[1], Ed25519PublicKey.from_public_bytes(bytes.fromhex(match[2])))
            for match in found
            if match
        )
    except (OSError, UnicodeDecodeError, ValueError):
        raise SettingsError(wanted) from None
    if len(keys) != len(lines) or {purpose for purpose, _ in keys} != {"edition-signing", "publisher"}:
        raise SettingsError(wanted)
    return VerifyKeys(keys)


def _bound(purpose: str, message: bytes) -> bytes:
    return f"{purpose}|".encode() + message
