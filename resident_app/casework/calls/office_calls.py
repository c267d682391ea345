"""Calls from the office to a resident: an officer starts, watches and ends them, and a worker makes them.

A call holds the two numbers, sealed, until it ends. The public process, which answers the carrier, cannot
read them.
"""

import re
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, or_, select, update

from resident_app.casework.authorization import Dispatch, authorize
from resident_app.casework.calls.interpreters import Interpreter
from resident_app.casework.office_keys import OfficeKeys
from resident_app.database import lock_names
from resident_app.intake.aad import call_aad
from resident_app.intake.call_endings import ENDING_WORDS, CallEnding, ending_if_stuck
from resident_app.intake.call_legs import end
from resident_app.intake.call_tables import CallLegRow, CallStage, LegParty, LegStage, OfficeCallRow
from resident_app.intake.help_request import seal_json
from resident_app.intake.office_public_key import Ciphertext
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

_TOKEN = re.compile(r"[0-9a-f]{32}")
_BEGINNING = b"a call begins"


class CallInProgress(Exception):
    """The officer is in a call, or somebody is in a call about the same request. `call` is its id."""

    def __init__(self, call: int):
        super().__init__()
        self.call = call


@dataclass(frozen=True, repr=False)
class CallNumbers:
    """The numbers of both sides, E.164."""

    officer: str
    resident: str


@dataclass(frozen=True, repr=False)
class NewCall:
    """A call that an officer asks for. `token`, 32 hexadecimal digits, makes one call of a form sent twice.

    `language` is the resident's spoken one, or "other"; `topic` a code of config/codes.toml.
    """

    token: str
    request_id: int
    actor_id: int
    numbers: CallNumbers
    spoken_language: str
    topic: str
    voicemail_ok: bool
    in_quiet_hours: bool = False
    """The officer was told that it is late for the person, and calls anyway."""


@dataclass(frozen=True)
class CallStatus:
    """A call's status, for the officer who watches it."""

    id: int
    request_id: int
    actor_id: int | None
    stage: CallStage
    created_at: datetime
    answered_by: str
    ended: CallEnding | None
    outcome: str
    interpreter: str
    """Empty, `wanted`, or the stage of the interpreter's leg: `ringing`, `here`, `ending`, `over`."""

    @property
    def is_over(self) -> bool:
        return self.stage is CallStage.ENDED

    @property
    def ended_words(self) -> str:
        """Why the call ended, in English. Empty while it goes on."""
        return ENDING_WORDS[self.ended] if self.ended else ""


def begin_call(connection: Connection, call: NewCall, keys: OfficeKeys, at: datetime) -> int:
    """Start a call and return its id. Raises CallInProgress, and ValueError if the token is malformed."""
    if not _TOKEN.fullmatch(call.token):
        raise ValueError("a call's token is 32 hexadecimal digits")
    lock_names(connection, [_BEGINNING])
    same = connection.execute(
        select(OfficeCallRow.id).where(OfficeCallRow.token == call.token)
    ).scalar_one_or_none()
    if same is not None:
        return same
    _refuse_a_second(connection, call, at)
    ciphertext = _sealed(call.numbers, keys, call.token)
    [number] = connection.execute(
        insert(OfficeCallRow).values(
            token=call.token,
            request_id=call.request_id,
            actor_id=call.actor_id,
            stage=CallStage.WAITING,
            created_at=at,
            updated_at=at,
            spoken_language=call.spoken_language,
            topic=call.topic,
            voicemail_ok=call.voicemail_ok,
            sealed=ciphertext.sealed,
            sealed_to=ciphertext.sealed_to,
        )
    ).inserted_primary_key or [0]
    anyway = {"what": "in-quiet-hours"} if call.in_quiet_hours else {}
    event = audit_log.record(
        connection,
        Audited.CALLED,
        actor_id=call.actor_id,
        at=at,
        request=call.request_id,
        call=int(number),
        **anyway,
    )
    asked = ringing(
        LegParty.OFFICER,
        AuthorizedCall(
            int(number),
            call.token,
            call.request_id,
            call.actor_id,
            call.spoken_language,
            call.topic,
            call.voicemail_ok,
        ),
        call.numbers,
    )
    authorization = authorize(connection, asked, event)
    connection.execute(
        update(OfficeCallRow).where(OfficeCallRow.id == number).values(authorization=authorization)
    )
    return int(number)


@dataclass(frozen=True)
class AuthorizedCall:
    """What of a call's row its authorization covers, beside the numbers."""

    id: int
    token: str
    request_id: int
    actor_id: int | None
    spoken_language: str
    topic: str
    voicemail_ok: bool


def ringing(who: LegParty, call: AuthorizedCall, numbers: CallNumbers) -> Dispatch:
    """Return what the authorization of a call is for, when it is `who` whose phone would ring.

    One authorization is for both phones: the audit log says which was rung.
    """
    contents = (*astuple(call), numbers.officer, numbers.resident)
    return Dispatch("call", call.id, contents, ended_as=who.value)


def ringing_interpreter(call: int, token: str, phone: str) -> Dispatch:
    """Return what the authorization of an interpreter's leg is for. No `phone`: the office's own line."""
    return Dispatch("interpreter", call, (token, phone))


def ask_interpreter(
    connection: Connection, call: int, staff: int, at: datetime, chosen: Interpreter | None = None
) -> bool:
    """Ask for an interpreter: the chosen one, or the line of config/office.toml.

    Returns False if the call is over, has one, or is another officer's.
    """
    phone = chosen.phone if chosen else ""
    has_one = exists().where(
        CallLegRow.call_id == OfficeCallRow.id,
        CallLegRow.who == LegParty.INTERPRETER,
        CallLegRow.stage != LegStage.OVER,
    )
    asked = connection.execute(
        update(OfficeCallRow)
        .where(
            OfficeCallRow.id == call,
            OfficeCallRow.actor_id == staff,
            OfficeCallRow.stage != CallStage.ENDED,
            ~has_one,
        )
        .values(wants_interpreter=True, interpreter_phone=phone)
    )
    if asked.rowcount != 1:
        return False
    about = {"service": chosen.id} if chosen else {}
    event = audit_log.record(connection, Audited.CALLED, actor_id=staff, at=at, interpreter=call, **about)
    token = connection.execute(select(OfficeCallRow.token).where(OfficeCallRow.id == call)).scalar_one()
    authorization = authorize(connection, ringing_interpreter(call, token, phone), event)
    connection.execute(
        update(OfficeCallRow).where(OfficeCallRow.id == call).values(interpreter_authorization=authorization)
    )
    return True


def hang_up(connection: Connection, call: int, staff: int, at: datetime) -> bool:
    """End a call. Returns False if it was over, or is another officer's."""
    own = select(OfficeCallRow.id).where(OfficeCallRow.id == call, OfficeCallRow.actor_id == staff)
    return connection.execute(own).one_or_none() is not None and end(connection, call, CallEnding.HUNG_UP, at)


def find_call(connection: Connection, call: int) -> CallStatus | None:
    """Return a call's status, or None if it does not exist."""
    return _status(connection, OfficeCallRow.id == call)


def latest_call(connection: Connection, request: int) -> CallStatus | None:
    """Return the status of the last call about a request, or None."""
    return _status(connection, OfficeCallRow.request_id == request)


def _sealed(numbers: CallNumbers, keys: OfficeKeys, token: str) -> Ciphertext:
    contents = {"officer": numbers.officer, "resident": numbers.resident}
    return seal_json(contents, keys.newest.public, call_aad(token))


def _refuse_a_second(connection: Connection, call: NewCall, at: datetime) -> None:
    """Allow one call at a time for an officer and for a request. Raises CallInProgress."""
    others = connection.execute(
        select(OfficeCallRow.id, OfficeCallRow.stage, OfficeCallRow.updated_at).where(
            OfficeCallRow.stage != CallStage.ENDED,
            or_(OfficeCallRow.actor_id == call.actor_id, OfficeCallRow.request_id == call.request_id),
        )
    ).all()
    for other in others:
        because = ending_if_stuck(CallStage(other.stage), other.updated_at, at)
        if because is None:
            raise CallInProgress(other.id)
        end(connection, other.id, because, at)


def _status(connection: Connection, which: ColumnElement[bool]) -> CallStatus | None:
    row = connection.execute(
        select(OfficeCallRow.__table__, CallLegRow.stage.label("interpreter"))
        .outerjoin(
            CallLegRow,
            and_(CallLegRow.call_id == OfficeCallRow.id, CallLegRow.who == LegParty.INTERPRETER),
        )
        .where(which)
        .order_by(OfficeCallRow.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return CallStatus(
        id=row.id,
        request_id=row.request_id,
        actor_id=row.actor_id,
        stage=CallStage(row.stage),
        created_at=row.created_at,
        answered_by=row.answered_by,
        ended=CallEnding(row.ended_because) if row.ended_because else None,
        outcome=row.outcome,
        interpreter="wanted" if row.wants_interpreter else row.interpreter or "",
    )
