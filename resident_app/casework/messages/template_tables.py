"""The tables of the templates that the office writes. Both are authenticated: their words will be sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment


class OfficeTemplateRow(Base):
    """One template. Its `version` in the audit log is the only one that is believed."""

    __tablename__ = "office_template"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(String(200), default="")
    channel: Mapped[str] = mapped_column(String(10), default="")
    """`text` or `email`; empty: both."""
    texts: Mapped[str] = mapped_column(Text, default="")
    """The ids of the current texts, separated by commas: one for each language."""
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(Integer, default=0)
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)


class TemplateTextRow(Base):
    """One version of a template's words in one language. It never changes, but for its review."""

    __tablename__ = "office_template_text"
    __table_args__ = (UniqueConstraint("template_id", "written_language", "number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("office_template.id", ondelete="CASCADE"))
    written_language: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(Integer)
    """The version: 1 for the first text in this language."""
    of_number: Mapped[int] = mapped_column(Integer, default=0)
    """For a translation: the version of the English that it is of."""
    words: Mapped[str] = mapped_column(Text)
    read_back: Mapped[str] = mapped_column(Text, default="")
    """For a translation: what it says, in English."""
    written_by: Mapped[int] = mapped_column(Integer)
    written_at: Mapped[datetime] = mapped_column(Moment)
    read_back_by: Mapped[int | None] = mapped_column(Integer)
    reviewed_by: Mapped[int | None] = mapped_column(Integer)
    """Somebody else than who wrote it."""
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment)
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)
