"""The public process's own keys, one for each purpose, in one file. None is derived from another.

The file has a line for each purpose: its name and 32 bytes in hexadecimal. `flask keys make` writes it.
"""

import re
import secrets
from dataclasses import dataclass, fields
from pathlib import Path

from resident_app.private_files import refuse_open_key
from resident_app.settings import SettingsError

_LINE = re.compile(r"([a-z]+) ([0-9a-f]{64})")
_HEADER = "public-keys-1"


@dataclass(frozen=True, repr=False)
class PublicKeys:
    """32 bytes for each purpose."""

    letters: bytes
    """Seals the token of an answer, and proves the code of a letter."""
    calls: bytes
    """Seals the state of a call between its steps."""
    texts: bytes
    """Marks the numbers that were texted, and those that opted out."""
    attempts: bytes
    """Marks a card, a network and a number for the evaluator, which lacks this key."""
    bucket: bytes
    """Puts a card in its bucket. The sealing machine has it too."""
    dictionary: bytes
    """Opens an edition's list of agencies, grounds and offices. The sealing machine has it too."""


def make_public_keys() -> str:
    """The contents of a new key file."""
    lines = [f"{field.name} {secrets.token_hex(32)}" for field in fields(PublicKeys)]
    return "\n".join([_HEADER, *lines, ""])


def load_public_keys(path: Path) -> PublicKeys:
    """Read a key file. Raises SettingsError that names the setting, never the contents."""
    refuse_open_key("PUBLIC_KEYS_FILE", path)
    wanted = f"PUBLIC_KEYS_FILE: {path} should be a file made by `flask keys make`"
    try:
        header, *lines = path.read_text(encoding="ascii").split("\n")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(wanted) from None
    found = {match[1]: match[2] for line in lines if (match := _LINE.fullmatch(line.strip()))}
    names = {field.name for field in fields(PublicKeys)}
    if header.strip() != _HEADER or set(found) != names:
        raise SettingsError(wanted)
    return PublicKeys(**{name: bytes.fromhex(value) for name, value in found.items()})
