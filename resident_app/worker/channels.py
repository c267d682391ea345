"""What a way of sending is given, and how it says that a message did not go out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from resident_app.casework.messages.outbox import DeliveryError, OutgoingMessage


class NotDelivered(Exception):
    """The message is not out, or nobody knows. `passing`: it may go out later."""

    def __init__(self, trouble: DeliveryError, *, passing: bool):
        super().__init__(trouble.value)
        self.trouble = trouble
        self.passing = passing


@dataclass(frozen=True, repr=False)
class Delivery:
    """A message to be sent. `key` is the same in each attempt.

    `uncertain`: an earlier attempt, since `queued_at`, may have sent it.
    """

    message: OutgoingMessage
    key: str
    queued_at: datetime
    uncertain: bool


class DeliveryChannel(Protocol):
    """A way of sending."""

    def deliver(self, delivery: Delivery) -> str:
        """Send a message; its id at whoever took it. Raises NotSent."""
        ...
