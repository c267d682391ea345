"""Child processes: they get a question in JSON, have a time limit, and never outlive us."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from resident_app.settings import REPOSITORY

_ALLOCATOR = ("MALLOC_", "GLIBC_TUNABLES")
_START_SECONDS = 20.0
_POLL_SECONDS = 0.02


class EvaluatorDidNotStart(Exception):
    """The evaluator ended, or did not listen in time. Its log says why."""


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


@contextmanager
def evaluator(folder: Path) -> Iterator[int]:
    """The evaluator of the deployment in `folder`, as `flask evaluator` runs it. Gives its process id."""
    socket = folder / "evaluator" / "socket"
    with (folder / "evaluator.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "resident_app.register.evaluator"],
            cwd=REPOSITORY,
            env={**plain_environment(), "INSTANCE_DIR": str(folder)},
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not socket.is_socket():
            if process.poll() is not None or time.monotonic() > deadline:
                raise EvaluatorDidNotStart(output.name)
            time.sleep(_POLL_SECONDS)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def exit_on_signals() -> None:
    """Turn SIGTERM and SIGHUP into an exception, so that our child processes end too."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
