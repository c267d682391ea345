"""Child processes: they get a question in JSON, have a time limit, and never outlive us."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

from resident_app.settings import REPOSITORY

_ALLOCATOR = ("MALLOC_", "GLIBC_TUNABLES")


def plain_environment() -> dict[str, str]:
    """Return the variables that any process needs, without settings of the site or the allocator."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def allocator_environment() -> dict[str, str]:
    """Return this process's settings of the allocator, which `make` uses for the site too."""
    return {name: value for name, value in os.environ.items() if name.startswith(_ALLOCATOR)}


def run_module(module: str, question: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Run one of our modules in its own process and return its answer.

    It is killed after `seconds`. Raises subprocess.TimeoutExpired, CalledProcessError.
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


def exit_on_signals() -> None:
    """Turn SIGTERM and SIGHUP into an exception, so that our child processes end too."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
