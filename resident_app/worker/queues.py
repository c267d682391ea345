"""Durable work on DBOS: tries to send, by channel, and scheduled jobs.

DBOS stores keys, numbers, names and times. No argument, result or error holds a person's words.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dbos
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import create_engine

from resident_app.casework.messages.delivery import DeliveryAttempt
from resident_app.contact_points import Channel
from resident_app.database import make_private_database
from resident_app.security import event_log
from resident_app.worker.jobs import ScheduledJob
from resident_app.worker.sending import pause_after

SENT_AT_ONCE = 8
MOST_RUNS = 6
FIRST_PAUSE_SECONDS = 10
"""After a job's first error. Then four times as long each time: about an hour in all."""
_JOBS = "jobs"
_SEND = "send"
_POLL_SECONDS = 0.1
_STOP_SECONDS = 20
# The same in each release, so that a new release finishes what an old one left.
_VERSION = "1"
_UNFINISHED = ["DELAYED", "ENQUEUED", "PENDING"]
_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_FINISHED_KEPT = timedelta(hours=6)
_ANY_KEPT = timedelta(days=7)
_FORGOTTEN_AT_ONCE = 1000


class Queues:
    """The queues of this process, which may have one instance at a time.

    `worker` names this worker. DBOS gives a worker the unfinished work of the last one with its name, so no
    two that run at the same time may share a name. `attempt` makes a try and returns the seconds to wait
    before the next, or None.
    """

    def __init__(
        self,
        database: str,
        worker: str,
        channels: Collection[Channel],
        attempt: Callable[[DeliveryAttempt], float | None],
        jobs: Sequence[ScheduledJob],
        time_zone: str,
    ):
        _use_wal(database)
        DBOS(
            config={
                "name": "outreach-worker",
                "system_database_url": database,
                "application_version": _VERSION,
                "executor_id": worker,
                "log_level": "WARNING",
                "scheduler_polling_interval_sec": 10.0,
            }
        )
        _log_types_only()
        self._attempt = attempt

        def send(channel: str, key: str, round_: int, number: int) -> None:
            self._send(Channel(channel), DeliveryAttempt(key, round_, number))

        self._send_workflow = DBOS.workflow(name=_SEND)(send)
        cleanup = ScheduledJob("forget-finished-work", "17 * * * *", self.forget_finished)
        schedules = _schedules([*jobs, cleanup], time_zone)
        DBOS.launch()
        DBOS.register_queue(_JOBS, worker_concurrency=2, on_conflict="always_update")
        for channel in channels:
            DBOS.register_queue(
                channel.value,
                worker_concurrency=SENT_AT_ONCE,
                polling_interval_sec=_POLL_SECONDS,
                on_conflict="always_update",
            )
        _set_schedules(schedules)

    def enqueue(self, channel: Channel, attempt: DeliveryAttempt, pause: float | None = None) -> None:
        """Put a try in its channel's queue, to be made after `pause` seconds. Twice is the same as once."""
        arguments = (attempt.key, attempt.round, attempt.number)
        workflow_id = "-".join(map(str, (_SEND, *arguments)))
        _enqueue(channel.value, workflow_id, pause, self._send_workflow, channel.value, *arguments)

    def rounds(self, begun_after: datetime) -> set[tuple[str, int]]:
        """Return the key and round of each message with a try in a queue, or begun after this time."""
        since = begun_after.timestamp() * 1000
        found = DBOS.list_workflows(name=_SEND, status=_UNFINISHED, load_input=False, load_output=False)
        ids = [
            workflow.workflow_id
            for workflow in found
            if workflow.status != "PENDING" or (workflow.updated_at or 0) > since
        ]
        parts = [workflow_id.removeprefix(f"{_SEND}-").rsplit("-", 2) for workflow_id in ids]
        return {(key, int(round_)) for key, round_, _ in parts}

    def forget_finished(self, now: datetime) -> None:
        """Remove finished work, and old work that no worker has finished."""
        finished_before, begun_before = (now - kept for kept in (_FINISHED_KEPT, _ANY_KEPT))
        _forget(status=_FINISHED, completed_before=finished_before.isoformat())
        _forget(end_time=begun_before.isoformat())

    def close(self) -> None:
        """Begin nothing more, and wait up to 20 seconds for what is running."""
        DBOS.destroy(workflow_completion_timeout_sec=_STOP_SECONDS, destroy_registry=True)

    def _send(self, channel: Channel, attempt: DeliveryAttempt) -> None:
        """Make one try, and queue the next if there is one. Until its time that one takes no place."""
        pause = DBOS.run_step({"name": "attempt"}, self._step, attempt.key, attempt.round, attempt.number)
        if pause is not None:
            self.enqueue(channel, replace(attempt, number=attempt.number + 1), pause)

    def _step(self, key: str, round_: int, number: int) -> float | None:
        try:
            return self._attempt(DeliveryAttempt(key, round_, number))
        except Exception as error:
            # Our own database failed. DBOS would store what is raised, and its words may be a person's.
            event_log.failed(_SEND, error)
            return pause_after(number)


def _enqueue(
    queue: str, workflow_id: str, pause: float | None, workflow: Callable[..., None], *arguments: str | int
) -> None:
    with SetWorkflowID(workflow_id), SetEnqueueOptions(delay_seconds=pause):
        DBOS.enqueue_workflow(queue, workflow, *arguments)


def _forget(**conditions: Any) -> None:
    while found := DBOS.list_workflows(
        **conditions, limit=_FORGOTTEN_AT_ONCE, load_input=False, load_output=False
    ):
        DBOS.delete_workflows([workflow.workflow_id for workflow in found])


def _schedules(jobs: Sequence[ScheduledJob], time_zone: str) -> list[dict[str, Any]]:
    """Return the jobs as DBOS schedules: one workflow for each of their times, in the first free worker."""
    by_name = {job.name: job for job in jobs}

    def run(name: str, planned: str, number: int) -> None:
        """Run a job for the `number`-th time. After an error, queue it to be run again later."""
        if name not in by_name:
            return
        try:
            by_name[name].run(datetime.now(UTC))
        except Exception as error:
            # DBOS would store what is raised, and its words may be a person's.
            event_log.failed(f"job {name}", error)
            if number < MOST_RUNS:
                pause = FIRST_PAUSE_SECONDS * 4 ** (number - 1)
                _enqueue(_JOBS, f"job-{name}-{planned}-{number + 1}", pause, again, name, planned, number + 1)

    again = DBOS.workflow(name="job again")(run)

    def scheduled(job: ScheduledJob) -> Callable[[datetime, Any], None]:
        return DBOS.workflow(name=f"job {job.name}")(
            lambda planned, _context: run(job.name, planned.isoformat(), 1)
        )

    return [
        {
            "schedule_name": job.name,
            "workflow_fn": scheduled(job),
            "schedule": job.cron,
            "automatic_backfill": job.catches_up,
            "cron_timezone": time_zone,
        }
        for job in jobs
    ]


def _set_schedules(schedules: list[dict[str, Any]]) -> None:
    """Set these schedules and delete all others, so that a job that was removed stops."""
    names = {schedule["schedule_name"] for schedule in schedules}
    for found in DBOS.list_schedules():
        if found["schedule_name"] not in names:
            DBOS.delete_schedule(found["schedule_name"])
    DBOS.apply_schedules(schedules)  # type: ignore[arg-type]


def _use_wal(database: str) -> None:
    """On SQLite, make the file, and let readers not wait for a writer: the file keeps that mode."""
    if database.startswith("sqlite"):
        make_private_database(database)
        engine = create_engine(database)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        engine.dispose()


def _log_types_only() -> None:
    """Let DBOS's log go through our own handlers, which write no words and no tracebacks."""
    logger = logging.getLogger(dbos.__name__)
    logger.handlers.clear()
    logger.propagate = True
