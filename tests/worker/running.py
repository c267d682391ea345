"""Real worker processes, which a test can kill."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ivr.simulator import FakeCarrier
from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.settings import REPOSITORY
from tests.conftest import BASE_URL, TOKEN
from tests.quiet_hours import config_without_quiet_hours

FLASK_WORKER = (str(Path(sys.executable).with_name("flask")), "worker")
IMPATIENT_WORKER = (sys.executable, "-m", "tests.worker.impatient_worker")


@dataclass
class RunningWorker:
    """One process at a time on an instance folder. Its output goes to a file there."""

    instance: Path
    provider: FakeCarrier
    settings: dict[str, str] = field(default_factory=dict)
    command: Sequence[str] = FLASK_WORKER
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.instance / f"worker-{id(self)}.log"

    def start(self) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "CONFIG_FILE"},
            "INSTANCE_DIR": str(self.instance),
            "CONFIG_DIR": str(config_without_quiet_hours(self.instance)),
            "PUBLIC_BASE_URL": BASE_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE": self.provider.address,
            **self.settings,
        }
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=REPOSITORY, env=environment, stdout=output, stderr=output
            )

    def kill(self) -> None:
        """End the process as a power failure does."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> int:
        """End the process as an operator does, and return its status."""
        assert self.process
        self.process.terminate()
        return self.process.wait(30)


@contextlib.contextmanager
def workers(*running: RunningWorker) -> Iterator[None]:
    """Leave no process behind when the block ends."""
    try:
        yield
    finally:
        for worker in running:
            worker.kill()
