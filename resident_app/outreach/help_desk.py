"""The public side of help requests: leave one, ask how one stands. It cannot read any."""

import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Engine, select

from resident_app.configuration import Limits
from resident_app.database import insert_if_new, reading, writing
from resident_app.outreach.office_key import OfficePublicKey
from resident_app.outreach.reference import Reference, derived_reference
from resident_app.outreach.request import HelpRequest, seal_request
from resident_app.outreach.tables import State, StoredRequest
from resident_app.safeguards.attempts import Attempts, Limit, Reservation, Standing
from resident_app.safeguards.capacity import Busy, Capacity
from resident_app.safeguards.daily_key import DailyKey
from resident_app.safeguards.source import Source

_ARGON2_KIB = 19456
# A reference's selector may be taken; with half of all selectors in use this never runs out.
_MOST_ATTEMPTS = 64


class TooMany(Exception):
    """A limit is reached."""


@dataclass(frozen=True)
class _Known:
    secret_hash: str
    state: State


class HelpDesk:
    """Takes requests, and says how one stands to whoever has its reference."""

    def __init__(
        self,
        engine: Engine,
        office_key: OfficePublicKey,
        attempts: Attempts,
        daily_key: DailyKey,
        capacity: Capacity,
        limits: Limits,
        clock: Callable[[], datetime],
    ):
        self._engine = engine
        self._office_key = office_key
        self._attempts = attempts
        self._daily_key = daily_key
        self._capacity = capacity
        self._limits = limits
        self._clock = clock
        self._hasher = PasswordHasher(time_cost=2, memory_cost=_ARGON2_KIB, parallelism=1)
        self._nobodys_hash = self._hasher.hash("")

    def leave(self, request: HelpRequest, token: str, source: Source) -> Reference:
        """Store a request and return its reference; it is on the disk when this returns.

        `token` is what the blank form carried: the same request with the same token is one
        request, however often it is sent. Without a token, the same words on the same day are.
        Raises TooMany, Busy (nothing was stored).
        """
        seed = self._seed(request, token)
        submission = hmac.digest(seed, b"submission", sha256)[:16]
        stored = self._stored(seed, submission)
        if stored is not None:
            return stored
        most = source.limit(self._limits.help_requests)
        with self._counted([Limit(f"help source {source.door.value}", source.name, most)]) as reservation:
            for attempt in range(_MOST_ATTEMPTS):
                reference = derived_reference(seed, attempt)
                if self._store(request, reference, submission, attempt):
                    return reference
                stored = self._stored(seed, submission)
                if stored is not None:
                    self._attempts.give_back(reservation)
                    return stored
            raise RuntimeError("no free reference")

    def state(self, reference: Reference, source: Source) -> State | None:
        """How a request stands, or None if no request has this reference.

        Unknown and wrong references do the same work. Raises TooMany, Busy.
        """
        wrong = self._limits.wrong_references
        limits = [
            Limit("reference", reference.selector, wrong.per_reference),
            Limit(f"reference source {source.door.value}", source.name, source.limit(wrong)),
        ]
        with self._counted(limits) as reservation:
            known = self._known(reference)
            if self._is_right(reference, known):
                self._attempts.give_back(reservation)
                return known.state
            return None

    def _seed(self, request: HelpRequest, token: str) -> bytes:
        if token:
            return hmac.digest(token.encode(), request.canonical(), sha256)
        with writing(self._engine) as connection:
            name = "help " + sha256(request.canonical()).hexdigest()
            return self._daily_key.under_each_salt(connection, self._clock(), name)[0]

    @contextmanager
    def _counted(self, limits: Sequence[Limit]) -> Iterator[Reservation]:
        """Hold a place under `limits`; it counts unless it is given back or the block fails."""
        reservation = self._attempts.reserve(limits, self._clock())
        if reservation.standing is Standing.IN_FLIGHT:
            raise Busy
        if reservation.standing is Standing.REACHED:
            raise TooMany
        try:
            yield reservation
        except Exception:
            self._attempts.give_back(reservation)
            raise
        self._attempts.count(reservation)

    def _stored(self, seed: bytes, submission: bytes) -> Reference | None:
        with reading(self._engine) as connection:
            attempt = connection.execute(
                select(StoredRequest.reference_attempt).where(StoredRequest.submission == submission)
            ).scalar_one_or_none()
        return None if attempt is None else derived_reference(seed, attempt)

    def _store(self, request: HelpRequest, reference: Reference, submission: bytes, attempt: int) -> bool:
        """False if the submission or the reference's selector is there already. Raises Busy."""
        with self._capacity.turn(self._limits.capacity.wait_seconds, _ARGON2_KIB):
            secret_hash = self._hasher.hash(reference.secret)
        row = {
            "submission": submission,
            "selector": reference.selector,
            "secret_hash": secret_hash,
            "reference_attempt": attempt,
            "door": request.door,
            "language": request.spoken,
            "topic": request.topic,
            "channel": request.reach_by,
            "state": State.RECEIVED.value,
            "received_at": self._clock(),
            "sealed": seal_request(request, str(reference), self._office_key, submission),
        }
        with writing(self._engine, durable=True) as connection:
            return insert_if_new(connection, StoredRequest, **row)

    def _known(self, reference: Reference) -> _Known:
        with reading(self._engine) as connection:
            row = connection.execute(
                select(StoredRequest.secret_hash, StoredRequest.state).where(
                    StoredRequest.selector == reference.selector
                )
            ).one_or_none()
        if row is None:
            return _Known(self._nobodys_hash, State.RECEIVED)
        return _Known(row.secret_hash, State(row.state))

    def _is_right(self, reference: Reference, known: _Known) -> bool:
        with self._capacity.turn(self._limits.capacity.wait_seconds, _ARGON2_KIB):
            try:
                return self._hasher.verify(known.secret_hash, reference.secret)
            except VerifyMismatchError:
                return False
