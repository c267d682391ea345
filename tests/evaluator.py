"""An evaluator for tests: the real server on a real socket, in a thread of the test's own process."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from resident_app.evaluator_address import Address
from resident_app.register.evaluator.__main__ import make_attempts
from resident_app.register.evaluator.attempts import Attempts, Budgets
from resident_app.register.evaluator.server import Evaluator, EvaluatorServer
from resident_app.register.register_key import RegisterKeys

WIDE = Budgets(bucket_from=10**6, bucket_to=10**6, total=10**9, alarm_at=10**9)
"""Tests check a few cards again and again, which one bucket in a deployment would refuse."""


class ThreadedEvaluator:
    """Answers at `url` from `start` to `stop`. `clock` gives seconds since 1970."""

    def __init__(self, keys: RegisterKeys, clock: Callable[[], float], budgets: Budgets | None = WIDE):
        self.keys = keys
        self.attempts: Attempts = make_attempts(clock, budgets)
        self.clocks: list[Callable[[], datetime]] = []
        self.faults: list[Exception] = []
        # A Unix socket's path has at most 107 bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="evaluator-"))
        self._path = self._folder / "socket"
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None

    @property
    def url(self) -> str:
        return f"unix:{self._path}"

    def start(self) -> None:
        listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listening)), daemon=True)
        self._thread.start()
        assert listening.wait(5)

    def stop(self) -> None:
        """Stop as a process that ends: connections break, and counters go with `forget`."""
        if self._thread is None or self._loop is None or self._stopped is None:
            return
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(5)
        self._thread = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _serve(self, listening: threading.Event) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = EvaluatorServer(
            Evaluator(self.keys, self.attempts), None, self.faults.append, on_serving=listening.set
        )
        await server.serve([Address(path=self._path)], self._stopped)
