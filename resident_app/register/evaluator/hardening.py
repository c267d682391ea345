"""Close a process that holds a key: no core dump, no debugger, memory that is not swapped, no network.

Each measure is taken where the system allows it; the names of those that were refused are returned, so that
the start can say so.
"""

import ctypes
import os
import resource
from collections.abc import Callable

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_MCL_CURRENT, _MCL_FUTURE = 1, 2
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000


def harden(*, without_network: bool) -> list[str]:
    """Close this process (prctl(2), mlockall(2), unshare(2)). Returns what the system refused."""
    library = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    measures: dict[str, Callable[[], int]] = {
        "not dumpable": lambda: library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0),
        "no new privileges": lambda: library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        "memory locked": lambda: library.mlockall(_lockable()),
    }
    if without_network:
        measures["no network"] = lambda: _leave_network(library)
    refused = []
    for name, measure in measures.items():
        if measure() != 0:
            refused.append(name)
    return refused


def _lockable() -> int:
    """What to lock: under a limit only what is there now, the keys too, or a later allocation would fail."""
    limit, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    is_free = os.geteuid() == 0 or limit == resource.RLIM_INFINITY
    return _MCL_CURRENT | _MCL_FUTURE if is_free else _MCL_CURRENT


def _leave_network(library: ctypes.CDLL) -> int:
    """Enter a network namespace with no interface. A Unix socket in the file system still works."""
    own = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    return int(library.unshare(own))
