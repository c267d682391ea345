"""Servers as they are deployed: gunicorn with our gunicorn.conf.py, on a free loopback port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask

from bench.child_process import allocator_environment, plain_environment
from bench.other_work import children_of
from resident_app.settings import REPOSITORY

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.1
_LOG_END_BYTES = 2_000


class ServerDidNotStart(Exception):
    """A server ended or stayed silent before it answered. The message holds the end of its log."""


@dataclass(frozen=True)
class Server:
    """A server that answers. `pid` is that of gunicorn's master."""

    port: int
    pid: int

    def pss_bytes(self) -> int:
        """Return the memory of the master and all workers, with shared pages counted once (proc(5), Pss)."""
        return sum(_pss_bytes(pid) for pid in (self.pid, *children_of(self.pid)))


def create_empty_app() -> Flask:
    """Build the least that Flask can serve: one page with nothing on it."""
    app = Flask("empty", static_folder=None)
    app.add_url_rule("/", "empty", lambda: b"")
    return app


@contextmanager
def public_server(settings: Mapping[str, str], log: Path) -> Iterator[Server]:
    """The public process, as `make run` starts it."""
    with _gunicorn([], settings, "/readyz", log) as server:
        yield server


@contextmanager
def empty_server(log: Path) -> Iterator[Server]:
    """An application of one empty page, under the same configuration."""
    with _gunicorn(["bench.servers:create_empty_app()"], {}, "/", log) as server:
        yield server


@contextmanager
def _gunicorn(arguments: list[str], settings: Mapping[str, str], ready: str, log: Path) -> Iterator[Server]:
    port = _free_port()
    environment = {**plain_environment(), **allocator_environment(), **settings, "PORT": str(port)}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", *arguments],
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, port, ready, log)
        yield Server(port, process.pid)
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _is_ready(port, path):
            return
        time.sleep(_POLL_SECONDS)
    log_end = log.read_text(encoding="utf-8", errors="replace")[-_LOG_END_BYTES:]
    raise ServerDidNotStart(
        f"{path} was not answered with 200 in {_START_SECONDS:.0f} s; the end of its log:\n{log_end}"
    )


def _is_ready(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """HttpRequest it to end; what is left of its session after a while is killed."""
    process.terminate()
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _pss_bytes(pid: int) -> int:
    """0 if the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
