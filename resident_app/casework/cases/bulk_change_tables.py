"""The tables of changes to many requests at once, for as long as they can be undone."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment, enum_type
from resident_app.intake.request_tables import RequestState


class BulkKind(StrEnum):
    """What a bulk change does to each request."""

    ASSIGN = "assign"
    STATE = "state"


class BulkChangeRow(Base):
    """One change to many requests. It is removed when it can no longer be undone."""

    __tablename__ = "bulk_change"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes, the same for a second submission of the same form."""
    actor_id: Mapped[int] = mapped_column(Integer, index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[BulkKind] = mapped_column(enum_type(BulkKind, 10))
    assigned_to: Mapped[int | None] = mapped_column(Integer)
    """For an assignment: to whom. None: to nobody."""
    state: Mapped[RequestState | None] = mapped_column(enum_type(RequestState, 20))
    outcome: Mapped[str] = mapped_column(String(30), default="")
    matching_since: Mapped[int] = mapped_column(Integer, default=0)
    """How many requests matched the view when it was confirmed that had not when it was previewed."""
    undone_at: Mapped[datetime | None] = mapped_column(Moment)


class BulkItemRow(Base):
    """What a bulk change did to one request, and what the request was before."""

    __tablename__ = "bulk_change_item"

    bulk_id: Mapped[int] = mapped_column(ForeignKey("bulk_change.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    """The request. Not a foreign key, because the number may have been mistyped."""
    version: Mapped[int] = mapped_column(Integer, default=0)
    """The request's version after the change."""
    before: Mapped[str] = mapped_column(Text, default="")
    """The columns of before, as JSON. Empty if nothing was changed."""
    problem: Mapped[str] = mapped_column(String(200), default="")
    """Why it was not changed."""
    undo_problem: Mapped[str] = mapped_column(String(200), default="")
    """Why it was not restored."""
