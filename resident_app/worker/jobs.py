"""Scheduled jobs: each runs once at each of its times, by whichever worker comes first.

This is the place to add one. A job is handed the time, may be run again after a crash, and then
goes on or does nothing: what it did is in the database, not in a worker.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from resident_app.worker.keeping import Keeping
from resident_app.worker.parts import WorkerParts


@dataclass(frozen=True)
class Job:
    """`cron`: minute, hour, day, month, weekday, at the office's time zone; six fields begin with seconds.

    `catches_up`: times that passed while no worker was there are made up for.
    """

    name: str
    cron: str
    run: Callable[[datetime], None]
    catches_up: bool = False


def scheduled_jobs(parts: WorkerParts) -> list[Job]:
    """Every job there is."""
    keeping = Keeping(parts)
    return [
        Job("retention", "40 3 * * *", keeping.remove_what_is_due),
        Job("audit-head", "55 23 * * *", keeping.print_head),
        Job("sealing-again", "*/5 * * * *", keeping.seal_again),
    ]
