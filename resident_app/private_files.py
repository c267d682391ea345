"""Files of one user: 0600, in folders of mode 0700. Other users of the machine cannot read them."""

import os
import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from resident_app.settings import SettingsError

_UMASK = 0o077
_FILE, _FOLDER = 0o600, 0o700
_SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")
_SOCKET, _SOCKET_FOLDER = 0o660, 0o750


@dataclass(frozen=True)
class OpenFile:
    """A file or folder that more users may read or write than should."""

    path: Path
    mode: int
    wanted: int

    def __str__(self) -> str:
        return f"{self.path} has mode {self.mode:04o}; it should be {self.wanted:04o}"


def use_private_umask() -> None:
    """Let this process make files that only its user may read. Call it first in every process."""
    os.umask(_UMASK)


def refuse_open_key(setting: str, path: Path) -> None:
    """Raise SettingsError if other users may read a key file, or if its group may and root does not own it.

    This is PostgreSQL's rule for its server's key. A file that is missing is left to who reads it.
    """
    try:
        found = path.stat()
    except OSError:
        return
    allowed = 0o640 if found.st_uid == 0 else _FILE
    if stat.S_IMODE(found.st_mode) & 0o077 & ~allowed:
        raise SettingsError(f"{setting}: other users may read {path}; run `chmod 600 {path}`")


def read_keys(setting: str, path: Path, kind: str, made_by: str) -> tuple[bytes, ...]:
    """Return the keys of a file that has a line for each: its kind and 32 bytes in hexadecimal.

    Raises SettingsError, which names the setting and the command that makes such a file, never the contents.
    """
    refuse_open_key(setting, path)
    line_of_key = re.compile(rf"{kind} ([0-9a-f]{{64}})")
    try:
        lines = [line for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        lines = []
    found = [match[1] for line in lines if (match := line_of_key.fullmatch(line.strip()))]
    if not found or len(found) != len(lines):
        raise SettingsError(f"{setting}: {path} should be a file made by `{made_by}`")
    return tuple(bytes.fromhex(each) for each in found)


def write_private(path: Path, contents: bytes) -> None:
    """Write a new file, mode 0600, and sync it to disk. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())


def replace_private(path: Path, contents: bytes) -> None:
    """Write a file again, mode 0600, so that a crash leaves the old one or the new one. Raises OSError."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    write_private(new, contents)
    new.replace(path)


def make_private_file(path: Path) -> None:
    """Make an empty file of mode 0600, or take the rights of others from a file of ours. Ignores errors.

    A SQLite database gives the mode of its file to its journal, so this is done before it is opened.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE))
    except OSError:
        return
    for suffix in _SQLITE_SUFFIXES:
        _tighten(path.with_name(path.name + suffix))


def make_private_folder(path: Path) -> None:
    """Make a folder of mode 0700 unless it is there. Raises OSError."""
    path.mkdir(parents=True, exist_ok=True, mode=_FOLDER)


def tighten(folder: Path) -> None:
    """Take the rights of others from everything of ours in a folder, and from the folder itself."""
    for found in open_files(folder):
        _tighten(found.path)


def open_files(folder: Path, public: Collection[Path] = ()) -> Iterator[OpenFile]:
    """Yield what others may read or write in a folder, and the folder itself.

    `public` are files that anybody may read. A Unix socket may be its group's, and so may its folder.
    """
    paths = [folder, *sorted(folder.rglob("*"))]
    sockets = {path.parent for path in paths if path.is_socket()}
    allowed_public = {path.absolute() for path in public}
    for path in paths:
        try:
            found = path.lstat().st_mode
        except OSError:
            continue
        if stat.S_ISLNK(found):
            continue
        if stat.S_ISDIR(found):
            allowed = _SOCKET_FOLDER if path in sockets and path != folder else _FOLDER
        elif stat.S_ISSOCK(found):
            allowed = _SOCKET
        else:
            allowed = 0o644 if path.absolute() in allowed_public else _FILE
        if stat.S_IMODE(found) & ~allowed & 0o077:
            yield OpenFile(path, stat.S_IMODE(found), allowed)


def _tighten(path: Path) -> None:
    try:
        found = path.stat()
        if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
            path.chmod(stat.S_IMODE(found.st_mode) & ~0o077)
    except OSError:
        return
