"""End the legs of calls that are over, so that nobody stays alone in a conference or with a ringing phone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select, update

from ivr.carrier.client import CarrierClient, CarrierError
from resident_app.database import reading, writing
from resident_app.intake.call_endings import CallEnding
from resident_app.intake.call_tables import CallLegRow, CallStage, LegParty, LegStage, OfficeCallRow
from resident_app.security import event_log

_LAST_WORDS = timedelta(seconds=5)
"""After a talk each leg ends by itself, and the officer hears that the call is over."""
_VOICEMAIL = timedelta(seconds=60)
"""A message that is being left is not cut off."""
_RETRY_AFTER = timedelta(seconds=15)
_NO_ID_AFTER = timedelta(minutes=3)
"""A leg without the carrier's id has stopped ringing: its worker died, or the carrier did not answer."""
_GIVE_UP_AFTER = timedelta(hours=1)
_NO_SUCH_CALL = (20404, 21220)
"""The carrier's codes for a call that has ended already."""
_OFFICER_KNOWS_WHY = (CallEnding.HUNG_UP, CallEnding.FINISHED, CallEnding.OFFICER_LEFT)


@dataclass(frozen=True)
class _Leg:
    """A leg that is left of a call that is over."""

    call_id: int
    who: LegParty
    provider_id: str
    stage: LegStage
    updated_at: datetime
    token: str
    answered_by: str
    ended_because: CallEnding
    ended_at: datetime

    def is_given_up(self, now: datetime) -> bool:
        has_no_id = not self.provider_id and self.updated_at + _NO_ID_AFTER < now
        return has_no_id or self.ended_at + _GIVE_UP_AFTER < now

    def is_due(self, now: datetime) -> bool:
        if self.stage is LegStage.ENDING:
            return self.updated_at + _RETRY_AFTER <= now
        if self.who is LegParty.RESIDENT and self.answered_by == "message":
            return self.ended_at + _VOICEMAIL <= now
        return self.ended_because is not CallEnding.FINISHED or self.ended_at + _LAST_WORDS <= now

    def hears_why(self) -> bool:
        is_waiting = self.who is LegParty.OFFICER and self.stage is LegStage.HERE
        return is_waiting and self.ended_because not in _OFFICER_KNOWS_WHY


class CallCleanup:
    """Asks the carrier to end each leg that is left, from one worker at a time."""

    def __init__(self, engine: Engine, carrier: CarrierClient, base_url: str):
        self._engine = engine
        self._carrier = carrier
        self._base_url = base_url

    def advance(self, now: datetime) -> None:
        """End each leg that is due. An error with one does not stop the others; it is tried again."""
        with reading(self._engine) as connection:
            legs = _left(connection)
        for leg in legs:
            if leg.is_given_up(now):
                self._set(leg, LegStage.OVER, now)
            elif leg.provider_id and leg.is_due(now) and self._set(leg, LegStage.ENDING, now):
                self._end(leg, now)

    def _end(self, leg: _Leg, now: datetime) -> None:
        """End a leg. An officer who waits in the conference hears why."""
        try:
            if leg.hears_why():
                address = f"{self._base_url}/voice/office/{leg.token}/officer/over"
                self._carrier.redirect(leg.provider_id, address)
                return
            self._carrier.hang_up(leg.provider_id)
        except CarrierError as error:
            if error.code not in _NO_SUCH_CALL:
                event_log.failed("hang up", error)
                return
        with writing(self._engine) as connection:
            connection.execute(
                update(CallLegRow)
                .where(CallLegRow.call_id == leg.call_id, CallLegRow.who == leg.who.value)
                .values(stage=LegStage.OVER, updated_at=now)
            )

    def _set(self, leg: _Leg, stage: LegStage, now: datetime) -> bool:
        """Change a leg's stage. Return False if another worker changed the leg first."""
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(CallLegRow)
                .where(
                    CallLegRow.call_id == leg.call_id,
                    CallLegRow.who == leg.who.value,
                    CallLegRow.stage == leg.stage.value,
                    CallLegRow.updated_at == leg.updated_at,
                )
                .values(stage=stage.value, updated_at=now)
            )
            return changed.rowcount == 1


def _left(connection: Connection) -> list[_Leg]:
    rows = connection.execute(
        select(
            CallLegRow.__table__,
            OfficeCallRow.token,
            OfficeCallRow.answered_by,
            OfficeCallRow.ended_because,
            OfficeCallRow.updated_at.label("ended_at"),
        )
        .join(OfficeCallRow, OfficeCallRow.id == CallLegRow.call_id)
        .where(CallLegRow.stage != LegStage.OVER, OfficeCallRow.stage == CallStage.ENDED)
    )
    return [
        _Leg(
            row.call_id,
            LegParty(row.who),
            row.provider_id,
            LegStage(row.stage),
            row.updated_at,
            row.token,
            row.answered_by,
            CallEnding(row.ended_because),
            row.ended_at,
        )
        for row in rows
    ]
