"""The table of the office's interpreters. Its rows are authenticated: their numbers will be rung."""

from sqlalchemy import Boolean, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base


class InterpreterRow(Base):
    """A person or a service. Its `version` in the audit log is the only one that is believed."""

    __tablename__ = "office_interpreter"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    languages: Mapped[str] = mapped_column(Text)
    """Their codes, separated by commas; empty: any language."""
    phone: Mapped[str] = mapped_column(String(20))
    """E.164."""
    hours: Mapped[str] = mapped_column(String(100))
    """Monday to Sunday at the office, separated by commas: such as `09:00-17:00`; empty: not on that day."""
    active: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer, default=0)
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)
