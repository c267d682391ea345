"""The table of messages that were written to many people at once."""

from datetime import datetime

from sqlalchemy import Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment


class BulkMessageRow(Base):
    """One template sent to many people. Its messages name it in `outgoing_message.bulk_id`.

    Which template it was is sealed in the timelines: it may tell what a request is about.
    """

    __tablename__ = "bulk_message"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """16 bytes, the same for a second submission of the same form."""
    actor_id: Mapped[int] = mapped_column(Integer, index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    send_at: Mapped[datetime] = mapped_column(Moment)
    """Until then it can be cancelled as a whole."""
    problems: Mapped[str] = mapped_column(Text, default="")
    """Why somebody who was to get it does not, as JSON: words by the number of the request."""
