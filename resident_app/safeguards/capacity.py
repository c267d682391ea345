"""Capacity: no more Argon2 computations at once than the machine bears, in turn, over all processes.

A slot is a locked file (flock), so a process that dies gives its slot back. Within a
process those who wait stand in line, and only the first in line asks for a slot: with few
processes on a machine that is as good as one line, and costs next to nothing.
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

_LOOK_AGAIN_SECONDS = 0.001


# mallopt's parameter (glibc, malloc.h): blocks of this size and more are mapped, and unmapped when freed.
_M_MMAP_THRESHOLD = -3
_MAPPED_FROM_BYTES = 1024 * 1024


class Busy(Exception):
    """There was no turn within the wait."""


class Capacity:
    """`at_once` computations and `memory_mib` of memory among all processes that share `folder`."""

    def __init__(self, folder: Path, at_once: int, memory_mib: int, most_waiting: int):
        folder.mkdir(parents=True, exist_ok=True)
        self._files = [
            os.open(folder / f"slot-{number}", os.O_RDWR | os.O_CREAT, 0o600) for number in range(at_once)
        ]
        self._memory_kib = memory_mib * 1024
        self._most_waiting = most_waiting
        self._mutex = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self._held: set[int] = set()

    @contextmanager
    def turn(self, wait_seconds: float, computation_kib: int) -> Iterator[None]:
        """Hold a slot for a computation that takes so much memory.

        Raises Busy if none came free in time or too many wait already.
        """
        slot = self._acquire(time.monotonic() + wait_seconds, self.slots_for(computation_kib))
        try:
            yield
        finally:
            self._release(slot)

    def slots_for(self, computation_kib: int) -> int:
        """How many such computations fit both the cores and the memory set aside: at least one."""
        return max(1, min(len(self._files), self._memory_kib // computation_kib))

    def _acquire(self, deadline: float, slots: int) -> int:
        first_in_line = threading.Event()
        with self._mutex:
            if len(self._line) >= self._most_waiting:
                raise Busy
            self._line.append(first_in_line)
            if self._line[0] is first_in_line:
                first_in_line.set()
        try:
            if not first_in_line.wait(deadline - time.monotonic()):
                raise Busy
            while (slot := self._free_slot(slots)) is None:
                if time.monotonic() >= deadline:
                    raise Busy
                time.sleep(_LOOK_AGAIN_SECONDS)
            return slot
        finally:
            with self._mutex:
                self._line.remove(first_in_line)
                if self._line:
                    self._line[0].set()

    def _free_slot(self, slots: int) -> int | None:
        """Lock a slot that neither this process nor another holds."""
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


def give_memory_back() -> None:
    """Let the C library return each computation's memory when it is done.

    Otherwise it keeps some for each thread that ever computed: 19 MiB times the threads. Other C
    libraries than glibc do not need it, and are left as they are.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, _MAPPED_FROM_BYTES)
