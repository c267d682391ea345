"""The tables of calls from the office to residents."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment, enum_type
from resident_app.intake.request_tables import REQUEST_ID


class LegParty(StrEnum):
    """Whose phone a leg rings."""

    OFFICER = "officer"
    RESIDENT = "resident"
    INTERPRETER = "interpreter"


class LegStage(StrEnum):
    """How far one leg of a call has come."""

    RINGING = "ringing"
    HERE = "here"
    """In the conference, with the others or waiting for them."""
    ENDING = "ending"
    """The provider was asked to end it."""
    OVER = "over"


class CallLegRow(Base):
    """One leg of a call: one person's phone."""

    __tablename__ = "office_leg"

    call_id: Mapped[int] = mapped_column(ForeignKey("office_call.id", ondelete="CASCADE"), primary_key=True)
    who: Mapped[LegParty] = mapped_column(enum_type(LegParty, 12), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(40), default="")
    """Empty until the carrier has reported it."""
    stage: Mapped[LegStage] = mapped_column(enum_type(LegStage, 10), index=True)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class CallStage(StrEnum):
    """How far a call from the office to a resident has come."""

    WAITING = "waiting"
    RINGING_OFFICER = "ringing-officer"
    OFFICER_READY = "officer-ready"
    """The officer pressed a key and waits in the conference."""
    RINGING_RESIDENT = "ringing-resident"
    TALKING = "talking"
    ENDED = "ended"


class OfficeCallRow(Base):
    """A call from the office to a resident. The numbers are sealed, and erased when it ends."""

    __tablename__ = "office_call"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    """Random. It names the conference, and is in the address of the carrier's requests about the call."""
    request_id: Mapped[int] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), index=True)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    stage: Mapped[CallStage] = mapped_column(enum_type(CallStage, 20), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    """When it reached its stage."""
    spoken_language: Mapped[str] = mapped_column(String(20))
    """The resident's, or "other". The officer and an interpreter hear this and the topic, nothing else."""
    topic: Mapped[str] = mapped_column(String(30))
    voicemail_ok: Mapped[bool] = mapped_column(Boolean, default=False)
    authorization: Mapped[bytes | None] = mapped_column(LargeBinary)
    """That the office asked for it: see `casework.authorization`. Without a valid one no phone rings."""
    wants_interpreter: Mapped[bool] = mapped_column(Boolean, default=False)
    """True from when the officer asks for one until one is called."""
    interpreter_phone: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """The number of the interpreter that the officer chose, E.164; empty: that of config/office.toml."""
    interpreter_authorization: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_by: Mapped[str] = mapped_column(String(20), default="")
    """What answered the resident's phone: `person`, `machine`, `message` (a machine that gets a message), or
    nothing."""
    ended_because: Mapped[str] = mapped_column(String(40), default="")
    outcome: Mapped[str] = mapped_column(String(30), default="")
    """What the officer recorded: a code of config/casework.toml."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")
