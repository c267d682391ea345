"""Child processes: asked in JSON, bounded in time, never left behind."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

from resident_app.settings import REPOSITORY

_ALLOCATOR = ("MALLOC_", "GLIBC_TUNABLES")


def plain_environment() -> dict[str, str]:
    """What any process needs; no setting of the site, none of the allocator."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def allocator_environment() -> dict[str, str]:
    """How this process was told to handle memory, which is how `make` starts the site."""
    return {name: value for name, value in os.environ.items() if name.startswith(_ALLOCATOR)}


def run_module(module: str, question: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Run one of our modules in a process of its own and give its answer.

    It is killed after so many seconds. Raises subprocess.TimeoutExpired, CalledProcessError.
    """
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", module],
        input=json.dumps(question),
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds,
        check=True,
        cwd=REPOSITORY,
        env=plain_environment(),
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def end_when_told() -> None:
    """A signal to end becomes an exception, so that whatever was started is ended too."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
