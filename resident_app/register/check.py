"""The check: was this card's record shared? Site, phone and terminal all ask `Register.check_record`."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Engine

from resident_app.configuration.limits import Limits
from resident_app.register.disclosure import Disclosure, Disclosures, decode
from resident_app.register.edition import DictionaryCache, Edition
from resident_app.register.envelope import derive_envelope_keys
from resident_app.register.facts import Facts
from resident_app.register.publication import EditionStore, LiveEdition, NothingPublished, find_envelope
from resident_app.register.register_key import RegisterKey
from resident_app.security.capacity import Capacity, Overloaded
from resident_app.security.rate_limits import LimitState, RateLimit, RateLimiter, Reservation
from resident_app.security.request_source import RequestSource

_RESERVE_AGAIN_SECONDS = 0.2
# A waiting check holds a thread of the server. Together with WAITING_CHECKS, keep below its threads.
_MOST_WAITING_FOR_OTHERS = 32


class AnswerKind(Enum):
    """The five answers. The values are those of the page's data-answer."""

    SHARED = "shared"
    NOT_SHARED = "not-shared"
    NO_MATCH = "no-match"
    PAUSED = "paused"
    BUSY = "busy"


@dataclass(frozen=True)
class Answer:
    """The answer to a check. `edition` says what the records behind it cover."""

    kind: AnswerKind
    edition: Edition | None = None
    disclosures: tuple[Disclosure, ...] = ()
    more: int = 0
    """How many disclosures the envelope counts but does not list."""

    @property
    def released(self) -> frozenset[str]:
        """Everything that was released in any disclosure: photo, application, record."""
        return frozenset(part for disclosure in self.disclosures for part in disclosure.released)


class Register:
    """The live register, behind rate limits and a capacity limit."""

    def __init__(
        self,
        engine: Engine,
        key: RegisterKey,
        attempts: RateLimiter,
        capacity: Capacity,
        limits: Limits,
        clock: Callable[[], datetime],
    ):
        self._engine = engine
        self._editions = EditionStore(engine)
        self._key = key
        self._attempts = attempts
        self._capacity = capacity
        self._limits = limits
        self._clock = clock
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING_FOR_OTHERS)
        self._dictionaries = DictionaryCache(key)

    def check_record(self, facts: Facts, source: RequestSource | None) -> Answer:
        """Answer from the live edition. `source` is None on the register's own terminal.

        Every refusal costs the same work: one reservation, one OPRF evaluation, one Argon2id
        computation, one look-up, one count. A match gives its reservation back. Returns BUSY when
        nothing is published or no capacity is free, PAUSED when a limit is reached.
        """
        try:
            live = self._editions.live()
        except NothingPublished:
            return Answer(AnswerKind.BUSY)
        reservation = self._reserve(facts, source)
        if reservation.state is LimitState.REACHED:
            return Answer(AnswerKind.PAUSED, live.edition)
        if reservation.state is LimitState.IN_FLIGHT:
            return Answer(AnswerKind.BUSY, live.edition)
        try:
            found = self._look_up(facts, live)
        except Overloaded:
            self._attempts.give_back(reservation)
            return Answer(AnswerKind.BUSY, live.edition)
        except Exception:
            # Our failure must not count as their attempt.
            self._attempts.give_back(reservation)
            raise
        if found is None:
            self._attempts.count(reservation)
            return Answer(AnswerKind.NO_MATCH, live.edition)
        self._attempts.give_back(reservation)
        kind = AnswerKind.SHARED if found.listed or found.more else AnswerKind.NOT_SHARED
        return Answer(kind, live.edition, found.listed, found.more)

    def _reserve(self, facts: Facts, source: RequestSource | None) -> Reservation:
        """Reserve an attempt for the card and the source; wait while others may give theirs back."""
        failed = self._limits.failed_matches
        limits = [RateLimit("card", facts.card, failed.per_card)]
        if source is not None:
            limits.append(RateLimit(f"source {source.kind.value}", source.name, source.limit(failed)))
        reservation = self._attempts.reserve(limits, self._clock())
        if reservation.state is not LimitState.IN_FLIGHT or not self._waiting.acquire(blocking=False):
            return reservation
        try:
            deadline = time.monotonic() + self._limits.capacity.wait_seconds
            while reservation.state is LimitState.IN_FLIGHT and time.monotonic() < deadline:
                time.sleep(_RESERVE_AGAIN_SECONDS)
                reservation = self._attempts.reserve(limits, self._clock())
            return reservation
        finally:
            self._waiting.release()

    def _look_up(self, facts: Facts, live: LiveEdition) -> Disclosures | None:
        """Return the envelope's contents, or None if there is no envelope. Raises Overloaded."""
        argon2 = live.edition.argon2
        with self._capacity.slot(self._limits.capacity.wait_seconds, argon2.memory_kib):
            keys = derive_envelope_keys(facts, self._key, live.edition.id, argon2)
        envelope = find_envelope(self._engine, live, keys.label)
        if envelope is None:
            return None
        return decode(keys.open(envelope), self._dictionaries.get(live.edition))
