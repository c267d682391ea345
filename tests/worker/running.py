"""Real workers, as `flask worker` starts them, that can be killed."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ivr.simulator import FakeCarrier
from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.settings import REPOSITORY
from tests.conftest import BASE_URL, TOKEN


@dataclass
class RunningWorker:
    """One worker at a time over an instance folder; what it writes goes to a file there."""

    instance: Path
    provider: FakeCarrier
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.instance / f"worker-{id(self)}.log"

    def start(self) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "CONFIG_FILE"},
            "INSTANCE_DIR": str(self.instance),
            "PUBLIC_BASE_URL": BASE_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE": self.provider.address,
            **self.settings,
        }
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("flask")), "worker"],
                cwd=REPOSITORY,
                env=environment,
                stdout=output,
                stderr=output,
            )

    def kill(self) -> None:
        """As when its machine loses power."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> int:
        """As an operator stops it; its status."""
        assert self.process
        self.process.terminate()
        return self.process.wait(30)


@contextlib.contextmanager
def workers(*running: RunningWorker) -> Iterator[None]:
    """None is left when the block ends."""
    try:
        yield
    finally:
        for worker in running:
            worker.kill()
