"""Ends the legs of calls that are over: nobody is left in a conference alone, or with a phone that rings."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select, update

from ivr.carrier.client import CarrierClient, CarrierError
from resident_app.database import reading, writing
from resident_app.intake.call_endings import CallEnding
from resident_app.intake.call_tables import CallLegRow, CallStage, LegParty, LegStage, OfficeCallRow
from resident_app.security import event_log

_LAST_WORDS = timedelta(seconds=5)
"""After a talk each leg ends by itself; the officer hears that the call is over."""
_MESSAGE = timedelta(seconds=60)
"""A message that is being left is not cut off."""
_AGAIN = timedelta(seconds=15)
_NEVER_HEARD_OF = timedelta(minutes=3)
"""A leg without the provider's id: its worker died, or the provider did not say. It has stopped ringing."""
_GIVE_UP = timedelta(hours=1)
_NO_SUCH_CALL = (20404, 21220)
"""The provider's codes for a call that has ended already, which we were not told."""
_KNOWS_WHY = (CallEnding.HUNG_UP, CallEnding.FINISHED, CallEnding.OFFICER_LEFT)


class CallCleanup:
    """Asks the provider to end what is left, one worker at a time for each leg."""

    def __init__(self, engine: Engine, provider: CarrierClient, base_url: str):
        self._engine = engine
        self._provider = provider
        self._base_url = base_url

    def advance(self, now: datetime) -> None:
        """End each leg that is due. A fault with one does not stop the others; it is tried again."""
        left = (
            select(
                CallLegRow.__table__,
                OfficeCallRow.token,
                OfficeCallRow.answered_by,
                OfficeCallRow.ended_because,
                OfficeCallRow.updated_at.label("ended_at"),
            )
            .join(OfficeCallRow, OfficeCallRow.id == CallLegRow.call_id)
            .where(CallLegRow.stage != LegStage.OVER.value, OfficeCallRow.stage == CallStage.ENDED.value)
        )
        with reading(self._engine) as connection:
            legs = connection.execute(left).all()
        for leg in legs:
            if leg.ended_at + _GIVE_UP < now or _was_never_heard_of(leg, now):
                self._set(leg, LegStage.OVER, now)
            elif leg.provider_id and _is_due(leg, now) and self._set(leg, LegStage.ENDING, now):
                self._let_go(leg, now)

    def _let_go(self, leg: Any, now: datetime) -> None:
        """End a leg; the officer who waits in the conference is told why."""
        try:
            if _is_told_why(leg):
                self._provider.redirect(
                    leg.provider_id, f"{self._base_url}/voice/office/{leg.token}/officer/over"
                )
                return
            self._provider.hang_up(leg.provider_id)
        except CarrierError as error:
            if error.code not in _NO_SUCH_CALL:
                event_log.failed("hang up", error)
                return
        with writing(self._engine) as connection:
            connection.execute(
                update(CallLegRow)
                .where(CallLegRow.call_id == leg.call_id, CallLegRow.who == leg.who)
                .values(stage=LegStage.OVER.value, updated_at=now)
            )

    def _set(self, leg: Any, stage: LegStage, now: datetime) -> bool:
        """Whether this worker was the one that changed the leg."""
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(CallLegRow)
                .where(
                    CallLegRow.call_id == leg.call_id,
                    CallLegRow.who == leg.who,
                    CallLegRow.stage == leg.stage,
                    CallLegRow.updated_at == leg.updated_at,
                )
                .values(stage=stage.value, updated_at=now)
            )
            return changed.rowcount == 1


def _is_due(leg: Any, now: datetime) -> bool:
    if leg.stage == LegStage.ENDING.value:
        return bool(leg.updated_at + _AGAIN <= now)
    if leg.who == LegParty.RESIDENT.value and leg.answered_by == "message":
        return bool(leg.ended_at + _MESSAGE <= now)
    return leg.ended_because != CallEnding.FINISHED.value or bool(leg.ended_at + _LAST_WORDS <= now)


def _is_told_why(leg: Any) -> bool:
    is_here = leg.who == LegParty.OFFICER.value and leg.stage == LegStage.HERE.value
    return is_here and CallEnding(leg.ended_because) not in _KNOWS_WHY


def _was_never_heard_of(leg: Any, now: datetime) -> bool:
    return not leg.provider_id and bool(leg.updated_at + _NEVER_HEARD_OF < now)
