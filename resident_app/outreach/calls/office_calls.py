"""Calls from the office to a resident, as an officer begins, watches and ends them. A worker makes them.

A call holds the two numbers, sealed, from its beginning to its end: the public process, which answers the
provider, cannot read them.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, or_, select, update

from resident_app.database import take_turn
from resident_app.outreach.boxes import of_call
from resident_app.outreach.calls.call_endings import ENDED_WORDS, Ended, stuck_because
from resident_app.outreach.calls.office_legs import LegStage, OfficeLeg, Who, end
from resident_app.outreach.office_key import Box, OfficeKeys
from resident_app.outreach.request import open_words, seal_words
from resident_app.outreach.tables import CallStage, OfficeCall
from resident_app.safeguards import audit
from resident_app.safeguards.audit import Audited

_TOKEN = re.compile(r"[0-9a-f]{32}")
_BEGINNING = b"a call begins"


class UnderWay(Exception):
    """The officer, or somebody else with the same request, is in a call: `call` is its number."""

    def __init__(self, call: int):
        super().__init__()
        self.call = call


@dataclass(frozen=True, repr=False)
class Numbers:
    """Who is rung, E.164."""

    officer: str
    resident: str


@dataclass(frozen=True, repr=False)
class NewCall:
    """A call that an officer wants. `token` is 32 hexadecimal digits of the form: sent twice, it is one call.

    `language` is the resident's spoken one, or "other"; `topic` a code of config/codes.toml.
    """

    token: str
    request: int
    staff: int
    numbers: Numbers
    language: str
    topic: str
    voicemail_ok: bool


@dataclass(frozen=True)
class Standing:
    """How a call stands, for the officer who watches it."""

    id: int
    request: int
    staff: int | None
    stage: CallStage
    created_at: datetime
    answered_by: str
    ended: Ended | None
    outcome: str
    interpreter: str
    """Empty, `wanted`, or the stage of the interpreter's leg: `ringing`, `here`, `ending`, `over`."""

    @property
    def is_over(self) -> bool:
        return self.stage is CallStage.ENDED

    @property
    def ended_words(self) -> str:
        """Why it ended, in English; empty while it goes on."""
        return ENDED_WORDS[self.ended] if self.ended else ""


def begin(connection: Connection, call: NewCall, keys: OfficeKeys, at: datetime) -> int:
    """Have a call made; its number. Raises UnderWay, ValueError if the token is none."""
    if not _TOKEN.fullmatch(call.token):
        raise ValueError("a call's token is 32 hexadecimal digits")
    take_turn(connection, [_BEGINNING])
    same = connection.execute(
        select(OfficeCall.id).where(OfficeCall.token == call.token)
    ).scalar_one_or_none()
    if same is not None:
        return same
    _refuse_a_second(connection, call, at)
    box = _sealed(call.numbers, keys, call.token)
    [number] = connection.execute(
        insert(OfficeCall).values(
            token=call.token,
            request=call.request,
            staff=call.staff,
            stage=CallStage.WAITING.value,
            created_at=at,
            updated_at=at,
            language=call.language,
            topic=call.topic,
            voicemail_ok=call.voicemail_ok,
            sealed=box.sealed,
            sealed_to=box.sealed_to,
        )
    ).inserted_primary_key or [0]
    audit.record(connection, Audited.CALLED, staff=call.staff, at=at, request=call.request, call=int(number))
    return int(number)


def ask_interpreter(connection: Connection, call: int, staff: int) -> bool:
    """The officer of a call wants an interpreter. False: the call is over, or has one, or is another's."""
    has_one = exists().where(
        OfficeLeg.call == OfficeCall.id,
        OfficeLeg.who == Who.INTERPRETER.value,
        OfficeLeg.stage != LegStage.OVER.value,
    )
    asked = connection.execute(
        update(OfficeCall)
        .where(
            OfficeCall.id == call,
            OfficeCall.staff == staff,
            OfficeCall.stage != CallStage.ENDED.value,
            ~has_one,
        )
        .values(wants_interpreter=True)
    )
    return asked.rowcount == 1


def hang_up(connection: Connection, call: int, staff: int, at: datetime) -> bool:
    """The officer of a call ends it. False: it was over, or is another officer's."""
    own = select(OfficeCall.id).where(OfficeCall.id == call, OfficeCall.staff == staff)
    return connection.execute(own).one_or_none() is not None and end(connection, call, Ended.HUNG_UP, at)


def look(connection: Connection, call: int) -> Standing | None:
    """How a call stands; None if there is none."""
    return _standing(connection, OfficeCall.id == call)


def latest(connection: Connection, request: int) -> Standing | None:
    """The last call about a request."""
    return _standing(connection, OfficeCall.request == request)


def open_numbers(sealed: bytes, keys: OfficeKeys, token: str) -> Numbers:
    """Raises CannotOpen."""
    return Numbers(**open_words(sealed, keys, of_call(token)))


def _sealed(numbers: Numbers, keys: OfficeKeys, token: str) -> Box:
    contents = {"officer": numbers.officer, "resident": numbers.resident}
    return seal_words(contents, keys, of_call(token))


def _refuse_a_second(connection: Connection, call: NewCall, at: datetime) -> None:
    """One call at a time for an officer, and for a request. What is stuck does not count. Raises UnderWay."""
    others = connection.execute(
        select(OfficeCall.id, OfficeCall.stage, OfficeCall.updated_at).where(
            OfficeCall.stage != CallStage.ENDED.value,
            or_(OfficeCall.staff == call.staff, OfficeCall.request == call.request),
        )
    ).all()
    for other in others:
        because = stuck_because(CallStage(other.stage), other.updated_at, at)
        if because is None:
            raise UnderWay(other.id)
        end(connection, other.id, because, at)


def _standing(connection: Connection, which: ColumnElement[bool]) -> Standing | None:
    row = connection.execute(
        select(OfficeCall.__table__, OfficeLeg.stage.label("interpreter"))
        .outerjoin(OfficeLeg, and_(OfficeLeg.call == OfficeCall.id, OfficeLeg.who == Who.INTERPRETER.value))
        .where(which)
        .order_by(OfficeCall.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Standing(
        id=row.id,
        request=row.request,
        staff=row.staff,
        stage=CallStage(row.stage),
        created_at=row.created_at,
        answered_by=row.answered_by,
        ended=Ended(row.ended_because) if row.ended_because else None,
        outcome=row.outcome,
        interpreter="wanted" if row.wants_interpreter else row.interpreter or "",
    )
