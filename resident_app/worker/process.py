"""The worker's process: what it does again and again, and how it starts and stops."""

import fcntl
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.key_check import OfficeKeyCheck
from resident_app.casework.messages.delivery import DeliveryAttempt
from resident_app.casework.worker_status import BEAT_SECONDS
from resident_app.contact_points import Channel
from resident_app.intake.purge_receipts import record_receipts
from resident_app.private_files import make_private_folder
from resident_app.security import event_log
from resident_app.security.audit_heads import keep_newest_head
from resident_app.worker.call_placement import CallPlacer
from resident_app.worker.channels import DeliveryChannel
from resident_app.worker.context import WorkerContext
from resident_app.worker.dispatching import LOST_AFTER, Dispatcher
from resident_app.worker.email_channel import EmailChannel
from resident_app.worker.follow_up import follow_up
from resident_app.worker.heartbeat import Heartbeat
from resident_app.worker.inbound import InboundProcessor
from resident_app.worker.jobs import scheduled_jobs
from resident_app.worker.queues import Queues
from resident_app.worker.sending import Sender
from resident_app.worker.text_channel import TextChannel

ROUND_SECONDS = 0.5
KEY_SECONDS = 5
"""While the office's key is not right, the log says so as often as this."""
HEAD_SECONDS = 30
"""The audit log's newest head is kept outside the database as often as this."""
RECEIPT_SECONDS = 10
"""What the public process erased is in the audit log after this time."""


class Worker:
    """Works from when it is built until `stop`. A process may have one at a time.

    What a lost worker had is taken back within 1.2 times `lost_after`.
    """

    def __init__(self, context: WorkerContext, lost_after: timedelta = LOST_AFTER):
        self._context = context
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        engine, keys, clock = context.engine, context.keys, context.clock
        self._key_check = OfficeKeyCheck(engine, keys, context.settings.office_public_key_path)
        inbound = InboundProcessor(engine, keys, RequestIndex(engine, keys), context.configuration.keywords)
        channels = delivery_channels(context, inbound)
        self._id = WorkerId(context.settings.instance_dir)
        self._sender = Sender(engine, keys, channels, clock, context.configuration.contact_hours)
        self._heartbeat = Heartbeat(context, self._id.text, self._key_check)
        self._queues = Queues(
            context.settings.jobs_database,
            self._id.text,
            channels,
            self._attempt,
            [replace(job, run=self._only_with_key(job.run)) for job in scheduled_jobs(context)],
            context.configuration.office.time_zone,
        )
        calls = CallPlacer(engine, keys, context.provider, context.configuration, context.settings.base_url)
        dispatcher = Dispatcher(engine, channels, self._queues, clock, lost_after)
        self._heartbeat.note()
        self._repeat("heartbeat", BEAT_SECONDS, self._heartbeat.note)
        self._repeat("office key", KEY_SECONDS, self._log_key_problem)
        self._repeat("inbound", ROUND_SECONDS, inbound.process, needs_key=True)
        self._repeat(
            "replies and deliveries",
            ROUND_SECONDS,
            lambda: follow_up(engine, keys.current(), context.configuration, clock()),
        )
        self._repeat("dispatch", ROUND_SECONDS, dispatcher.enqueue_due, needs_key=True)
        self._repeat("lost work", lost_after.total_seconds() / 10, dispatcher.take_back_lost, needs_key=True)
        self._repeat("receipts", RECEIPT_SECONDS, lambda: _record_receipts(context))
        self._repeat("audit head", HEAD_SECONDS, lambda: _keep_head(context))
        self._repeat("calls", ROUND_SECONDS, lambda: calls.advance(clock()), needs_key=True)

    def stop(self) -> None:
        """Begin nothing more, and return when what is running has ended."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._queues.close()
        with suppress(SQLAlchemyError):
            self._heartbeat.note_end()
        self._context.engine.dispose()
        self._id.release()

    def _repeat(
        self, name: str, seconds: float, task: Callable[[], None], *, needs_key: bool = False
    ) -> None:
        """Run a task again and again in a thread of its own, so that one that hangs stops no other.

        `needs_key`: it does nothing while the office's key is not right.
        """

        def repeat() -> None:
            while not self._stopping.wait(seconds):
                try:
                    if not needs_key or not self._key_check.problem():
                        task()
                except Exception as error:
                    event_log.failed(name, error)

        thread = threading.Thread(target=repeat, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _attempt(self, attempt: DeliveryAttempt) -> float | None:
        """Try to send. Without the right key nothing is tried, and the message is taken back later."""
        return None if self._key_check.problem() else self._sender.attempt(attempt)

    def _only_with_key(self, run: Callable[[datetime], None]) -> Callable[[datetime], None]:
        """Return a job that fails while the office's key is not right, and so is run again later."""

        def run_with_key(now: datetime) -> None:
            if self._key_check.problem():
                raise WrongOfficeKey
            run(now)

        return run_with_key

    def _log_key_problem(self) -> None:
        if problem := self._key_check.problem():
            event_log.not_ready(problem)


class WrongOfficeKey(RuntimeError):
    """The office's private key is not the one that requests are sealed to."""


def _record_receipts(context: WorkerContext) -> None:
    record_receipts(context.engine, context.clock())


def _keep_head(context: WorkerContext) -> None:
    if not keep_newest_head(context.engine, context.settings.newest_audit_head_path):
        event_log.audit_log_cut()


def delivery_channels(context: WorkerContext, inbound: InboundProcessor) -> dict[Channel, DeliveryChannel]:
    """Return the channels that are set up."""
    settings = context.settings
    channels: dict[Channel, DeliveryChannel] = {}
    if context.provider:
        channels[Channel.TEXT] = TextChannel(
            context.engine, context.provider, inbound, context.languages, settings.base_url
        )
    if settings.smtp_url:
        channels[Channel.EMAIL] = EmailChannel(settings.smtp_url, settings.mail_from, context.languages)
    return channels


class WorkerId:
    """The first name of this machine that no running worker has. It is free when the process ends.

    So the next worker on this machine gets the name, and the unfinished work, of one that died.
    """

    def __init__(self, folder: Path):
        make_private_folder(folder)
        for number in count(1):
            file = os.open(folder / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._file = file
                self.text = f"{socket.gethostname()}-{number}"
                return
            os.close(file)

    def release(self) -> None:
        os.close(self._file)
