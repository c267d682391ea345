"""A sealing in a process of its own, which a test can kill at the step it names.

python -m tests.register.sealing_process FOLDER '{"die_at": 12, ...}'
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from resident_app.configuration.limits import Sealing
from resident_app.register.sealing.plan import NoProgress
from resident_app.register.sealing.run import join_sealing, seal_edition
from tests.register.sealing_files import KEY, plan

_STEPS = {"open", "os.rename", "os.remove", "os.mkdir"}


class Steps:
    """Counts the steps the process takes with files and databases, and kills it at one of them."""

    def __init__(self, die_at: int | None):
        self.taken = 0
        self._die_at = die_at

    def count(self, *_: object) -> None:
        self.taken += 1
        if self.taken == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name in _STEPS and "edition.sealed" in str(arguments[0]):
            self.count()

    def watch(self) -> None:
        sys.addaudithook(self.audit)
        for name in ("begin", "commit", "rollback"):
            event.listen(Engine, name, self.count)
        event.listen(Engine, "after_cursor_execute", self.count)


class ExitBeforeSealing(NoProgress):
    """Ends the process when sealing begins, and writes the most memory it used, in KiB."""

    def update(self, stage: str, done: int, total: int) -> None:
        if stage == "sealing":
            # getrusage would count the process that started this one.
            status = Path("/proc/self/status").read_text()
            sys.stdout.write(status.split("VmHWM:")[1].split()[0])
            sys.stdout.flush()
            os._exit(0)


def main(folder: Path, wishes: dict[str, Any]) -> None:
    steps = Steps(wishes.get("die_at"))
    steps.watch()
    limits = Sealing(memory_kib=wishes.get("memory_kib", 8), passes=1)
    engine_url = wishes.get("engine")
    made = plan(folder, limits=limits, engine_url=engine_url, lease_seconds=wishes.get("lease", 300.0))
    if wishes.get("join"):
        join_sealing(
            wishes["engine"],
            made.roster,
            made.disclosures,
            KEY,
            2,
            wait_seconds=60,
            lease_seconds=made.lease_seconds,
        )
    elif wishes.get("only_read"):
        seal_edition(made, ExitBeforeSealing())
    else:
        seal_edition(made)
    sys.stdout.write(str(steps.taken))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
