"""Help requests as they are stored: what the queue sorts by is readable, the rest is sealed."""

from datetime import datetime
from enum import Enum

from sqlalchemy import DateTime, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base


class State(Enum):
    """How a request stands, as its sender is told."""

    RECEIVED = "received"
    IN_HAND = "in-hand"
    TRIED = "tried"
    CLOSED = "closed"
    ERASED = "erased"
    """By its sender, who is told from then on that no request has the reference."""


class StoredRequest(Base):
    """One request. When it is erased its row stays, with nothing in it but `submission` and the time."""

    __tablename__ = "help_request"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    submission: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes that a second sending of the same form gives again."""
    selector: Mapped[str | None] = mapped_column(String(5), unique=True)
    """None once the request is erased."""
    secret_hash: Mapped[str] = mapped_column(String(200))
    """Argon2id of the reference's secret half."""
    reference_attempt: Mapped[int] = mapped_column(Integer)
    """Which of the submission's references it is: an earlier one was taken."""
    door: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(20), index=True)
    topic: Mapped[str] = mapped_column(String(30))
    channel: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20), index=True)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class StoredNote(Base):
    """What a sender added to a request later."""

    __tablename__ = "request_note"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    request: Mapped[int] = mapped_column(ForeignKey("help_request.id", ondelete="CASCADE"), index=True)
    submission: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes that a second sending of the same note gives again."""
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
