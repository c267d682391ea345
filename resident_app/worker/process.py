"""The worker's process: its rounds, and how it begins and ends."""

import threading
from collections.abc import Callable

from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.messages.outbox import EMAIL, TEXT
from resident_app.security import event_log
from resident_app.worker.call_placement import CallPlacer
from resident_app.worker.channels import DeliveryChannel
from resident_app.worker.context import WorkerContext
from resident_app.worker.dispatching import Dispatcher
from resident_app.worker.email_channel import EmailChannel
from resident_app.worker.inbound import InboundProcessor
from resident_app.worker.jobs import scheduled_jobs
from resident_app.worker.queues import Queues
from resident_app.worker.sending import Sender
from resident_app.worker.text_channel import TextChannel
from resident_app.worker.worker_id import WorkerId

ROUND_SECONDS = 0.5


class Worker:
    """Works from the moment it is built until `stop`. There is one in a process."""

    def __init__(self, parts: WorkerContext):
        self._parts = parts
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        replies = InboundProcessor(parts.engine, parts.keys, RequestIndex(parts.engine, parts.keys))
        channels = channels_of(parts, replies)
        self._name = WorkerId(parts.settings.instance_dir)
        self._queues = Queues(
            parts.settings.jobs_database,
            self._name.text,
            list(channels),
            Sender(parts.engine, parts.keys, channels, parts.clock).attempt,
            scheduled_jobs(parts),
            parts.configuration.office.time_zone,
        )
        calling = CallPlacer(
            parts.engine, parts.keys, parts.provider, parts.configuration, parts.settings.base_url
        )
        dispatcher = Dispatcher(parts.engine, list(channels), self._queues.enqueue, parts.clock)
        self._every_round("replies", replies.take_in)
        self._every_round("dispatch", dispatcher.hand_over)
        self._every_round("calls", lambda: calling.advance(parts.clock()))

    def stop(self) -> None:
        """Begin nothing more, and return when what is under way has ended."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._queues.close()
        self._parts.engine.dispose()
        self._name.give_up()

    def _every_round(self, name: str, deed: Callable[[], None]) -> None:
        """Do something every half second in a thread of its own: what hangs there stops nothing else."""

        def rounds() -> None:
            while not self._stopping.wait(ROUND_SECONDS):
                try:
                    deed()
                except Exception as error:
                    event_log.failed(name, error)

        thread = threading.Thread(target=rounds, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)


def channels_of(parts: WorkerContext, replies: InboundProcessor) -> dict[str, DeliveryChannel]:
    """The ways of sending that are set up."""
    settings = parts.settings
    channels: dict[str, DeliveryChannel] = {}
    if parts.provider:
        channels[TEXT] = TextChannel(parts.engine, parts.provider, replies, parts.languages)
    if settings.smtp_url:
        channels[EMAIL] = EmailChannel(settings.smtp_url, settings.mail_from, parts.languages)
    return channels
