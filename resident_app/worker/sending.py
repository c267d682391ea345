"""One try to send one message, and how long to wait before the next."""

import random
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Engine

from resident_app.casework.authorization import is_authorized, note_log_end, record_refused
from resident_app.casework.cases.settlement import note_sent
from resident_app.casework.messages import delivery
from resident_app.casework.messages.delivery import BegunDelivery, DeliveryAttempt
from resident_app.casework.messages.outbox import OutgoingMessage, sending
from resident_app.casework.office_keys import CannotOpen, OfficeKeysFile
from resident_app.clock import Clock
from resident_app.configuration.contact_hours import ContactHours
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.message_tables import DeliveryError, OutgoingRow
from resident_app.security import event_log
from resident_app.worker.channels import Delivery, DeliveryChannel, NotDelivered
from resident_app.worker.unattended import open_message

FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 3600
MOST_ATTEMPTS = 33
"""With these pauses: about a day."""
_JITTER = 0.2


class Sender:
    """Sends messages through the channels that are set up."""

    def __init__(
        self,
        engine: Engine,
        keys: OfficeKeysFile,
        channels: Mapping[Channel, DeliveryChannel],
        clock: Clock,
        hours: ContactHours,
    ):
        self._engine = engine
        self._keys = keys
        self._channels = channels
        self._clock = clock
        self._hours = hours

    def attempt(self, attempt: DeliveryAttempt) -> float | None:
        """Try once. Return the seconds to wait before the next try, or None if no other follows.

        A try that is no longer wanted does nothing. One that a crash interrupted is made again.
        """
        with writing(self._engine, durable=True) as connection:
            begun = delivery.begin(connection, attempt, self._clock())
        if begun is None:
            return None
        try:
            provider_id = self._deliver(attempt.key, begun)
        except NotDelivered as error:
            return self._end(attempt, begun, error)
        except Exception as error:
            event_log.failed(f"send {begun.channel.value}", error)
            return self._end(attempt, begun, NotDelivered(DeliveryError.UNCERTAIN, is_temporary=True))
        with writing(self._engine, durable=True) as connection:
            now = self._clock()
            if delivery.mark_sent(connection, attempt.key, provider_id, now):
                note_sent(connection, attempt.key, now)
        note_log_end(self._engine)
        return None

    def _deliver(self, key: str, begun: BegunDelivery) -> str:
        """Return the provider's id. Raises NotDelivered."""
        try:
            message = open_message(begun.sealed, self._keys.current(), key)
        except CannotOpen:
            raise NotDelivered(DeliveryError.CANNOT_OPEN, is_temporary=False) from None
        self._require_authorization(key, begun, message)
        if begun.channel is Channel.TEXT:
            self._require_waking_hours(begun, message)
        channel = self._channels.get(begun.channel)
        if channel is None:
            error = DeliveryError.UNCERTAIN if begun.uncertain else DeliveryError.NOT_SET_UP
            raise NotDelivered(error, is_temporary=True)
        return channel.deliver(Delivery(message, key, begun.created_at, begun.uncertain))

    def _require_waking_hours(self, begun: BegunDelivery, message: OutgoingMessage) -> None:
        """Raises NotDelivered in the person's quiet hours, also for a message that failed before them."""
        moment = self._hours.at(self._clock(), message.time_zone)
        if moment.is_quiet:
            error = DeliveryError.UNCERTAIN if begun.uncertain else DeliveryError.QUIET_HOURS
            raise NotDelivered(error, is_temporary=True, not_before=moment.allowed_at)

    def _require_authorization(self, key: str, begun: BegunDelivery, message: OutgoingMessage) -> None:
        """Raises NotDelivered if nobody at the office asked for this message, or if it has ended since."""
        dispatch = sending(begun.id, key, begun.request_id, begun.channel, message)
        with reading(self._engine) as connection:
            if not is_authorized(connection, dispatch, begun.authorization):
                raise NotDelivered(DeliveryError.NOT_AUTHORIZED, is_temporary=False)

    def _end(self, attempt: DeliveryAttempt, begun: BegunDelivery, failure: NotDelivered) -> float | None:
        now = self._clock()
        again = failure.is_temporary and attempt.number < MOST_ATTEMPTS
        pause = pause_after(attempt.number) if again else None
        if failure.not_before is not None:
            pause = (failure.not_before - now).total_seconds()
        retry_at = None if pause is None else now + timedelta(seconds=pause)
        with writing(self._engine) as connection:
            is_ended = delivery.end(connection, attempt, failure.error, now, retry_at)
            if is_ended and failure.error is DeliveryError.NOT_AUTHORIZED:
                record_refused(connection, OutgoingRow.__tablename__, begun.id, begun.request_id, now)
        return pause


def pause_after(attempts: int) -> float:
    """Return the seconds to wait after so many tries: each time twice as long, at most an hour, uneven."""
    seconds = min(FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 10), LONGEST_PAUSE_SECONDS)
    return seconds * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
