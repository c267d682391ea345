"""Make the calls that officers start: ring the officer, then the resident, and an interpreter if wanted.

A worker first claims what it rings, in the database, if the call is still at that stage. So two workers ring
once, and what a worker that died had claimed is not rung again. A call that nobody continues ends by its own
time limits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Update, and_, delete, func, insert, select, update

from ivr.carrier.client import LONGEST_TALK_SECONDS, CarrierClient, CarrierError
from resident_app.casework.authorization import Dispatch, is_authorized, note_log_end, record_refused
from resident_app.casework.calls.office_calls import (
    AuthorizedCall,
    CallNumbers,
    ringing,
    ringing_interpreter,
)
from resident_app.casework.office_keys import CannotOpen, OfficeKeysFile
from resident_app.configuration import Configuration
from resident_app.contact_points import can_be_called_back
from resident_app.database import lock_names, reading, writing
from resident_app.intake.call_endings import CallEnding, ending_if_stuck
from resident_app.intake.call_legs import end
from resident_app.intake.call_tables import CallLegRow, CallStage, LegParty, LegStage, OfficeCallRow
from resident_app.security import audit_log, event_log
from resident_app.security.audit_log import Audited
from resident_app.worker.call_cleanup import CallCleanup
from resident_app.worker.unattended import open_numbers

OFFICER_SECONDS = 25
RESIDENT_SECONDS = 30
"""How long each phone rings."""
_DAY = timedelta(hours=24)
_DAILY_LIMIT_LOCK = b"office calls of a day"
_WITH_INTERPRETER = (CallStage.RINGING_RESIDENT, CallStage.TALKING)


@dataclass(frozen=True, repr=False)
class _Call:
    """A call that has not ended. `sealed` holds its numbers."""

    id: int
    request_id: int
    actor_id: int | None
    token: str
    stage: CallStage
    updated_at: datetime
    spoken_language: str
    topic: str
    voicemail_ok: bool
    wants_interpreter: bool
    interpreter_phone: str
    authorization: bytes | None
    interpreter_authorization: bytes | None
    sealed: bytes

    def ringing(self, who: LegParty, numbers: CallNumbers) -> Dispatch:
        call = AuthorizedCall(
            self.id,
            self.token,
            self.request_id,
            self.actor_id,
            self.spoken_language,
            self.topic,
            self.voicemail_ok,
        )
        return ringing(who, call, numbers)


class CallPlacer:
    """Takes each call to its next step. Without a carrier it ends them, so that nobody waits for a phone."""

    def __init__(
        self,
        engine: Engine,
        keys: OfficeKeysFile,
        carrier: CarrierClient | None,
        configuration: Configuration,
        base_url: str,
    ):
        self._engine = engine
        self._keys = keys
        self._carrier = carrier
        self._limits = configuration.limits.outbound
        self._interpreter = configuration.office.interpreter
        self._base_url = base_url
        self._cleanup = CallCleanup(engine, carrier, base_url) if carrier else None

    def advance(self, now: datetime) -> None:
        """Take the next step of each call that has one now. An error in one call does not stop the others."""
        for call in self._open_calls():
            try:
                self._advance_one(call, now)
            except Exception as error:
                event_log.failed("office call", error)
        if self._cleanup:
            self._cleanup.advance(now)

    def _open_calls(self) -> list[_Call]:
        columns = [getattr(OfficeCallRow, name) for name in _Call.__dataclass_fields__]
        has_not_ended = OfficeCallRow.stage != CallStage.ENDED
        with reading(self._engine) as connection:
            rows = connection.execute(select(*columns).where(has_not_ended).order_by(OfficeCallRow.id)).all()
        return [_Call(**{**row._asdict(), "stage": CallStage(row.stage)}) for row in rows]

    def _advance_one(self, call: _Call, now: datetime) -> None:
        because = ending_if_stuck(call.stage, call.updated_at, now)
        if because is not None:
            self._end(call, because, now)
        elif self._carrier is None:
            self._end(call, CallEnding.NOT_MADE, now)
        elif call.stage is CallStage.WAITING:
            self._ring_party(self._carrier, call, LegParty.OFFICER, now)
        elif call.stage is CallStage.OFFICER_READY:
            self._ring_party(self._carrier, call, LegParty.RESIDENT, now)
        elif call.wants_interpreter and call.stage in _WITH_INTERPRETER:
            self._ring_interpreter(self._carrier, call, now)

    def _ring_party(self, carrier: CarrierClient, call: _Call, who: LegParty, now: datetime) -> None:
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
            if is_officer and self._is_over_limit(connection, call, now):
                end(connection, call.id, CallEnding.TOO_MANY, now)
                return
            if not _claim(connection, call, who, now):
                return
            if not is_authorized(connection, call.ringing(who, numbers), call.authorization):
                _refuse(connection, call, now)
                end(connection, call.id, CallEnding.NOT_AUTHORIZED, now)
                return
            _add_leg(connection, call, who, now)
        note_log_end(self._engine)
        number = numbers.officer if is_officer else numbers.resident
        seconds = OFFICER_SECONDS if is_officer else RESIDENT_SECONDS
        if not self._ring(carrier, call, who, number, seconds, now):
            self._end(call, CallEnding.NOT_MADE, now)

    def _ring_interpreter(self, carrier: CarrierClient, call: _Call, now: datetime) -> None:
        with writing(self._engine, durable=True) as connection:
            if not _claim_interpreter(connection, call):
                return
            asked = ringing_interpreter(call.id, call.token, call.interpreter_phone)
            if not is_authorized(connection, asked, call.interpreter_authorization):
                _refuse(connection, call, now)
                return
            connection.execute(
                delete(CallLegRow).where(
                    CallLegRow.call_id == call.id, CallLegRow.who == LegParty.INTERPRETER
                )
            )
            _add_leg(connection, call, LegParty.INTERPRETER, now)
        number = call.interpreter_phone or self._interpreter
        if can_be_called_back(number):
            self._ring(carrier, call, LegParty.INTERPRETER, number, RESIDENT_SECONDS, now)
        else:
            self._end_leg(call, LegParty.INTERPRETER, now)

    def _ring(
        self, carrier: CarrierClient, call: _Call, who: LegParty, number: str, seconds: int, now: datetime
    ) -> bool:
        """Ring what was claimed. Return False if the carrier refused; without an answer it may have rung."""
        address = f"{self._base_url}/voice/office/{call.token}/{who.value}"
        try:
            provider_id = carrier.call(
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
                self._end_leg(call, who, now)
            return error.may_be_done
        # If the phone was answered at once, the carrier's webhook has set the id already.
        with writing(self._engine) as connection:
            connection.execute(
                _update_leg(call, who).where(CallLegRow.provider_id == "").values(provider_id=provider_id)
            )
        return True

    def _is_over_limit(self, connection: Connection, call: _Call, now: datetime) -> bool:
        """Return whether the day's calls, or the day's calls about this request, are used up."""
        lock_names(connection, [_DAILY_LIMIT_LOCK])
        rung = (
            select(func.count())
            .select_from(OfficeCallRow)
            .join(
                CallLegRow,
                and_(CallLegRow.call_id == OfficeCallRow.id, CallLegRow.who == LegParty.OFFICER),
            )
            .where(OfficeCallRow.created_at > now - _DAY)
        )
        all_of_them = connection.execute(rung).scalar_one()
        these = connection.execute(rung.where(OfficeCallRow.request_id == call.request_id)).scalar_one()
        return all_of_them >= self._limits.office_calls or these >= self._limits.office_calls_per_request

    def _end_leg(self, call: _Call, who: LegParty, now: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(_update_leg(call, who).values(stage=LegStage.OVER, updated_at=now))

    def _end(self, call: _Call, because: CallEnding, now: datetime) -> None:
        with writing(self._engine) as connection:
            end(connection, call.id, because, now)


def _claim(connection: Connection, call: _Call, who: LegParty, now: datetime) -> bool:
    """Bring a call to the stage at which `who` rings. Return False if another worker did, or it has ended."""
    before, after = {
        LegParty.OFFICER: (CallStage.WAITING, CallStage.RINGING_OFFICER),
        LegParty.RESIDENT: (CallStage.OFFICER_READY, CallStage.RINGING_RESIDENT),
    }[who]
    claimed = connection.execute(
        update(OfficeCallRow)
        .where(OfficeCallRow.id == call.id, OfficeCallRow.stage == before.value)
        .values(stage=after.value, updated_at=now)
    )
    return claimed.rowcount == 1


def _claim_interpreter(connection: Connection, call: _Call) -> bool:
    """Claim the wish for an interpreter. Return False if another worker did, or the call has ended."""
    claimed = connection.execute(
        update(OfficeCallRow)
        .where(
            OfficeCallRow.id == call.id,
            OfficeCallRow.wants_interpreter,
            OfficeCallRow.stage.in_([stage.value for stage in _WITH_INTERPRETER]),
        )
        .values(wants_interpreter=False)
    )
    return claimed.rowcount == 1


def _refuse(connection: Connection, call: _Call, now: datetime) -> None:
    record_refused(connection, OfficeCallRow.__tablename__, call.id, call.request_id, now)


def _add_leg(connection: Connection, call: _Call, who: LegParty, now: datetime) -> None:
    connection.execute(
        insert(CallLegRow).values(
            call_id=call.id, who=who.value, provider_id="", stage=LegStage.RINGING, updated_at=now
        )
    )
    fields: dict[str, int] = {who.value: call.id}
    audit_log.record(connection, Audited.RANG, actor_id=None, at=now, **fields)


def _update_leg(call: _Call, who: LegParty) -> Update:
    return update(CallLegRow).where(CallLegRow.call_id == call.id, CallLegRow.who == who.value)
