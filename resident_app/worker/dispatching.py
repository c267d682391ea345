"""From the outbox to the queues: enqueue what is due, and take back what a lost worker had."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine

from resident_app.casework.messages import delivery
from resident_app.casework.messages.delivery import DeliveryAttempt
from resident_app.clock import Clock
from resident_app.contact_points import Channel
from resident_app.database import reading, writing

MOST_AT_ONCE = 200
LOST_AFTER = timedelta(minutes=5)
"""A try takes a minute at most. A worker that has not ended one after this time is lost."""


class SendQueue(Protocol):
    """A durable queue of tries. A try put in twice is in it once."""

    def enqueue(self, channel: Channel, attempt: DeliveryAttempt) -> None: ...

    def rounds(self, begun_after: datetime) -> set[tuple[str, int]]:
        """Return the key and round of each message with a try in the queue, or begun after this time."""
        ...


class Dispatcher:
    """Feeds the queues of the channels that are set up."""

    def __init__(
        self,
        engine: Engine,
        channels: Collection[Channel],
        queue: SendQueue,
        clock: Clock,
        lost_after: timedelta = LOST_AFTER,
    ):
        self._engine = engine
        self._channels = channels
        self._queue = queue
        self._clock = clock
        self._lost_after = lost_after

    def enqueue_due(self) -> None:
        """Put what is due in the queues, and only then note that. A crash in between loses nothing."""
        for channel in (Channel.TEXT, Channel.EMAIL):
            if channel in self._channels:
                self._enqueue(channel)
            else:
                self._note_not_set_up(channel)

    def take_back_lost(self) -> None:
        """Start a new round for each message that a worker should have finished, and that no queue has."""
        since = self._clock() - self._lost_after
        for channel in self._channels:
            with reading(self._engine) as connection:
                overdue = delivery.overdue(connection, channel, since)
            if not overdue:
                continue
            known = self._queue.rounds(begun_after=since)
            with writing(self._engine) as connection:
                for attempt in overdue:
                    if (attempt.key, attempt.round) not in known:
                        delivery.start_round(connection, attempt)

    def _enqueue(self, channel: Channel) -> None:
        with reading(self._engine) as connection:
            attempts = delivery.due(connection, channel, self._clock(), MOST_AT_ONCE)
        for attempt in attempts:
            self._queue.enqueue(channel, attempt)
        if attempts:
            with writing(self._engine) as connection:
                delivery.mark_queued(connection, attempts)

    def _note_not_set_up(self, channel: Channel) -> None:
        with reading(self._engine) as connection:
            if not delivery.waits_unexplained(connection, channel):
                return
        with writing(self._engine) as connection:
            delivery.mark_not_set_up(connection, channel)
