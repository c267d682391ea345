"""Calls from the office to residents, as they are stored."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment, enum_type
from resident_app.intake.request_tables import REQUEST_ID


class LegParty(StrEnum):
    """Who is rung."""

    OFFICER = "officer"
    RESIDENT = "resident"
    INTERPRETER = "interpreter"


class LegStage(StrEnum):
    """How one person's part of a call stands."""

    RINGING = "ringing"
    HERE = "here"
    """In the conference, with the others or waiting for them."""
    ENDING = "ending"
    """The provider was asked to end it."""
    OVER = "over"


class CallLegRow(Base):
    """One person's part of a call."""

    __tablename__ = "office_leg"

    call_id: Mapped[int] = mapped_column(ForeignKey("office_call.id", ondelete="CASCADE"), primary_key=True)
    who: Mapped[LegParty] = mapped_column(enum_type(LegParty, 12), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(40), default="")
    """Empty until the provider has said it."""
    stage: Mapped[LegStage] = mapped_column(enum_type(LegStage, 10), index=True)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class CallStage(StrEnum):
    """How a call from the office to a resident stands."""

    WAITING = "waiting"
    RINGING_OFFICER = "ringing-officer"
    OFFICER_READY = "officer-ready"
    """The officer pressed a key and waits in the conference."""
    RINGING_RESIDENT = "ringing-resident"
    TALKING = "talking"
    ENDED = "ended"


class OfficeCallRow(Base):
    """A call from the office to a resident. The numbers are sealed, bound to `token`, and go when it ends."""

    __tablename__ = "office_call"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    """Random; the conference is named by it, and the provider's requests about the call bear it."""
    request_id: Mapped[int] = mapped_column(ForeignKey(REQUEST_ID, ondelete="CASCADE"), index=True)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    stage: Mapped[CallStage] = mapped_column(enum_type(CallStage, 20), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    """When it came to its stage."""
    spoken_language: Mapped[str] = mapped_column(String(20))
    """The resident's, or "other"; with the topic, all that the officer and an interpreter are told."""
    topic: Mapped[str] = mapped_column(String(30))
    voicemail_ok: Mapped[bool] = mapped_column(Boolean, default=False)
    wants_interpreter: Mapped[bool] = mapped_column(Boolean, default=False)
    """Until one is rung."""
    answered_by: Mapped[str] = mapped_column(String(20), default="")
    """Who answered at the resident's: `person`, `machine`, `message` (a machine that a message is left on),
    or nothing."""
    ended_because: Mapped[str] = mapped_column(String(40), default="")
    outcome: Mapped[str] = mapped_column(String(30), default="")
    """What the officer noted: a code of config/casework.toml."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_to: Mapped[str] = mapped_column(String(16), index=True, default="")
