"""From the outbox to the queues: what is due is handed over, a little at a time."""

from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from resident_app.casework.messages import delivery
from resident_app.casework.messages.delivery import DeliveryAttempt
from resident_app.casework.messages.outbox import EMAIL, TEXT
from resident_app.clock import Clock
from resident_app.database import reading, writing

MOST_UNDER_WAY = 64
"""Of each channel: what is queued for longer than a lease would be handed over twice."""


class Dispatcher:
    """`channels` are those that messages can go out by; `enqueue` puts an attempt in a queue, once."""

    def __init__(
        self,
        engine: Engine,
        channels: Sequence[str],
        enqueue: Callable[[str, DeliveryAttempt], None],
        clock: Clock,
    ):
        self._engine = engine
        self._channels = channels
        self._enqueue = enqueue
        self._clock = clock

    def hand_over(self) -> None:
        """Hand over what is due. First to the queue, then it is noted: a crash between loses nothing."""
        for channel in (TEXT, EMAIL):
            if channel in self._channels:
                self._hand_over(channel)
            else:
                self._say_why(channel)

    def _hand_over(self, channel: str) -> None:
        now = self._clock()
        with reading(self._engine) as connection:
            room = MOST_UNDER_WAY - delivery.under_way(connection, channel, now)
            attempts = delivery.due(connection, channel, now, room) if room > 0 else []
        for attempt in attempts:
            self._enqueue(channel, attempt)
        if attempts:
            with writing(self._engine) as connection:
                delivery.hand_over(connection, attempts, now)

    def _say_why(self, channel: str) -> None:
        with reading(self._engine) as connection:
            if not delivery.waits_unsaid(connection, channel):
                return
        with writing(self._engine) as connection:
            delivery.cannot_send(connection, channel)
