"""The tables of notices to the office's staff. They hold ids and times, and nothing about a person."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment, enum_type
from resident_app.intake.request_tables import REQUEST_ID


class NoticeKind(StrEnum):
    """What a staff member is told of."""

    WROTE = "wrote"
    """The sender of their request wrote."""
    UNDELIVERED = "undelivered"
    """A message to the sender of their request did not arrive."""
    ASSIGNED = "assigned"
    MENTIONED = "mentioned"
    CALL_BACK = "call-back"
    """A call that they planned is due."""


class NoticeRow(Base):
    """A notice about a request to one staff member."""

    __tablename__ = "staff_notice"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    kind: Mapped[NoticeKind] = mapped_column(enum_type(NoticeKind, 20))
    request_id: Mapped[int] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), index=True)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    """The colleague who caused it, or None."""
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    """When what it tells of happened."""
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    emailed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When an e-mail said that there is a notice."""


class NoticeAddressRow(Base):
    """Where a staff member gets the e-mail that there is a notice. The console authorizes each row."""

    __tablename__ = "notice_address"

    account_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(String(320))
    link: Mapped[str] = mapped_column(String(400))
    """The address of the page with the notices."""
    wants_email: Mapped[bool] = mapped_column(Boolean)
    authorization: Mapped[bytes | None] = mapped_column(LargeBinary)
    """See `casework.authorization`."""
