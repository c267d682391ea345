"""Tables: editions, their envelopes, and the publications that decide which edition is live."""

from datetime import date, datetime

from sqlalchemy import JSON, Boolean, Date, DateTime, ForeignKey, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base


class EditionRow(Base):
    """One edition. Its envelopes refer to it by `number`."""

    __tablename__ = "edition"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    period_from: Mapped[date] = mapped_column(Date)
    period_to: Mapped[date] = mapped_column(Date)
    systems: Mapped[list[str]] = mapped_column(JSON)
    argon2_memory_kib: Mapped[int] = mapped_column(Integer)
    argon2_passes: Mapped[int] = mapped_column(Integer)
    envelopes: Mapped[int] = mapped_column(Integer)
    sealed_on: Mapped[date] = mapped_column(Date)
    dictionary: Mapped[bytes] = mapped_column(LargeBinary)
    loaded: Mapped[bool] = mapped_column(Boolean)
    """Whether every envelope is stored; only then may the edition be live."""


class EnvelopeRow(Base):
    """One sealed envelope, found by its label. SQLite stores the rows in key order."""

    __tablename__ = "envelope"
    __table_args__ = {"sqlite_with_rowid": False}

    edition: Mapped[int] = mapped_column(ForeignKey("edition.number"), primary_key=True)
    label: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class PublicationRow(Base):
    """One publication. The newest that was not rolled back names the live edition."""

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    edition: Mapped[int] = mapped_column(ForeignKey("edition.number"))
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    rolled_back_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
