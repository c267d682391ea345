"""The table by which the worker tells the console that it runs, and what it can do."""

from datetime import datetime

from sqlalchemy import Boolean, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment


class WorkerHeartbeatRow(Base):
    """One worker. Nothing in it is about a resident."""

    __tablename__ = "worker_heartbeat"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    """The machine's name and a number."""
    started_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment, index=True)
    phone_company: Mapped[str] = mapped_column(String(120), default="")
    """Its name. Empty: none is set, so nothing is called or texted."""
    mail_server: Mapped[str] = mapped_column(String(255), default="")
    """Its host. Empty: none is set, so no e-mail goes out."""
    problem: Mapped[str] = mapped_column(String(400), default="")
    """Why it does nothing, in words for an operator. Empty: it works."""
    has_stopped: Mapped[bool] = mapped_column(Boolean, default=False)
    """It was stopped in order."""
