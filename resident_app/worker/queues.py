"""The durable queues, on DBOS: attempts to send by channel, and scheduled jobs.

What DBOS keeps are numbers, names and times: no argument, result or error holds a person's words.
A queue is left by one worker alone; what a worker had when it died, it has again when it starts.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dbos
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import create_engine

from resident_app.casework.messages.delivery import DeliveryAttempt
from resident_app.security import event_log
from resident_app.worker.jobs import ScheduledJob

SENT_AT_ONCE = 8
MOST_RUNS = 6
FIRST_PAUSE_SECONDS = 10
"""After a job's first error; then four times as long each time: about an hour in all."""
_JOBS = "jobs"
_POLL_SECONDS = 0.1
_STOP_SECONDS = 20
# Work that a version before this one left is ours: its shape does not change.
_VERSION = "1"
_OVER = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_OVER_KEPT = timedelta(hours=6)
_ANY_KEPT = timedelta(days=7)
_FORGOTTEN_AT_ONCE = 1000


class Queues:
    """Launched once in a process. `worker` names this worker: no other may have the name at the same time."""

    def __init__(
        self,
        database: str,
        worker: str,
        channels: Sequence[str],
        send: Callable[[DeliveryAttempt], None],
        jobs: Sequence[ScheduledJob],
        time_zone: str,
    ):
        _prepare(database)
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

        def send_one(message: int, round_: int, number: int) -> None:
            try:
                send(DeliveryAttempt(message, round_, number))
            except Exception as error:
                # DBOS keeps what is raised. The message is handed over anew when its lease ends.
                event_log.failed("send", error)

        self._send = DBOS.workflow(name="send")(send_one)
        tidying = ScheduledJob("forget-finished-work", "17 * * * *", self.forget_finished)
        schedules = _schedules([*jobs, tidying], time_zone)
        DBOS.launch()
        DBOS.register_queue(_JOBS, worker_concurrency=2, on_conflict="always_update")
        for channel in channels:
            DBOS.register_queue(
                channel,
                worker_concurrency=SENT_AT_ONCE,
                polling_interval_sec=_POLL_SECONDS,
                on_conflict="always_update",
            )
        _set_schedules(schedules)

    def enqueue(self, channel: str, attempt: DeliveryAttempt) -> None:
        """Put an attempt in its channel's queue; it is in there once, however often that is done."""
        with SetWorkflowID(f"send-{attempt.message}-{attempt.round}-{attempt.number}"):
            DBOS.enqueue_workflow(channel, self._send, attempt.message, attempt.round, attempt.number)

    def forget_finished(self, now: datetime) -> None:
        """Remove what is over, and what nobody came back for."""
        over: dict[str, Any] = {"status": _OVER, "completed_before": (now - _OVER_KEPT).isoformat()}
        old: dict[str, Any] = {"end_time": (now - _ANY_KEPT).isoformat()}
        for these in (over, old):
            while found := DBOS.list_workflows(
                **these, limit=_FORGOTTEN_AT_ONCE, load_input=False, load_output=False
            ):
                DBOS.delete_workflows([workflow.workflow_id for workflow in found])

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        DBOS.destroy(workflow_completion_timeout_sec=_STOP_SECONDS, destroy_registry=True)


def _schedules(jobs: Sequence[ScheduledJob], time_zone: str) -> list[dict[str, Any]]:
    """The jobs as DBOS keeps them: a workflow for each of their times, whichever worker takes it."""
    by_name = {job.name: job for job in jobs}

    def run_again(name: str, planned: str, number: int) -> None:
        if name in by_name:
            run(by_name[name], planned, number)

    again = DBOS.workflow(name="job again")(run_again)

    def run(job: ScheduledJob, planned: str, number: int) -> None:
        """Run a job for the `number`-th time; after an error it waits in the queue for another time."""
        try:
            job.run(datetime.now(UTC))
        except Exception as error:
            # DBOS keeps what is raised: not an error, whose words may be anybody's.
            event_log.failed(f"job {job.name}", error)
            if number < MOST_RUNS:
                pause = FIRST_PAUSE_SECONDS * 4 ** (number - 1)
                with (
                    SetWorkflowID(f"job-{job.name}-{planned}-{number + 1}"),
                    SetEnqueueOptions(delay_seconds=pause),
                ):
                    DBOS.enqueue_workflow(_JOBS, again, job.name, planned, number + 1)

    def scheduled(job: ScheduledJob) -> Callable[[datetime, Any], None]:
        return DBOS.workflow(name=f"job {job.name}")(
            lambda planned, _context: run(job, planned.isoformat(), 1)
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
    """These schedules, and no other: a job that is no longer there stops."""
    names = {schedule["schedule_name"] for schedule in schedules}
    for found in DBOS.list_schedules():
        if found["schedule_name"] not in names:
            DBOS.delete_schedule(found["schedule_name"])
    DBOS.apply_schedules(schedules)  # type: ignore[arg-type]


def _prepare(database: str) -> None:
    """On SQLite: readers do not wait for a writer. The mode stays with the file."""
    if database.startswith("sqlite"):
        engine = create_engine(database)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        engine.dispose()


def _log_types_only() -> None:
    """DBOS's own log goes the way of every other library's: no words, no traces."""
    logger = logging.getLogger(dbos.__name__)
    logger.handlers.clear()
    logger.propagate = True
