"""The legs of a call from the office, and how the call goes on as the provider tells of them.

Each change is made once, on the condition that the call is still where it was: the provider repeats itself,
and what it tells may come late or out of order.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, ForeignKey, String, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, Moment
from resident_app.outreach.calls.call_endings import Ended, ended_because
from resident_app.outreach.tables import CallStage, OfficeCall


class Who(Enum):
    """Who is rung."""

    OFFICER = "officer"
    RESIDENT = "resident"
    INTERPRETER = "interpreter"


class LegStage(Enum):
    """How one person's part of a call stands."""

    RINGING = "ringing"
    HERE = "here"
    """In the conference, with the others or waiting for them."""
    ENDING = "ending"
    """The provider was asked to end it."""
    OVER = "over"


class OfficeLeg(Base):
    """One person's part of a call."""

    __tablename__ = "office_leg"

    call: Mapped[int] = mapped_column(ForeignKey("office_call.id", ondelete="CASCADE"), primary_key=True)
    who: Mapped[str] = mapped_column(String(12), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(40), default="")
    """Empty until the provider has said it."""
    stage: Mapped[str] = mapped_column(String(10), index=True)
    updated_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True)
class Met:
    """A call as one of its legs is told of it."""

    id: int
    stage: CallStage
    language: str
    topic: str
    voicemail_ok: bool
    answered_by: str
    ended: Ended | None


def meet(connection: Connection, token: str, who: Who, provider_id: str) -> Met | None:
    """The call of a leg; None if there is no such leg. The first that is heard of a leg tells its id."""
    row = connection.execute(
        select(OfficeCall.__table__).where(OfficeCall.token == token).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    known = connection.execute(
        update(OfficeLeg)
        .where(
            OfficeLeg.call == row.id,
            OfficeLeg.who == who.value,
            or_(OfficeLeg.provider_id == "", OfficeLeg.provider_id == provider_id),
        )
        .values(provider_id=provider_id)
    )
    return _met(row) if known.rowcount == 1 else None


def officer_ready(connection: Connection, met: Met, at: datetime) -> None:
    """The officer pressed a key."""
    if _move(connection, met.id, CallStage.RINGING_OFFICER, CallStage.OFFICER_READY, at):
        _set_leg(connection, met.id, Who.OFFICER, LegStage.HERE, at)


def answered(connection: Connection, met: Met, by: str) -> None:
    """Something answered at the resident's: see `OfficeCall.answered_by`."""
    connection.execute(
        update(OfficeCall)
        .where(OfficeCall.id == met.id, OfficeCall.stage == CallStage.RINGING_RESIDENT.value)
        .values(answered_by=by)
    )


def resident_connected(connection: Connection, met: Met, at: datetime) -> None:
    """The resident is put through to the officer."""
    if _move(connection, met.id, CallStage.RINGING_RESIDENT, CallStage.TALKING, at, answered_by="person"):
        _set_leg(connection, met.id, Who.RESIDENT, LegStage.HERE, at)


def interpreter_connected(connection: Connection, met: Met, at: datetime) -> None:
    """An interpreter is put through to the others."""
    if met.stage is not CallStage.ENDED:
        _set_leg(connection, met.id, Who.INTERPRETER, LegStage.HERE, at)


def leg_ended(connection: Connection, met: Met, who: Who, status: str, at: datetime) -> None:
    """The provider says that a leg is over, with the status of its call there."""
    _set_leg(connection, met.id, who, LegStage.OVER, at)
    if who is Who.INTERPRETER:
        return
    because = ended_because(met.stage, met.answered_by, status, officer=who is Who.OFFICER)
    if because is not None:
        end(connection, met.id, because, at)


def end(connection: Connection, call: int, because: Ended, at: datetime) -> bool:
    """End a call, unless it has ended: from then on it holds no number. A worker ends its legs."""
    ended = connection.execute(
        update(OfficeCall)
        .where(OfficeCall.id == call, OfficeCall.stage != CallStage.ENDED.value)
        .values(
            stage=CallStage.ENDED.value,
            ended_because=because.value,
            updated_at=at,
            voicemail_ok=False,
            wants_interpreter=False,
            sealed=b"",
            sealed_to="",
        )
    )
    return ended.rowcount == 1


def _move(
    connection: Connection, call: int, before: CallStage, after: CallStage, at: datetime, **values: object
) -> bool:
    moved = connection.execute(
        update(OfficeCall)
        .where(OfficeCall.id == call, OfficeCall.stage == before.value)
        .values(stage=after.value, updated_at=at, **values)
    )
    return moved.rowcount == 1


def _set_leg(connection: Connection, call: int, who: Who, stage: LegStage, at: datetime) -> None:
    """What is over stays over."""
    connection.execute(
        update(OfficeLeg)
        .where(OfficeLeg.call == call, OfficeLeg.who == who.value, OfficeLeg.stage != LegStage.OVER.value)
        .values(stage=stage.value, updated_at=at)
    )


def _met(row: Any) -> Met:
    return Met(
        id=row.id,
        stage=CallStage(row.stage),
        language=row.language,
        topic=row.topic,
        voicemail_ok=row.voicemail_ok,
        answered_by=row.answered_by,
        ended=Ended(row.ended_because) if row.ended_because else None,
    )
