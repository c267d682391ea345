"""The worker's process: its rounds, and how it begins and ends."""

import threading
from collections.abc import Callable

from resident_app.outreach.cases.opened import OpenedRequests
from resident_app.outreach.messages.outbox import EMAIL, TEXT
from resident_app.safeguards import events
from resident_app.worker.calling import Calling
from resident_app.worker.delivery import Channel
from resident_app.worker.dispatching import Dispatcher
from resident_app.worker.jobs import scheduled_jobs
from resident_app.worker.mailing import Mailing
from resident_app.worker.name import Name
from resident_app.worker.parts import WorkerParts
from resident_app.worker.queues import Queues
from resident_app.worker.replies import Replies
from resident_app.worker.sending import Sender
from resident_app.worker.texting import Texting

ROUND_SECONDS = 0.5


class Worker:
    """Works from the moment it is built until `stop`. There is one in a process."""

    def __init__(self, parts: WorkerParts):
        self._parts = parts
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        replies = Replies(parts.engine, parts.keys, OpenedRequests(parts.engine, parts.keys))
        channels = channels_of(parts, replies)
        self._name = Name(parts.settings.instance_dir)
        self._queues = Queues(
            parts.settings.jobs_database,
            self._name.text,
            list(channels),
            Sender(parts.engine, parts.keys, channels, parts.clock).attempt,
            scheduled_jobs(parts),
            parts.configuration.office.time_zone,
        )
        calling = Calling(
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
                    events.failed(name, error)

        thread = threading.Thread(target=rounds, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)


def channels_of(parts: WorkerParts, replies: Replies) -> dict[str, Channel]:
    """The ways of sending that are set up."""
    settings = parts.settings
    channels: dict[str, Channel] = {}
    if parts.provider:
        channels[TEXT] = Texting(parts.engine, parts.provider, replies, parts.languages)
    if settings.smtp_url:
        channels[EMAIL] = Mailing(settings.smtp_url, settings.mail_from, parts.languages)
    return channels
