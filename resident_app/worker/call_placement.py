"""Makes the calls that officers begin: rings the officer, then the resident, and an interpreter if wanted.

What is rung is first claimed in the database, on the condition that the call is still where it was: so two
workers ring once, and what a worker that died had claimed is not rung again. A call that nobody goes on with
ends by its own time-outs.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Update, and_, delete, func, insert, select, update

from ivr.carrier.client import LONGEST_TALK_SECONDS, CarrierClient, CarrierError
from resident_app.casework.calls.office_calls import open_numbers
from resident_app.casework.office_keys import CannotOpen, OfficeKeysFile
from resident_app.configuration import Configuration
from resident_app.contact_points import can_be_called_back
from resident_app.database import lock_names, reading, writing
from resident_app.intake.call_endings import CallEnding, ending_if_stuck
from resident_app.intake.call_legs import end
from resident_app.intake.call_tables import CallLegRow, CallStage, LegParty, LegStage, OfficeCallRow
from resident_app.security import event_log
from resident_app.worker.call_cleanup import CallCleanup

OFFICER_SECONDS = 25
RESIDENT_SECONDS = 30
"""How long each is rung."""
_DAY = timedelta(hours=24)
_CLAIMING = b"office calls of a day"
_WITH_INTERPRETER = (CallStage.RINGING_RESIDENT, CallStage.TALKING)


class CallPlacer:
    """Goes on with every call. Without a provider it ends what is begun, so that nobody waits for a phone."""

    def __init__(
        self,
        engine: Engine,
        keys: OfficeKeysFile,
        provider: CarrierClient | None,
        configuration: Configuration,
        base_url: str,
    ):
        self._engine = engine
        self._keys = keys
        self._provider = provider
        self._limits = configuration.limits.outbound
        self._interpreter = configuration.office.interpreter
        self._base_url = base_url
        self._hanging_up = CallCleanup(engine, provider, base_url) if provider else None

    def advance(self, now: datetime) -> None:
        """Take each call's next step, if it has one now. A fault in one call does not stop the others."""
        going_on = select(OfficeCallRow.__table__).where(OfficeCallRow.stage != CallStage.ENDED.value)
        with reading(self._engine) as connection:
            calls = connection.execute(going_on.order_by(OfficeCallRow.id)).all()
        for call in calls:
            try:
                self._go_on(call, now)
            except Exception as error:
                event_log.failed("office call", error)
        if self._hanging_up:
            self._hanging_up.advance(now)

    def _go_on(self, call: Any, now: datetime) -> None:
        stage = CallStage(call.stage)
        because = ending_if_stuck(stage, call.updated_at, now)
        if because is not None:
            self._end(call, because, now)
        elif self._provider is None:
            self._end(call, CallEnding.NOT_MADE, now)
        elif stage is CallStage.WAITING:
            self._ring_one_of_two(self._provider, call, LegParty.OFFICER, now)
        elif stage is CallStage.OFFICER_READY:
            self._ring_one_of_two(self._provider, call, LegParty.RESIDENT, now)
        elif call.wants_interpreter and stage in _WITH_INTERPRETER:
            self._ring_interpreter(self._provider, call, now)

    def _ring_one_of_two(self, provider: CarrierClient, call: Any, who: LegParty, now: datetime) -> None:
        """Ring the officer or the resident, or end the call."""
        try:
            numbers = open_numbers(call.sealed, self._keys.current(), call.token)
        except CannotOpen:
            self._end(call, CallEnding.NOT_MADE, now)
            return
        if not (can_be_called_back(numbers.officer) and can_be_called_back(numbers.resident)):
            self._end(call, CallEnding.REFUSED, now)
            return
        is_officer = who is LegParty.OFFICER
        with writing(self._engine, durable=True) as connection:
            if is_officer and self._is_too_many(connection, call, now):
                end(connection, call.id, CallEnding.TOO_MANY, now)
                return
            if not _claim(connection, call, who, now):
                return
        number = numbers.officer if is_officer else numbers.resident
        seconds = OFFICER_SECONDS if is_officer else RESIDENT_SECONDS
        if not self._ring(provider, call, who, number, seconds, now):
            self._end(call, CallEnding.NOT_MADE, now)

    def _ring_interpreter(self, provider: CarrierClient, call: Any, now: datetime) -> None:
        with writing(self._engine, durable=True) as connection:
            if not _claim_interpreter(connection, call, now):
                return
        if not self._interpreter:
            self._leg_never_was(call, LegParty.INTERPRETER, now)
        else:
            self._ring(provider, call, LegParty.INTERPRETER, self._interpreter, RESIDENT_SECONDS, now)

    def _ring(
        self, provider: CarrierClient, call: Any, who: LegParty, number: str, seconds: int, now: datetime
    ) -> bool:
        """Ring what was claimed; False: the provider refused. If it does not say, it may have rung."""
        address = f"{self._base_url}/voice/office/{call.token}/{who.value}"
        try:
            provider_id = provider.call(
                number,
                address,
                f"{address}/status",
                ring_seconds=seconds,
                longest_seconds=LONGEST_TALK_SECONDS,
                detect_machine=who is LegParty.RESIDENT,
                key=f"{call.token}-{who.value}-{int(now.timestamp())}",
            )
        except CarrierError as error:
            event_log.failed("office call", error)
            if not error.may_be_done:
                self._leg_never_was(call, who, now)
            return error.may_be_done
        # Whoever answered at once has told the id already.
        with writing(self._engine) as connection:
            connection.execute(
                _this_leg(call, who).where(CallLegRow.provider_id == "").values(provider_id=provider_id)
            )
        return True

    def _is_too_many(self, connection: Connection, call: Any, now: datetime) -> bool:
        """Whether the day's calls, or those about this request, are used up."""
        lock_names(connection, [_CLAIMING])
        rung = (
            select(func.count())
            .select_from(OfficeCallRow)
            .join(
                CallLegRow,
                and_(CallLegRow.call_id == OfficeCallRow.id, CallLegRow.who == LegParty.OFFICER.value),
            )
            .where(OfficeCallRow.created_at > now - _DAY)
        )
        all_of_them = connection.execute(rung).scalar_one()
        these = connection.execute(rung.where(OfficeCallRow.request_id == call.request_id)).scalar_one()
        return all_of_them >= self._limits.office_calls or these >= self._limits.office_calls_per_request

    def _leg_never_was(self, call: Any, who: LegParty, now: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(_this_leg(call, who).values(stage=LegStage.OVER.value, updated_at=now))

    def _end(self, call: Any, because: CallEnding, now: datetime) -> None:
        with writing(self._engine) as connection:
            end(connection, call.id, because, now)


def _claim(connection: Connection, call: Any, who: LegParty, now: datetime) -> bool:
    """Bring a call to the stage at which `who` rings. False: another worker did, or the call ended."""
    before, after = {
        LegParty.OFFICER: (CallStage.WAITING, CallStage.RINGING_OFFICER),
        LegParty.RESIDENT: (CallStage.OFFICER_READY, CallStage.RINGING_RESIDENT),
    }[who]
    claimed = connection.execute(
        update(OfficeCallRow)
        .where(OfficeCallRow.id == call.id, OfficeCallRow.stage == before.value)
        .values(stage=after.value, updated_at=now)
    )
    if claimed.rowcount == 1:
        _add_leg(connection, call, who, now)
    return claimed.rowcount == 1


def _claim_interpreter(connection: Connection, call: Any, now: datetime) -> bool:
    """Take up the wish for an interpreter. False: another worker did, or the call ended."""
    claimed = connection.execute(
        update(OfficeCallRow)
        .where(
            OfficeCallRow.id == call.id,
            OfficeCallRow.wants_interpreter,
            OfficeCallRow.stage.in_([stage.value for stage in _WITH_INTERPRETER]),
        )
        .values(wants_interpreter=False)
    )
    if claimed.rowcount == 1:
        connection.execute(
            delete(CallLegRow).where(
                CallLegRow.call_id == call.id, CallLegRow.who == LegParty.INTERPRETER.value
            )
        )
        _add_leg(connection, call, LegParty.INTERPRETER, now)
    return claimed.rowcount == 1


def _add_leg(connection: Connection, call: Any, who: LegParty, now: datetime) -> None:
    connection.execute(
        insert(CallLegRow).values(
            call_id=call.id, who=who.value, provider_id="", stage=LegStage.RINGING.value, updated_at=now
        )
    )


def _this_leg(call: Any, who: LegParty) -> Update:
    return update(CallLegRow).where(CallLegRow.call_id == call.id, CallLegRow.who == who.value)
