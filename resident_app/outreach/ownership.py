"""Whose request it is: whoever has its reference. Every wrong reference is the same, after the same work."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import aliased

from resident_app.configuration import Limits
from resident_app.database import reading
from resident_app.outreach.reference import Reference
from resident_app.outreach.tables import State, StoredRequest
from resident_app.safeguards.attempts import Attempts, Limit
from resident_app.safeguards.capacity import Capacity
from resident_app.safeguards.limited import held
from resident_app.safeguards.source import Source

_ARGON2_KIB = 19456
_WHOLE = aliased(StoredRequest)


@dataclass(frozen=True)
class Standing:
    """How a request stands, as its sender is told. `tried_on`: when the office last tried to reach them."""

    state: State
    tried_on: date | None


def standing_of(state: State, tried_on: date | None) -> Standing:
    """What a sender is told. Without a day there was no try: the office is at work on it."""
    if state is State.TRIED and tried_on is None:
        state = State.IN_HAND
    return Standing(state, tried_on)


@dataclass(frozen=True)
class OwnRequest:
    """A request whose reference was right. If it repeats another one, `stands` and `whole` are that one's."""

    id: int
    submission: bytes
    stands: Standing
    whole: int


class Ownership:
    """Hashes references, and finds the request that one belongs to."""

    def __init__(
        self,
        engine: Engine,
        attempts: Attempts,
        capacity: Capacity,
        limits: Limits,
        clock: Callable[[], datetime],
    ):
        self._engine = engine
        self._attempts = attempts
        self._capacity = capacity
        self._limits = limits
        self._clock = clock
        self._hasher = PasswordHasher(time_cost=2, memory_cost=_ARGON2_KIB, parallelism=1)
        self._nobodys_hash = self._hasher.hash("")

    def hashed(self, reference: Reference) -> str:
        """What is stored of a reference's secret. Raises Busy."""
        with self._capacity.turn(self._limits.capacity.wait_seconds, _ARGON2_KIB):
            return self._hasher.hash(reference.secret)

    def find(self, reference: Reference, source: Source) -> OwnRequest | None:
        """The request with this reference, or None.

        Unknown, wrong and erased references do the same work. Raises TooMany, Busy.
        """
        wrong = self._limits.wrong_references
        limits = [
            Limit("reference", reference.selector, wrong.per_reference),
            Limit(f"reference source {source.door.value}", source.name, source.limit(wrong)),
        ]
        with held(self._attempts, limits, self._clock()) as reservation:
            found, secret_hash = self._selected(reference)
            if self._is_right(reference, secret_hash) and found is not None:
                self._attempts.give_back(reservation)
                return found
            return None

    def _selected(self, reference: Reference) -> tuple[OwnRequest | None, str]:
        """The request that the selector finds and its hash, or a hash that fits nothing."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(
                    StoredRequest.id,
                    StoredRequest.submission,
                    StoredRequest.secret_hash,
                    _WHOLE.id.label("whole"),
                    _WHOLE.state,
                    _WHOLE.tried_on,
                )
                .join(_WHOLE, _WHOLE.id == func.coalesce(StoredRequest.merged_into, StoredRequest.id))
                .where(StoredRequest.selector == reference.selector)
            ).one_or_none()
        if row is None:
            return None, self._nobodys_hash
        stands = standing_of(State(row.state), row.tried_on)
        return OwnRequest(row.id, row.submission, stands, row.whole), row.secret_hash

    def _is_right(self, reference: Reference, secret_hash: str) -> bool:
        with self._capacity.turn(self._limits.capacity.wait_seconds, _ARGON2_KIB):
            try:
                return self._hasher.verify(secret_hash, reference.secret)
            except VerifyMismatchError:
                return False
