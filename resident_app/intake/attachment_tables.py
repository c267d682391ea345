"""The table of files that came with a message or with a request that staff took down."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment
from resident_app.intake.request_tables import REQUEST_ID


class AttachmentRow(Base):
    """One file, sealed and bound to `key`. What it came with names it: its file name is sealed there.

    It belongs to an inbound message until that is in a request's timeline, and then to the request. It is
    removed with either.
    """

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes, the same when the same message is delivered twice."""
    inbound: Mapped[bytes | None] = mapped_column(
        ForeignKey("inbound_message.submission", ondelete="CASCADE"), index=True
    )
    request_id: Mapped[int | None] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), index=True)
    received_at: Mapped[datetime] = mapped_column(Moment, index=True)
    size: Mapped[int] = mapped_column(Integer)
    """Of the ciphertext, in bytes: it says little of the file's own size."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")
