"""The table of requests whose erasing a member of staff asked for, until a second person decides."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment, enum_type
from resident_app.intake.request_tables import REQUEST_ID


class ErasureReason(StrEnum):
    """Why the office erases a request. A code, because words about a person would be kept in clear."""

    ASKED_BY_PHONE = "asked-by-phone"
    ASKED_IN_WRITING = "asked-in-writing"
    ASKED_IN_PERSON = "asked-in-person"
    NOT_A_REQUEST = "not-a-request"
    """Spam, or a test."""
    LAW = "law"


class ErasureApprovalRow(Base):
    """One erasing that waits for a second person. It is removed when that person has decided."""

    __tablename__ = "erasure_approval"

    id: Mapped[int] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), primary_key=True)
    """The request."""
    reason: Mapped[ErasureReason] = mapped_column(enum_type(ErasureReason, 20))
    asked_by: Mapped[int] = mapped_column(Integer)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(Integer, default=0)
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    """See `security.row_authentication`."""
