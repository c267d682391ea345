"""Change the office's key files: add a new key, remove the old ones.

The private file changes before the public one, so nobody ever seals to a key that the office does not have.
"""

import os
import tempfile
from pathlib import Path

from resident_app.casework.office_keys import OfficeKeys, load_office_keys, make_office_keys

_PRIVATE = 0o600


def add_key(private: Path) -> OfficeKeys:
    """Add a new key at the top of the private file. Returns all keys. Raises SettingsError, OSError."""
    load_office_keys(private)
    line, _ = make_office_keys()
    _replace(private, line + private.read_text(encoding="ascii"), _PRIVATE)
    return load_office_keys(private)


def publish(keys: OfficeKeys, public: Path) -> None:
    """Write the newest key's public half to the public file. Raises OSError."""
    _replace(public, keys.newest.public.line, 0o644)


def keep_newest(private: Path) -> None:
    """Remove every key but the newest from the private file. Raises OSError."""
    lines = [line for line in private.read_text(encoding="ascii").splitlines() if line.strip()]
    _replace(private, lines[0] + "\n", _PRIVATE)


def _replace(path: Path, text: str, mode: int) -> None:
    """Replace a file atomically and keep its owner."""
    # Replace what a symbolic link points to, not the link.
    path = path.resolve()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            _give_to_owner_of(path, file.fileno())
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _give_to_owner_of(path: Path, descriptor: int) -> None:
    """Keep the owner, even if root changes the file, so that the process that reads it still can."""
    if path.exists():
        before, now = path.stat(), os.fstat(descriptor)
        if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):
            os.fchown(descriptor, before.st_uid, before.st_gid)
