"""Files of one user: 0600, in folders of mode 0700. Other users of the machine cannot read them."""

import os
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
