"""Calls between their steps: one sealed row each, so that any server can take the next step.

The row's name and the key that opens it come from the register key and the provider's
call id, which is not stored: the database alone shows neither who called nor what was keyed.
"""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Generic, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel
from sqlalchemy import (
    Connection,
    Engine,
    Integer,
    LargeBinary,
    String,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from ivr.call import Call
from resident_app.database import Base, insert_if_new, reading, writing

Unfinished = TypeVar("Unfinished")

LONGEST_CALL = timedelta(hours=1)
UNDER_WAY = timedelta(minutes=3)
"""A call that did nothing for so long has been hung up, whether the provider said so or not."""
_CLAIM_SECONDS = 12
_LOOK_AGAIN_SECONDS = 0.05


class CallRow(Base):
    __tablename__ = "call"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """HMAC of the provider's call id."""
    caller: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    """HMAC of the calling number; empty when it is withheld. Gone with the row."""
    nonce: Mapped[str] = mapped_column(String(32))
    """The step that comes next; a request with another one is a repeat."""
    claimed_until: Mapped[int] = mapped_column(Integer)
    """Seconds since 1970; a step under way holds the call until then. 0: no step is."""
    updated_at: Mapped[int] = mapped_column(Integer, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True)
class After:
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
    unfinished: Unfinished


class Lost(Exception):
    """There is no such call any more."""


class Stuck(Exception):
    """Another request holds the call for longer than a caller should wait."""


class _Stored(BaseModel):
    """What the sealed part of a row holds. A call that has ended keeps its last words alone."""

    call: Call | None
    twiml: str


class Calls:
    """Stores calls. `key` is 32 bytes derived from the register key."""

    def __init__(self, engine: Engine, key: bytes):
        self._engine = engine
        self._key = key

    def take(
        self,
        call_sid: str,
        nonce: str,
        now: datetime,
        step: Callable[[Call | None, int], After | Unfinished],
        *,
        may_begin: bool,
        caller: str = "",
    ) -> str | Claim[Unfinished]:
        """Take the step `nonce` of a call once: the TwiML, or a claim to finish it with `finish`.

        `step` is given the call (None: a new one) and how many other calls its caller has under
        way, and is pure: all is one transaction. A request that repeats a step gets the TwiML of
        the last one. Raises Lost, Stuck.
        """
        deadline = time.monotonic() + _CLAIM_SECONDS
        while time.monotonic() < deadline:
            taken = self._try_to_take(call_sid, nonce, int(now.timestamp()), step, may_begin, caller)
            if taken is not None:
                return taken
            time.sleep(_LOOK_AGAIN_SECONDS)
        raise Stuck

    def finish(self, claim: Claim[Unfinished], call_sid: str, after: After, now: datetime) -> None:
        """Store what a claimed step came to."""
        with writing(self._engine) as connection:
            connection.execute(
                update(CallRow)
                .where(CallRow.id == claim.row, CallRow.nonce == claim.nonce)
                .values(self._columns(after, call_sid, claim.row, int(now.timestamp())))
            )

    def release(self, claim: Claim[Unfinished]) -> None:
        """The step failed: the same request may try again."""
        with writing(self._engine) as connection:
            connection.execute(update(CallRow).where(CallRow.id == claim.row).values(claimed_until=0))

    def keep(self, call_sid: str, call: Call, now: datetime) -> None:
        """Keep what belongs to a call that takes no steps: one that the line makes."""
        row_id = self._row(call_sid)
        after = After(call, "", "", ended=False)
        with writing(self._engine) as connection:
            columns = self._columns(after, call_sid, row_id, int(now.timestamp()))
            insert_if_new(connection, CallRow, id=row_id, caller=b"", **columns)

    def look(self, call_sid: str) -> Call | None:
        """A call as its last step left it; None if there is none."""
        row_id = self._row(call_sid)
        with reading(self._engine) as connection:
            sealed = connection.execute(
                select(CallRow.sealed).where(CallRow.id == row_id)
            ).scalar_one_or_none()
        return None if sealed is None else self._open(sealed, call_sid, row_id).call

    def forget(self, call_sid: str) -> None:
        """The call is over."""
        with writing(self._engine) as connection:
            connection.execute(delete(CallRow).where(CallRow.id == self._row(call_sid)))

    def forget_old(self, now: datetime) -> None:
        """Wipe what is left of calls that nobody told the end of."""
        oldest = int((now - LONGEST_CALL).timestamp())
        with writing(self._engine) as connection:
            connection.execute(delete(CallRow).where(CallRow.updated_at < oldest))

    def _try_to_take(
        self,
        call_sid: str,
        nonce: str,
        seconds: int,
        step: Callable[[Call | None, int], After | Unfinished],
        may_begin: bool,
        caller: str,
    ) -> str | Claim[Unfinished] | None:
        """None: another request is taking this very step."""
        row_id = self._row(call_sid)
        with writing(self._engine) as connection:
            row = connection.execute(
                select(CallRow.nonce, CallRow.claimed_until, CallRow.sealed)
                .where(CallRow.id == row_id)
                .with_for_update()
            ).one_or_none()
            if row is None and not may_begin:
                raise Lost
            stored = self._open(row.sealed, call_sid, row_id) if row else _Stored(call=None, twiml="")
            if row is not None and row.nonce != nonce:
                return stored.twiml
            if row is not None and row.claimed_until > seconds:
                return None
            others = self._under_way(connection, caller, seconds) if row is None else 0
            after = step(stored.call, others)
            if isinstance(after, After):
                columns = self._columns(after, call_sid, row_id, seconds)
            else:
                columns = {
                    "nonce": nonce,
                    "claimed_until": seconds + _CLAIM_SECONDS,
                    "updated_at": seconds,
                    "sealed": self._seal(stored, call_sid, row_id),
                }
            if row is not None:
                connection.execute(update(CallRow).where(CallRow.id == row_id).values(columns))
            elif not insert_if_new(
                connection, CallRow, id=row_id, **{"caller": self._caller(caller), **columns}
            ):
                return None
            return after.twiml if isinstance(after, After) else Claim(row_id, nonce, after)

    def _columns(self, after: After, call_sid: str, row_id: bytes, seconds: int) -> dict[str, object]:
        """A row after a step. When the call has ended only its last words are kept."""
        stored = _Stored(call=None if after.ended else after.call, twiml=after.twiml)
        nobody = {"caller": b""} if after.ended else {}
        return nobody | {
            "nonce": after.next_nonce,
            "claimed_until": 0,
            "updated_at": seconds,
            "sealed": self._seal(stored, call_sid, row_id),
        }

    def _under_way(self, connection: Connection, caller: str, seconds: int) -> int:
        """How many calls a number has under way; a withheld one is nobody's."""
        if not caller:
            return 0
        since = seconds - int(UNDER_WAY.total_seconds())
        return connection.execute(
            select(func.count())
            .select_from(CallRow)
            .where(CallRow.caller == self._caller(caller), CallRow.updated_at > since)
        ).scalar_one()

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
