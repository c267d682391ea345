"""What a channel is given to deliver, and how it reports that a message did not go out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from resident_app.casework.messages.outbox import OutgoingMessage
from resident_app.intake.message_tables import DeliveryError


class NotDelivered(Exception):
    """The message did not go out, or nobody knows. `is_temporary`: a later try may succeed.

    `not_before`: it is not tried again before this time.
    """

    def __init__(self, error: DeliveryError, *, is_temporary: bool, not_before: datetime | None = None):
        super().__init__(error.value)
        self.error = error
        self.is_temporary = is_temporary
        self.not_before = not_before


@dataclass(frozen=True, repr=False)
class Delivery:
    """A message to deliver. `key` is the same in each try.

    `uncertain`: an earlier try, since `queued_at`, may have sent it.
    """

    message: OutgoingMessage
    key: str
    queued_at: datetime
    uncertain: bool


class DeliveryChannel(Protocol):
    """A text message provider or a mail server."""

    def deliver(self, delivery: Delivery) -> str:
        """Send a message and return the provider's id of it. Raises NotDelivered."""
        ...
