"""Messages to residents and from them, as they are stored."""

from datetime import datetime
from enum import Enum

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment
from resident_app.intake.request_tables import REQUEST_ID


class OutgoingState(Enum):
    WAITING = "waiting"
    """For a worker, or until `not_before`."""
    SENDING = "sending"
    """A worker has it; it may try again."""
    SENT = "sent"
    FAILED = "failed"
    """Nobody tries again until a person says so."""
    CANCELLED = "cancelled"


class OutgoingRow(Base):
    """A message on its way. To whom and what is sealed, bound to `key`."""

    __tablename__ = "outgoing"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    """The idempotency key: whoever honours it sends the message once, however often it is asked."""
    request: Mapped[int | None] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    """`text` or `email`."""
    state: Mapped[str] = mapped_column(String(20), index=True)
    round: Mapped[int] = mapped_column(Integer, default=0)
    """Grows when a person asks for it to be tried again."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    not_before: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str] = mapped_column(String(60), default="")
    """Why it failed: a code, never a provider's words."""
    provider_id: Mapped[str] = mapped_column(String(80), default="")
    staff: Mapped[int | None] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")


class InboundRow(Base):
    """A text message or an e-mail that came in, until it is in a timeline. It is bound to `submission`."""

    __tablename__ = "incoming"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    submission: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes that the same message gives again when it is delivered twice."""
    door: Mapped[str] = mapped_column(String(10))
    """`text` or `email`."""
    state: Mapped[str] = mapped_column(String(20), index=True)
    """`new`, `unplaced` (no request has its sender), or `stop`: the number wants no texts."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")
