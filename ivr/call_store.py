"""Calls between their steps: one sealed row each, so that any server can take the next step.

The row's name and the key that opens it come from a key of the public processes and the carrier's
call id, which is not stored: the database alone shows neither who called nor what was keyed.
"""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Generic, NamedTuple, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel
from sqlalchemy import (
    Engine,
    Integer,
    LargeBinary,
    PoolProxiedConnection,
    String,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from ivr.call import Call
from resident_app.database import (
    Prepared,
    deciding,
    deciding_prepared,
    insert_if_new,
    insert_where,
    writing,
)
from resident_app.security import event_log
from resident_app.short_lived import ShortLivedBase

Unfinished = TypeVar("Unfinished")

LONGEST_CALL = timedelta(hours=1)
UNDER_WAY = timedelta(minutes=3)
"""A call that did nothing for so long has been hung up, whether the provider said so or not."""
REMEMBERED_ENDED = timedelta(minutes=15)
"""How long a repeat of a step is recognized after its call has ended."""
_CLAIM_SECONDS = 12
_LOOK_AGAIN_SECONDS = 0.05


class CallRow(ShortLivedBase):
    __tablename__ = "call"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """HMAC of the provider's call id."""
    caller: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    """HMAC of the calling number if its carrier attests it, else empty: a forged one counts for nothing."""
    nonce: Mapped[str] = mapped_column(String(32))
    """The step that comes next; a request with another one is a repeat."""
    claimed_until: Mapped[int] = mapped_column(Integer)
    """Seconds since 1970; a step under way holds the call until then. 0: no step is."""
    updated_at: Mapped[int] = mapped_column(Integer, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class EndedCallRow(ShortLivedBase):
    """A call that is over: a step that comes late makes no new call of it."""

    __tablename__ = "ended_call"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """As the call's."""
    ended_at: Mapped[int] = mapped_column(Integer, index=True)
    """Seconds since 1970."""


# `the_…` are parameters beside the columns.
_THIS_CALL = CallRow.id == bindparam("the_call")
_THIS_NONCE = and_(_THIS_CALL, CallRow.nonce == bindparam("the_nonce"))
_THIS_STEP = and_(_THIS_NONCE, CallRow.claimed_until == bindparam("the_claim"))
_HAS_ENDED = exists().where(EndedCallRow.id == bindparam("the_call"))
_STEPPED = ("nonce", "claimed_until", "updated_at", "sealed")
_SAME_OR_NOBODY = {"caller": func.coalesce(bindparam("the_nobody", type_=LargeBinary), CallRow.caller)}
_COUNT_AT_ONCE = (
    select(func.count())
    .select_from(CallRow)
    .where(CallRow.caller == bindparam("the_caller"), CallRow.updated_at > bindparam("since"))
)
_RELEASE = update(CallRow).where(_THIS_STEP).values(claimed_until=0)
_FORGET = delete(CallRow).where(_THIS_CALL)
_FORGET_OLD = delete(CallRow).where(CallRow.updated_at < bindparam("the_oldest"))
_FORGET_ENDED = delete(EndedCallRow).where(EndedCallRow.ended_at < bindparam("the_oldest"))


@dataclass(frozen=True)
class StepResult:
    """What a step came to: the call as it is now, and what the caller hears."""

    call: Call
    twiml: str
    next_nonce: str
    ended: bool


@dataclass(frozen=True)
class Claim(Generic[Unfinished]):
    """A step that this request alone takes, and which is not finished: something must be done first."""

    row: bytes
    nonce: str
    until: int
    """Seconds since 1970; after it another request may take the step."""
    unfinished: Unfinished


class Lost(Exception):
    """There is no such call any more."""


class Ended(Exception):
    """The call is over: nobody hears what is answered."""


class Stuck(Exception):
    """Another request holds the call for longer than a caller should wait."""


@dataclass(frozen=True)
class _Request(Generic[Unfinished]):
    """A request to take a step."""

    call_sid: str
    row: bytes
    nonce: str
    seconds: int
    """Since 1970."""
    step: Callable[[Call | None], StepResult | Unfinished]


class _Row(NamedTuple):
    """What is read of a row."""

    nonce: str
    claimed_until: int
    sealed: bytes


class _Stored(BaseModel):
    """What the sealed part of a row holds. A call that has ended keeps its last words alone."""

    call: Call | None
    twiml: str


class CallStore:
    """Stores calls. `key` is 32 bytes.

    `many_at_once` calls of one attested number at once are an event. None of them is refused.
    """

    def __init__(self, engine: Engine, key: bytes, many_at_once: int):
        self._engine = engine
        self._key = key
        self._many_at_once = many_at_once
        dialect = engine.dialect
        self._look = Prepared(
            dialect, select(CallRow.nonce, CallRow.claimed_until, CallRow.sealed).where(_THIS_CALL)
        )
        self._look_among_ended = Prepared(
            dialect, select(EndedCallRow.id).where(EndedCallRow.id == bindparam("the_call"))
        )
        self._count_at_once = Prepared(dialect, _COUNT_AT_ONCE)
        self._insert = insert_where(dialect, CallRow, ~_HAS_ENDED)
        self._update = Prepared(dialect, update(CallRow).where(_THIS_STEP).values(_SAME_OR_NOBODY), _STEPPED)
        self._update_claimed = Prepared(
            dialect, update(CallRow).where(_THIS_NONCE).values(_SAME_OR_NOBODY), _STEPPED
        )

    def take(
        self,
        call_sid: str,
        nonce: str,
        now: datetime,
        step: Callable[[Call | None], StepResult | Unfinished],
        *,
        may_begin: bool,
        attested_caller: str = "",
    ) -> str | Claim[Unfinished]:
        """Take the step `nonce` of a call once: the TwiML, or a claim to finish it with `finish`.

        `step` is given the call (None: a new one) and is pure: it is taken again if another request was
        quicker, and only one is stored. A request that repeats a step gets the TwiML of the last one.
        Many calls of one `attested_caller` at once are an event and change nothing for any of them.
        Raises Lost, Ended, Stuck.
        """
        request = _Request(call_sid, self._row(call_sid), nonce, int(now.timestamp()), step)
        caller = self._caller(attested_caller)
        deadline = time.monotonic() + _CLAIM_SECONDS
        while time.monotonic() < deadline:
            with deciding_prepared(self._engine) as connection:
                taken = self._take_now(connection, request, begins_for=caller if may_begin else None)
            if taken is not None:
                return taken
            time.sleep(_LOOK_AGAIN_SECONDS)
        raise Stuck

    def finish(self, claim: Claim[Unfinished], call_sid: str, after: StepResult, now: datetime) -> None:
        """Store what a claimed step came to."""
        columns = self._columns(after, call_sid, claim.row, int(now.timestamp()))
        which = {"the_call": claim.row, "the_nonce": claim.nonce}
        with deciding_prepared(self._engine) as connection:
            self._update_claimed.run(connection, {**which, **columns})

    def release(self, claim: Claim[Unfinished]) -> None:
        """The step failed: the same request may try again."""
        with deciding(self._engine) as connection:
            which = {"the_call": claim.row, "the_nonce": claim.nonce, "the_claim": claim.until}
            connection.execute(_RELEASE, which)

    def keep(self, call_sid: str, call: Call, now: datetime) -> None:
        """Keep what belongs to a call that takes no steps, one that the line makes, unless it is over."""
        row_id = self._row(call_sid)
        after = StepResult(call, "", "", ended=False)
        columns = self._columns(after, call_sid, row_id, int(now.timestamp()))
        with deciding_prepared(self._engine) as connection:
            self._insert.run(connection, {"id": row_id, "the_call": row_id, "caller": b"", **columns})

    def look(self, call_sid: str) -> Call | None:
        """A call as its last step left it; None if there is none."""
        row_id = self._row(call_sid)
        with deciding_prepared(self._engine) as connection:
            row = self._look.run(connection, {"the_call": row_id}).fetchone()
        return None if row is None else self._open(_Row(*row).sealed, call_sid, row_id).call

    def forget(self, call_sid: str, now: datetime) -> None:
        """The call is over: only that it was is remembered, for a few minutes."""
        row_id = self._row(call_sid)
        with writing(self._engine) as connection:
            insert_if_new(connection, EndedCallRow, id=row_id, ended_at=int(now.timestamp()))
            connection.execute(_FORGET, {"the_call": row_id})

    def forget_old(self, now: datetime) -> None:
        """Wipe what is left of calls that nobody told the end of, and of those that ended a while ago."""
        with writing(self._engine) as connection:
            connection.execute(_FORGET_OLD, {"the_oldest": int((now - LONGEST_CALL).timestamp())})
            connection.execute(_FORGET_ENDED, {"the_oldest": int((now - REMEMBERED_ENDED).timestamp())})

    def _take_now(
        self, connection: PoolProxiedConnection, request: _Request[Unfinished], *, begins_for: bytes | None
    ) -> str | Claim[Unfinished] | None:
        """A step of a call, or its first one if it may begin one. None: another request is taking it."""
        # Most steps that may begin a call do. Whether the call is there already, the insert says.
        if begins_for is not None and (began := self._begin(connection, request, begins_for)) is not None:
            return began
        row = self._look.run(connection, {"the_call": request.row}).fetchone()
        if row is not None:
            return self._go_on(connection, request, _Row(*row))
        if self._has_ended(connection, request.row):
            raise Ended
        if begins_for is None:
            raise Lost
        return None

    def _begin(
        self, connection: PoolProxiedConnection, request: _Request[Unfinished], caller: bytes
    ) -> str | Claim[Unfinished] | None:
        """The first step of a call. None: it is there already, or has ended."""
        after = request.step(None)
        columns = self._after(after, request, _Stored(call=None, twiml=""))
        row = {
            "id": request.row,
            "the_call": request.row,
            "caller": columns["the_nobody"] or caller,
            **columns,
        }
        if self._insert.run(connection, row).rowcount != 1:
            return None
        if caller:
            since = request.seconds - int(UNDER_WAY.total_seconds())
            counted = self._count_at_once.run(connection, {"the_caller": caller, "since": since}).fetchone()
            if counted and counted[0] >= self._many_at_once:
                event_log.many_calls_at_once()
        return _outcome(after, request)

    def _go_on(
        self, connection: PoolProxiedConnection, request: _Request[Unfinished], row: _Row
    ) -> str | Claim[Unfinished] | None:
        """A step of a call that is there. None: another request is taking this very step."""
        stored = self._open(row.sealed, request.call_sid, request.row)
        if row.nonce != request.nonce:
            return stored.twiml
        if row.claimed_until > request.seconds:
            return None
        after = request.step(stored.call)
        as_read = {"the_call": request.row, "the_nonce": row.nonce, "the_claim": row.claimed_until}
        stepped = self._update.run(connection, {**as_read, **self._after(after, request, stored)})
        return _outcome(after, request) if stepped.rowcount == 1 else None

    def _after(
        self, after: StepResult | Unfinished, request: _Request[Unfinished], stored: _Stored
    ) -> dict[str, object]:
        """A row after a step, or while one is under way: then it still holds what it held."""
        if isinstance(after, StepResult):
            return self._columns(after, request.call_sid, request.row, request.seconds)
        return {
            "the_nobody": None,
            "nonce": request.nonce,
            "claimed_until": request.seconds + _CLAIM_SECONDS,
            "updated_at": request.seconds,
            "sealed": self._seal(stored, request.call_sid, request.row),
        }

    def _columns(self, after: StepResult, call_sid: str, row_id: bytes, seconds: int) -> dict[str, object]:
        """A row after a step. When the call has ended only its last words are kept."""
        stored = _Stored(call=None if after.ended else after.call, twiml=after.twiml)
        return {
            "the_nobody": b"" if after.ended else None,
            "nonce": after.next_nonce,
            "claimed_until": 0,
            "updated_at": seconds,
            "sealed": self._seal(stored, call_sid, row_id),
        }

    def _has_ended(self, connection: PoolProxiedConnection, row: bytes) -> bool:
        return self._look_among_ended.run(connection, {"the_call": row}).fetchone() is not None

    def _caller(self, number: str) -> bytes:
        return hmac.digest(self._key, b"caller|" + number.encode(), sha256)[:16] if number else b""

    def _row(self, call_sid: str) -> bytes:
        return hmac.digest(self._key, b"row|" + call_sid.encode(), sha256)[:16]

    def _cipher(self, call_sid: str) -> AESGCM:
        """AES-256-GCM under a key that this call alone has."""
        return AESGCM(hmac.digest(self._key, b"key|" + call_sid.encode(), sha256))

    def _seal(self, stored: _Stored, call_sid: str, row_id: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher(call_sid).encrypt(nonce, stored.model_dump_json().encode(), row_id)

    def _open(self, sealed: bytes, call_sid: str, row_id: bytes) -> _Stored:
        return _Stored.model_validate_json(self._cipher(call_sid).decrypt(sealed[:12], sealed[12:], row_id))


def _outcome(after: StepResult | Unfinished, request: _Request[Unfinished]) -> str | Claim[Unfinished]:
    if isinstance(after, StepResult):
        return after.twiml
    return Claim(request.row, request.nonce, request.seconds + _CLAIM_SECONDS, after)
