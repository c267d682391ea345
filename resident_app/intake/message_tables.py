"""The tables of messages to residents and of messages from them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.contact_points import Channel
from resident_app.database import Base, Moment, enum_type
from resident_app.intake.request_tables import REQUEST_ID


class OutgoingState(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"
    """In no queue yet: it was just written, or its time has not come."""
    QUEUED = "queued"
    """In a worker's queue, before its first try or between two tries."""
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    """It is not tried again until a person asks for that."""
    CANCELLED = "cancelled"


ON_THE_WAY = (OutgoingState.WAITING, OutgoingState.QUEUED, OutgoingState.SENDING)
UNSENT = (*ON_THE_WAY, OutgoingState.FAILED)


class DeliveryError(StrEnum):
    """Why a message has not gone out. A provider's own words are never stored."""

    NOT_SET_UP = "not-set-up"
    """No provider is set up for its channel. It waits until there is one."""
    QUIET_HOURS = "quiet-hours"
    """It waits until the person may be texted."""
    UNREACHABLE = "unreachable"
    TOO_BUSY = "too-busy"
    NOT_LET_IN = "not-let-in"
    UNCERTAIN = "uncertain"
    """It was handed to the provider, which did not say whether it took it."""
    OPTED_OUT = "opted-out"
    NOT_A_NUMBER = "not-a-number"
    NO_SUCH_ADDRESS = "no-such-address"
    RETURNED = "returned"
    """The mail server took it and returned it later."""
    REFUSED = "refused"
    CANNOT_OPEN = "cannot-open"
    NOT_AUTHORIZED = "not-authorized"
    """Nobody at the office wrote it as it is, or somebody put it back after it had ended."""


class TextDelivery(StrEnum):
    """How far a text message has come after it was sent, as the carrier reports it."""

    QUEUED = "queued"
    SENT = "sent"
    """The resident's phone company has it."""
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    """The resident's phone company could not deliver it."""
    FAILED = "failed"


DELIVERY_ENDED = (TextDelivery.DELIVERED, TextDelivery.UNDELIVERED, TextDelivery.FAILED)


class OutgoingRow(Base):
    """A message to a resident. The address and the text are sealed, bound to `key`."""

    __tablename__ = "outgoing_message"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    """The idempotency key. A provider that honors it sends the message once, however often it is asked."""
    request_id: Mapped[int | None] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), index=True)
    channel: Mapped[Channel] = mapped_column(enum_type(Channel, 10))
    state: Mapped[OutgoingState] = mapped_column(enum_type(OutgoingState, 20), index=True)
    round: Mapped[int] = mapped_column(Integer, default=0)
    """Counts how often the message was queued from the start: by a person, or because its worker was lost."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    not_before: Mapped[datetime | None] = mapped_column(Moment)
    """When the next try may begin. While a try is running, when it began."""
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[DeliveryError | None] = mapped_column(enum_type(DeliveryError, 60))
    provider_id: Mapped[str] = mapped_column(String(80), default="", index=True)
    delivery: Mapped[TextDelivery | None] = mapped_column(enum_type(TextDelivery, 20))
    """None: the carrier has not said anything yet, or it is an e-mail."""
    delivery_error: Mapped[int | None] = mapped_column(Integer)
    """The carrier's code of why a text message did not arrive: https://www.twilio.com/docs/api/errors."""
    delivery_at: Mapped[datetime | None] = mapped_column(Moment)
    settled: Mapped[bool] = mapped_column(Boolean, default=False, index=True)
    """Its request shows what became of it: that it was contact, or did not arrive."""
    actor_id: Mapped[int | None] = mapped_column(Integer)
    """The staff member who wrote it."""
    bulk_id: Mapped[int | None] = mapped_column(Integer, index=True)
    """The bulk message that it is a part of."""
    authorization: Mapped[bytes | None] = mapped_column(LargeBinary)
    """That the office wrote it: see `casework.authorization`. Without a valid one it is never sent."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class InboundState(StrEnum):
    """What is to be done with a message from a resident."""

    NEW = "new"
    UNPLACED = "unplaced"
    """No request has its sender. A person places it."""
    STOP = "stop"
    """Kept as the record that its number opted out of text messages."""


class InboundRow(Base):
    """A text message or an e-mail from a resident, until it is in a timeline. Bound to `submission`."""

    __tablename__ = "inbound_message"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    submission: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes, the same when the same message is delivered twice."""
    channel: Mapped[Channel] = mapped_column(enum_type(Channel, 10))
    state: Mapped[InboundState] = mapped_column(enum_type(InboundState, 20), index=True)
    received_at: Mapped[datetime] = mapped_column(Moment)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")
