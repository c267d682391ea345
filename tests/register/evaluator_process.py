"""Starts, kills and restarts the evaluator as a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from resident_app.evaluator_address import Address, parse_addresses
from resident_app.register.evaluator.evaluator_client import TlsFiles
from resident_app.settings import REPOSITORY


class EvaluatorProcess:
    """`python -m resident_app.register.evaluator`, with nothing in its environment but its own settings."""

    def __init__(self, folder: Path, key_file: Path, url: str = "", tls: TlsFiles | None = None):
        self.url = url or f"unix:{folder / 'evaluator' / 'socket'}"
        self.log = folder / "evaluator.log"
        self.settings = {
            "INSTANCE_DIR": str(folder),
            "REGISTER_KEY_FILE": str(key_file),
            "EVALUATOR_URL": self.url,
            "PATH": os.environ["PATH"],
        }
        if tls is not None:
            self.settings |= {
                "EVALUATOR_TLS_CERT": str(tls.certificate),
                "EVALUATOR_TLS_KEY": str(tls.key),
                "EVALUATOR_TLS_CA": str(tls.authority),
            }
        self._tls = tls
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it says that it listens."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "resident_app.register.evaluator"],
                cwd=REPOSITORY,
                env=self.settings,
                stdout=log,
                stderr=log,
            )
        wait_until(self._listens, 20)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        return all(_is_open(address) for address in parse_addresses(self.url))

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def events(self) -> str:
        """What it wrote to its log."""
        return self.log.read_text()

    def end(self) -> int:
        """SIGTERM. Returns the exit status."""
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(10)
        self._process = None
        return status


def _is_open(address: Address) -> bool:
    family = socket.AF_UNIX if address.path is not None else socket.AF_INET
    with socket.socket(family) as probe:
        return probe.connect_ex(str(address.path or "") or (address.host, address.port)) == 0


def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
