"""Scheduled jobs: each runs once at each of its times, in whichever worker is first.

Add new jobs here. A job is given the time. It may be run again after a crash, or by two workers at once,
so it finds what is left to do in the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from resident_app.casework.resealing import remaining, reseal_some
from resident_app.casework.retention.purge import purge
from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_heads import print_head
from resident_app.security.audit_log import Audited
from resident_app.worker.context import WorkerContext


@dataclass(frozen=True)
class ScheduledJob:
    """`cron`: minute, hour, day, month, weekday, in the office's time zone; six fields begin with seconds.

    `catches_up`: times that passed while no worker ran are made up for.
    """

    name: str
    cron: str
    run: Callable[[datetime], None]
    catches_up: bool = False


def scheduled_jobs(context: WorkerContext) -> list[ScheduledJob]:
    """Return every job but those of the queues themselves."""

    def remove_what_is_due(now: datetime) -> None:
        purge(context.engine, context.keys.current(), context.configuration.retention, now)

    def print_audit_head(now: datetime) -> None:
        print_head(context.engine, now, context.settings.audit_heads_path)

    return [
        ScheduledJob("retention", "40 3 * * *", remove_what_is_due),
        ScheduledJob("audit-head", "55 23 * * *", print_audit_head),
        ScheduledJob("resealing", "*/5 * * * *", lambda now: _reseal(context, now)),
    ]


def _reseal(context: WorkerContext, now: datetime) -> None:
    """Seal what is sealed to an older key to the office's newest key."""
    keys = context.keys.current()
    with context.engine.connect() as connection:
        before = remaining(connection, keys)
    if not before:
        return
    while reseal_some(context.engine, keys):
        pass
    with writing(context.engine) as connection:
        if remaining(connection, keys) < before:
            audit_log.record(
                connection,
                Audited.KEY_CHANGED,
                actor_id=None,
                at=now,
                what="resealed",
                key=keys.newest.public.id,
            )
