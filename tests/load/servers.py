"""Real servers, as `make run` starts them, on free ports of this machine."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from resident_app.settings import REPOSITORY

BASE_URL = "https://records.example.gov"
TOKEN = "a-token-for-real-servers"


@dataclass(frozen=True)
class Server:
    """A running public process with its workers."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def request(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            body = urlencode(form) if form is not None else None
            kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
            connection.request(method, path, body, {**kind, **(headers or {})})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()

    def post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        status, _, body = self.request("POST", path, form, headers)
        return status, body

    def raw(self, sent: bytes) -> bytes:
        """Send bytes as they are, and return what comes back, if anything."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), 5) as connection,
        ):
            connection.settimeout(2)
            connection.sendall(sent)
            return connection.recv(4096)
        return b""

    def until_ready(self) -> None:
        """Wait until a worker answers."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.request("GET", "/healthz")[0] == 200:
                    return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """Kill the server and all its workers at once, because a worker that is left would still answer."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def serving(instance: Path, **environment: str) -> Iterator[Server]:
    """Start a server over an instance folder, and an evaluator with the folder's register key.

    Their output goes to log files beside the folder. `{port}` in a setting is the server's own port. With
    EVALUATOR_URL no evaluator is started.
    """
    with contextlib.ExitStack() as started:
        if "EVALUATOR_URL" not in environment:
            environment["EVALUATOR_URL"] = started.enter_context(evaluating(instance))
        yield started.enter_context(_serving(instance, environment))


@contextlib.contextmanager
def evaluating(instance: Path) -> Iterator[str]:
    """Run an evaluator with the register key of an instance folder. Gives its EVALUATOR_URL."""
    # A Unix socket's path has at most 107 bytes: pytest's folders are too long.
    with tempfile.TemporaryDirectory(prefix="evaluator-") as folder:
        path = Path(folder) / "socket"
        log = instance.parent / f"evaluator-{Path(folder).name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "resident_app.register.evaluator"],
                cwd=REPOSITORY,
                env={**_clean_environment(), "INSTANCE_DIR": str(instance), "EVALUATOR_URL": f"unix:{path}"},
                stdout=output,
                stderr=output,
            )
        try:
            deadline = time.monotonic() + 60
            while not path.is_socket():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, "the evaluator did not start"
                time.sleep(0.02)
            yield f"unix:{path}"
        finally:
            process.kill()
            process.wait()


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "CONFIG_FILE"}


@contextlib.contextmanager
def _serving(instance: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = instance.parent / f"server-{port}.log"
    environment = {name: value.format(port=port) for name, value in environment.items()}
    settings = {
        **_clean_environment(),
        "INSTANCE_DIR": str(instance),
        "PORT": str(port),
        "PUBLIC_BASE_URL": BASE_URL,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TRUSTED_PROXIES": "1",
        **environment,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("gunicorn"))],
            cwd=REPOSITORY,
            env=settings,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = Server(process, port, log)
    try:
        server.until_ready()
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
