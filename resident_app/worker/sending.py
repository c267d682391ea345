"""Sending one message: an attempt, and what follows from how it went."""

import random
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Engine

from resident_app.casework.messages import delivery
from resident_app.casework.messages.delivery import BegunDelivery, DeliveryAttempt
from resident_app.casework.messages.outbox import DeliveryError, open_message
from resident_app.casework.office_keys import CannotOpen, OfficeKeysFile
from resident_app.clock import Clock
from resident_app.database import writing
from resident_app.security import event_log
from resident_app.worker.channels import Delivery, DeliveryChannel, NotDelivered

FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 3600
MOST_ATTEMPTS = 33
"""About a day."""
_JITTER = 0.2


class Sender:
    """Makes attempts; `channels` are the ways of sending that there are."""

    def __init__(
        self,
        engine: Engine,
        keys: OfficeKeysFile,
        channels: Mapping[str, DeliveryChannel],
        clock: Clock,
    ):
        self._engine = engine
        self._keys = keys
        self._channels = channels
        self._clock = clock

    def attempt(self, attempt: DeliveryAttempt) -> None:
        """Make an attempt, unless it is no longer wanted. Made again after a crash, it goes on."""
        with writing(self._engine, durable=True) as connection:
            begun = delivery.begin(connection, attempt, self._clock())
        if begun is None:
            return
        try:
            provider_id = self._deliver(begun)
        except NotDelivered as error:
            self._not_sent(attempt, error.trouble, passing=error.passing)
        except Exception as error:
            event_log.failed(f"send {begun.channel}", error)
            self._not_sent(attempt, DeliveryError.UNCERTAIN, passing=True)
        else:
            with writing(self._engine, durable=True) as connection:
                delivery.sent(connection, attempt, provider_id, self._clock())

    def _deliver(self, begun: BegunDelivery) -> str:
        """Raises NotSent."""
        try:
            message = open_message(begun.sealed, self._keys.current(), begun.key)
        except CannotOpen:
            raise NotDelivered(DeliveryError.CANNOT_OPEN, passing=False) from None
        channel = self._channels.get(begun.channel)
        if channel is None:
            raise NotDelivered(
                DeliveryError.UNCERTAIN if begun.uncertain else DeliveryError.NOT_SET_UP, passing=True
            )
        return channel.deliver(Delivery(message, begun.key, begun.created_at, begun.uncertain))

    def _not_sent(self, attempt: DeliveryAttempt, trouble: DeliveryError, *, passing: bool) -> None:
        now = self._clock()
        with writing(self._engine) as connection:
            if passing and attempt.number < MOST_ATTEMPTS:
                delivery.put_off(connection, attempt, trouble, now + pause_after(attempt.number))
            else:
                delivery.fail(connection, attempt, trouble, now)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, a little uneven, at most an hour."""
    seconds = min(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS)
    return timedelta(seconds=seconds * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311
