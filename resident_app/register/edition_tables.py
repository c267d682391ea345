"""Tables: editions, their envelopes, and the publications that decide which edition is live."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment


class EditionRow(Base):
    """One edition. Its envelopes refer to it by `number`."""

    __tablename__ = "edition"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    header: Mapped[bytes] = mapped_column(LargeBinary)
    """The metadata as JSON, as the sealing machine signed it."""
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    """Ed25519, over the SHA-512 of the header and all envelopes."""
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
    """One signed pointer to an edition. The one with the highest sequence names the live edition."""

    __tablename__ = "publication"

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    edition: Mapped[int] = mapped_column(ForeignKey("edition.number"))
    action: Mapped[str] = mapped_column(String(10))
    """`publish` or `rollback`."""
    published_at: Mapped[datetime] = mapped_column(Moment)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    """Ed25519, by the publisher."""
