"""One process at a time seals to one output."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from resident_app.register.sealing.errors import AlreadySealing


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` as a lock, which the system gives up with the process. Raises AlreadySealing."""
    while True:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadySealing(f"{path}: another process is sealing to this output") from None
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(descriptor).st_ino:
                break
        # The file was removed by the process that held the lock before: it locks nothing now.
        os.close(descriptor)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)
