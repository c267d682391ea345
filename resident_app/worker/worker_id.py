"""A worker's name: no other has it while this one lives, and the next one on this machine has it again.

So what a worker had in hand when it died goes on as soon as one is started in its place.
"""

import fcntl
import os
import socket
from contextlib import suppress
from itertools import count
from pathlib import Path


class WorkerId:
    """The first free name of this machine; held until the process ends, however it ends."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            file = os.open(folder / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._file = file
                self.text = f"{socket.gethostname()}-{number}"
                return
            os.close(file)

    def give_up(self) -> None:
        os.close(self._file)
