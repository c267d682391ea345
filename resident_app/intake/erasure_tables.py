"""The tables of purge receipts and of the erasure log."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, Integer, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment, enum_type


class RemovalReason(StrEnum):
    """Why a request is gone."""

    ERASED = "erased"
    """Its sender erased it."""
    RETENTION = "retention"
    """Its retention period ended."""


class PurgeReceiptRow(Base):
    """A receipt for what was removed: the kind, how many, when, and by which rule."""

    __tablename__ = "purge_receipt"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(40))
    rule: Mapped[str] = mapped_column(String(80))
    count: Mapped[int] = mapped_column(Integer)
    in_audit_log: Mapped[bool] = mapped_column(Boolean, server_default=false())
    """Whether the audit log has its event. The public process cannot record: the worker does it for it."""


class ErasureLogRow(Base):
    """A removed request, so that it can be erased again after a backup is restored."""

    __tablename__ = "erasure_log"

    submission: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    why: Mapped[RemovalReason] = mapped_column(enum_type(RemovalReason, 20))
