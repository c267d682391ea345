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

# A slot given back in this process is seen at once, one of another process after this long at most.
_LOOK_AGAIN_SECONDS = 0.01


# mallopt's parameter (glibc, malloc.h): how many arenas there are, each of which keeps memory.
_M_ARENA_MAX = -8
_ARENAS = 2


class Overloaded(Exception):
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
        self._given_back = threading.Event()

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
        self._given_back.set()


def keep_little_memory() -> None:
    """Let the C library keep freed memory in few places, not in one for each thread.

    Other C libraries than glibc do not need it, and are left as they are.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_M_ARENA_MAX, _ARENAS)
