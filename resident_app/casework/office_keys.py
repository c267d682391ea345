"""The outreach office's private keys, which open what was sealed to the office.

The file may hold several keys, one on each line, newest first: until everything is sealed to a new key, both
are needed.
"""

from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import (
    MLKEM768X25519PrivateKey,
)

from resident_app.intake.office_public_key import (
    INFO,
    SUITE,
    KeyFile,
    OfficePublicKey,
    key_line,
    key_parts,
)
from resident_app.private_files import refuse_open_key
from resident_app.settings import SettingsError


class CannotOpen(ValueError):
    """The ciphertext is for another key, was altered, or belongs to another row."""


class OfficePrivateKey:
    """Opens what was sealed to one key of the office."""

    def __init__(self, kem: MLKEM768PrivateKey, curve: X25519PrivateKey):
        self._key = MLKEM768X25519PrivateKey(kem, curve)
        self.public = OfficePublicKey(kem.public_key(), curve.public_key())

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext with its padding. Raises CannotOpen."""
        try:
            return bytes(SUITE.decrypt(sealed, self._key, info=INFO + aad))
        except (InvalidTag, ValueError):
            raise CannotOpen from None


class OfficeKeys:
    """The office's private keys, newest first. Opens with the one that fits."""

    def __init__(self, keys: tuple[OfficePrivateKey, ...]):
        self.keys = keys

    @property
    def newest(self) -> OfficePrivateKey:
        return self.keys[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The keys' ids, newest first."""
        return tuple(key.public.id for key in self.keys)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext with its padding. Raises CannotOpen."""
        for key in self.keys:
            try:
                return key.open(sealed, aad)
            except CannotOpen:
                continue
        raise CannotOpen


class OfficeKeysFile(KeyFile[OfficeKeys]):
    """The office's own keys. Raises SettingsError that names the setting."""

    def __init__(self, path: Path):
        super().__init__(path, load_office_keys)


def make_office_keys() -> tuple[str, str]:
    """Return the contents of a new private key file and of its public key file, a line each."""
    kem, curve = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    private = key_line("office-private-key-1", kem.private_bytes_raw(), curve.private_bytes_raw())
    public = key_line(
        "office-public-key-1",
        kem.public_key().public_bytes_raw(),
        curve.public_key().public_bytes_raw(),
    )
    return private, public


def load_office_keys(path: Path) -> OfficeKeys:
    """Raises SettingsError that names the setting."""
    refuse_open_key("OFFICE_PRIVATE_KEY_FILE", path)
    try:
        return OfficeKeys(
            tuple(
                OfficePrivateKey(
                    MLKEM768PrivateKey.from_seed_bytes(kem), X25519PrivateKey.from_private_bytes(curve)
                )
                for kem, curve in key_parts(path, "office-private-key-1")
            )
        )
    except (OSError, ValueError):
        wanted = f"OFFICE_PRIVATE_KEY_FILE: {path} should be a private key made by `flask office keygen`"
        raise SettingsError(wanted) from None
