"""The legs of a call from the office, and how the carrier's reports move the call on.

Each change is made once, on the condition that the call has not moved on: the carrier repeats itself, and
its reports may come late or out of order.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from resident_app.intake.call_endings import CallEnding, ending_for_leg
from resident_app.intake.call_tables import CallLegRow, CallStage, LegParty, LegStage, OfficeCallRow

_FOR_LEG = select(
    OfficeCallRow.id,
    OfficeCallRow.stage,
    OfficeCallRow.spoken_language,
    OfficeCallRow.topic,
    OfficeCallRow.voicemail_ok,
    OfficeCallRow.answered_by,
    OfficeCallRow.ended_because,
)
"""Without the numbers, which the public process may not read."""


@dataclass(frozen=True)
class CallForLeg:
    """What the request handler of a leg may know of its call: no number."""

    id: int
    stage: CallStage
    spoken_language: str
    topic: str
    voicemail_ok: bool
    answered_by: str
    ended: CallEnding | None


def identify_leg(connection: Connection, token: str, who: LegParty, provider_id: str) -> CallForLeg | None:
    """Return the call of a leg, or None if there is no such leg. The first report of a leg sets its id."""
    row = connection.execute(_FOR_LEG.where(OfficeCallRow.token == token).with_for_update()).one_or_none()
    if row is None:
        return None
    known = connection.execute(
        update(CallLegRow)
        .where(
            CallLegRow.call_id == row.id,
            CallLegRow.who == who,
            or_(CallLegRow.provider_id == "", CallLegRow.provider_id == provider_id),
        )
        .values(provider_id=provider_id)
    )
    if known.rowcount != 1:
        return None
    ended = CallEnding(row.ended_because) if row.ended_because else None
    return CallForLeg(
        row.id, row.stage, row.spoken_language, row.topic, row.voicemail_ok, row.answered_by, ended
    )


def officer_ready(connection: Connection, met: CallForLeg, at: datetime) -> None:
    """Record that the officer pressed a key."""
    if _move(connection, met.id, CallStage.RINGING_OFFICER, CallStage.OFFICER_READY, at):
        _set_leg(connection, met.id, LegParty.OFFICER, LegStage.HERE, at)


def answered(connection: Connection, met: CallForLeg, by: str) -> None:
    """Record what answered the resident's phone: see `OfficeCallRow.answered_by`."""
    connection.execute(
        update(OfficeCallRow)
        .where(OfficeCallRow.id == met.id, OfficeCallRow.stage == CallStage.RINGING_RESIDENT)
        .values(answered_by=by)
    )


def resident_connected(connection: Connection, met: CallForLeg, at: datetime) -> None:
    """Record that the resident is connected to the officer."""
    if _move(connection, met.id, CallStage.RINGING_RESIDENT, CallStage.TALKING, at, answered_by="person"):
        _set_leg(connection, met.id, LegParty.RESIDENT, LegStage.HERE, at)


def interpreter_connected(connection: Connection, met: CallForLeg, at: datetime) -> None:
    """Record that an interpreter joined the call."""
    if met.stage is not CallStage.ENDED:
        _set_leg(connection, met.id, LegParty.INTERPRETER, LegStage.HERE, at)


def leg_ended(connection: Connection, met: CallForLeg, who: LegParty, status: str, at: datetime) -> None:
    """Record that a leg ended, with the carrier's status of it."""
    _set_leg(connection, met.id, who, LegStage.OVER, at)
    if who is LegParty.INTERPRETER:
        return
    because = ending_for_leg(met.stage, met.answered_by, status, officer=who is LegParty.OFFICER)
    if because is not None:
        end(connection, met.id, because, at)


def end(connection: Connection, call: int, because: CallEnding, at: datetime) -> bool:
    """End a call and erase its numbers, unless it has ended. A worker hangs up its legs."""
    ended = connection.execute(
        update(OfficeCallRow)
        .where(OfficeCallRow.id == call, OfficeCallRow.stage != CallStage.ENDED)
        .values(
            stage=CallStage.ENDED,
            ended_because=because,
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
        update(OfficeCallRow)
        .where(OfficeCallRow.id == call, OfficeCallRow.stage == before)
        .values(stage=after, updated_at=at, **values)
    )
    return moved.rowcount == 1


def _set_leg(connection: Connection, call: int, who: LegParty, stage: LegStage, at: datetime) -> None:
    """Set a leg's stage, unless the leg is over."""
    connection.execute(
        update(CallLegRow)
        .where(CallLegRow.call_id == call, CallLegRow.who == who, CallLegRow.stage != LegStage.OVER)
        .values(stage=stage, updated_at=at)
    )
