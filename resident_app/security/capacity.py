"""Capacity: a fixed number of slots for expensive work such as Argon2, shared by all processes of a machine.

A slot is a locked file (flock), so a process that dies gives its slot back. Within a process, waiting threads
form a line, and only the first one asks for a slot. With few processes on a machine this is as fair as one
line for all, and costs almost nothing.
"""

import ctypes
import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resident_app.private_files import make_private_folder

# A slot released in this process is seen at once, a slot of another process after at most this long.
_LOOK_AGAIN_SECONDS = 0.01

# M_ARENA_MAX of glibc's malloc.h.
_M_ARENA_MAX = -8
_ARENAS = 2


class Overloaded(Exception):
    """No slot was free in time, or too many callers already wait."""


class Capacity:
    """Slots for all processes that share `folder`.

    At most `at_once` computations run at the same time, and they use at most `memory_mib` MiB. In each
    process, at most `most_waiting` callers wait.
    """

    def __init__(self, folder: Path, at_once: int, memory_mib: int, most_waiting: int):
        make_private_folder(folder)
        self._files = [
            os.open(folder / f"slot-{number}", os.O_RDWR | os.O_CREAT, 0o600) for number in range(at_once)
        ]
        self._memory_kib = memory_mib * 1024
        self._most_waiting = most_waiting
        self._mutex = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self._held: set[int] = set()
        self._given_back = threading.Event()

    @contextmanager
    def slot(self, wait_seconds: float, computation_kib: int) -> Iterator[None]:
        """Hold a slot for a computation that uses `computation_kib` KiB of memory.

        Raises Overloaded if no slot becomes free within `wait_seconds`, or if too many callers already wait.
        """
        slot = self._acquire(time.monotonic() + wait_seconds, self.slots_for(computation_kib))
        try:
            yield
        finally:
            self._release(slot)

    def slots_for(self, computation_kib: int) -> int:
        """Return how many computations of `computation_kib` KiB may run at once: at least 1."""
        return max(1, min(len(self._files), self._memory_kib // computation_kib))

    def _acquire(self, deadline: float, slots: int) -> int:
        first_in_line = threading.Event()
        with self._mutex:
            if len(self._line) >= self._most_waiting:
                raise Overloaded
            self._line.append(first_in_line)
            if self._line[0] is first_in_line:
                first_in_line.set()
        try:
            if not first_in_line.wait(deadline - time.monotonic()):
                raise Overloaded
            while (slot := self._free_slot(slots)) is None:
                if time.monotonic() >= deadline:
                    raise Overloaded
                self._given_back.wait(_LOOK_AGAIN_SECONDS)
                self._given_back.clear()
            return slot
        finally:
            with self._mutex:
                self._line.remove(first_in_line)
                if self._line:
                    self._line[0].set()

    def _free_slot(self, slots: int) -> int | None:
        """Lock a slot that no process holds. Return its number, or None."""
        with self._mutex:
            for slot, file in enumerate(self._files[:slots]):
                if slot in self._held:
                    continue
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                self._held.add(slot)
                return slot
        return None

    def _release(self, slot: int) -> None:
        with self._mutex:
            fcntl.flock(self._files[slot], fcntl.LOCK_UN)
            self._held.discard(slot)
        self._given_back.set()


def limit_malloc_arenas() -> None:
    """Make glibc keep freed memory in two arenas instead of one for each thread (mallopt(3), M_ARENA_MAX).

    Other C libraries do not need this and are left alone.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_ARENA_MAX, _ARENAS)
