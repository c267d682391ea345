"""The register key: a 32-byte seed in a file, and a key derived from it for each purpose."""

import os
import re
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from resident_app.register import oprf
from resident_app.settings import SettingsError

_LINE = re.compile(r"register-key-1 ([0-9a-f]{64})")


@dataclass(frozen=True, repr=False)
class RegisterKey:
    """The register key. `seed` is 32 random bytes."""

    seed: bytes

    @cached_property
    def oprf_key(self) -> bytes:
        """The OPRF's private scalar, 32 bytes (RFC 9497, 3.2.1)."""
        return oprf.derive_key(self.seed, b"register")

    def derived(self, purpose: str) -> bytes:
        """Derive 32 bytes for one purpose (HKDF-SHA512, RFC 5869)."""
        return HKDF(SHA512(), 32, salt=None, info=b"register|" + purpose.encode()).derive(self.seed)


def make_register_key(path: Path) -> None:
    """Write a new key to `path`, mode 0600. Raises FileExistsError instead of overwriting."""
    write_private(path, f"register-key-1 {secrets.token_hex(32)}\n".encode())


def load_register_key(path: Path) -> RegisterKey:
    """Read a key file. Raises SettingsError, which names the setting and never the contents."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    match = _LINE.fullmatch(text)
    if not match:
        raise SettingsError(f"REGISTER_KEY_FILE: {path} should be a file made by `flask register keygen`")
    return RegisterKey(bytes.fromhex(match[1]))


def write_private(path: Path, contents: bytes) -> None:
    """Write a new file, mode 0600, and sync it to disk. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())
