"""How much of the cores other processes use during a measurement, which disturbs it."""

import os
import resource
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class OtherWork:
    """Measures other processes' CPU time from its construction on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._all = _all_seconds()
        self._own = _own_seconds()

    def share(self) -> float:
        """Return the share of the cores that other processes and virtual machines used, 0 to 1."""
        cores = os.cpu_count() or 1
        available = (time.monotonic() - self._began) * cores
        others = _all_seconds() - self._all - (_own_seconds() - self._own)
        return min(1.0, max(0.0, others / available))


def children_of(pid: int) -> list[int]:
    """Return the ids of a process's descendants."""
    found = []
    for child in _read(Path(f"/proc/{pid}/task/{pid}/children")).split():
        found += [int(child), *children_of(int(child))]
    return found


def _all_seconds() -> float:
    """Return the busy and stolen seconds of all cores since the machine started (proc(5), /proc/stat)."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = (
        int(ticks) for ticks in _read(Path("/proc/stat")).split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / _TICKS


def _own_seconds() -> float:
    """Return the CPU seconds of this process and its children, ended or running."""
    ended = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    running = [process_seconds(pid) for pid in children_of(os.getpid())]
    return sum(usage.ru_utime + usage.ru_stime for usage in ended) + sum(running)


def process_seconds(pid: int) -> float:
    """Return the CPU seconds of all threads of a process; 0 if it is gone."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _read(path: Path) -> str:
    """Return a file of /proc, or nothing if the process is gone."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
