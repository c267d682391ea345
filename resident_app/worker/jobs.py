"""Scheduled jobs: each runs once at each of its times, by whichever worker comes first.

This is the place to add one. A job is handed the time, may be run again after a crash, and then
goes on or does nothing: what it did is in the database, not in a worker.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from resident_app.worker.context import WorkerContext
from resident_app.worker.retention_jobs import RetentionJobs


@dataclass(frozen=True)
class ScheduledJob:
    """`cron`: minute, hour, day, month, weekday, at the office's time zone; six fields begin with seconds.

    `catches_up`: times that passed while no worker was there are made up for.
    """

    name: str
    cron: str
    run: Callable[[datetime], None]
    catches_up: bool = False


def scheduled_jobs(parts: WorkerContext) -> list[ScheduledJob]:
    """Every job there is."""
    keeping = RetentionJobs(parts)
    return [
        ScheduledJob("retention", "40 3 * * *", keeping.remove_what_is_due),
        ScheduledJob("audit-head", "55 23 * * *", keeping.print_head),
        ScheduledJob("sealing-again", "*/5 * * * *", keeping.seal_again),
    ]
