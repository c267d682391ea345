"""The check: was this card's record shared? Site, phone and terminal all ask `Register.check_record`."""

import threading
import time
from dataclasses import dataclass
from enum import Enum

from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine

from resident_app.configuration.limits import CapacityLimits
from resident_app.register.blind_evaluation import (
    BlindEvaluator,
    CheckBusy,
    CheckInFlight,
    CheckPaused,
    Evaluation,
)
from resident_app.register.disclosure import NOTHING_FOUND, Disclosure, Disclosures, decode
from resident_app.register.edition import DictionaryCache, Edition
from resident_app.register.edition_guard import EditionGuard, EditionRefused
from resident_app.register.envelope import EnvelopeKeys, NotAuthentic, derive_envelope_keys
from resident_app.register.facts import Facts
from resident_app.register.publication import LiveEdition, NothingPublished, find_envelope
from resident_app.security import event_log
from resident_app.security.capacity import Capacity, Overloaded
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


_TOPICS = {
    AnswerKind.SHARED: "shared",
    AnswerKind.NOT_SHARED: "not-shared",
    AnswerKind.NO_MATCH: "not-matched",
    AnswerKind.PAUSED: "not-checked",
    AnswerKind.BUSY: "not-checked",
}


@dataclass(frozen=True)
class Answer:
    """The answer to a check. `edition` says what the records behind it cover."""

    kind: AnswerKind
    edition: Edition | None = None
    found: Disclosures = NOTHING_FOUND

    @classmethod
    def from_records(cls, edition: Edition, found: Disclosures) -> "Answer":
        """Return the answer that a card's envelope gives."""
        kind = AnswerKind.SHARED if found.listed or found.more else AnswerKind.NOT_SHARED
        return cls(kind, edition, found)

    @property
    def topic(self) -> str:
        """The code of config/codes.toml for what a person with this answer asks the office about."""
        return _TOPICS[self.kind]

    @property
    def disclosures(self) -> tuple[Disclosure, ...]:
        return self.found.listed

    @property
    def more(self) -> int:
        """How many disclosures the envelope counts but does not list."""
        return self.found.more

    @property
    def released(self) -> frozenset[str]:
        """Everything that was released in any disclosure: photo, application, record."""
        return frozenset(part for disclosure in self.disclosures for part in disclosure.released)


class Register:
    """The live register, behind the evaluator's limits and a capacity limit."""

    def __init__(
        self,
        engine: Engine,
        guard: EditionGuard,
        evaluator: BlindEvaluator,
        dictionary_key: bytes,
        capacity: Capacity,
        limits: CapacityLimits,
    ):
        self._engine = engine
        self._guard = guard
        self._evaluator = evaluator
        self._capacity = capacity
        self._limits = limits
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING_FOR_OTHERS)
        self._dictionaries = DictionaryCache(dictionary_key)

    def check_record(self, facts: Facts, source: RequestSource | None) -> Answer:
        """Answer from the live edition. `source` is None on the register's own terminal.

        Every refusal costs the same work: one evaluation, one Argon2id computation, one look-up, one
        settlement. Returns BUSY when no edition may answer, its envelope was altered, no capacity is free, or
        the evaluator is down or out of budget; PAUSED when a limit of wrong tries is reached.
        """
        try:
            live = self._guard.live()
        except (NothingPublished, EditionRefused):
            return Answer(AnswerKind.BUSY)
        try:
            evaluation, keys = self._derive_keys(facts, source, live)
        except CheckPaused:
            return Answer(AnswerKind.PAUSED, live.edition)
        except (CheckBusy, CheckInFlight, Overloaded):
            return Answer(AnswerKind.BUSY, live.edition)
        try:
            found = self._look_up(keys, live)
        except (NotAuthentic, InvalidTag):
            self._evaluator.settle(evaluation, failed=False)
            event_log.checks_busy("edition-damaged")
            return Answer(AnswerKind.BUSY, live.edition)
        except Exception:
            # Our failure must not count as their attempt.
            self._evaluator.settle(evaluation, failed=False)
            raise
        self._evaluator.settle(evaluation, failed=found is None)
        if found is None:
            return Answer(AnswerKind.NO_MATCH, live.edition)
        return Answer.from_records(live.edition, found)

    def can_answer(self) -> bool:
        """Return whether an edition may answer now and the evaluator holds its key."""
        try:
            self._guard.live()
        except (NothingPublished, EditionRefused):
            return False
        return True

    def _derive_keys(
        self, facts: Facts, source: RequestSource | None, live: LiveEdition
    ) -> tuple[Evaluation, EnvelopeKeys]:
        """Evaluate and stretch within one capacity slot; wait while others may give their attempt back.

        Raises CheckPaused, CheckInFlight, CheckBusy, Overloaded.
        """
        argon2 = live.edition.argon2
        deadline = time.monotonic() + self._limits.wait_seconds
        while True:
            try:
                with self._capacity.slot(self._limits.wait_seconds, argon2.memory_kib):
                    evaluation = self._evaluator.evaluate(facts, source, live.edition.key_id)
                    try:
                        return evaluation, derive_envelope_keys(evaluation.output, live.edition.id, argon2)
                    except BaseException:
                        self._evaluator.settle(evaluation, failed=False)
                        raise
            except CheckInFlight:
                if time.monotonic() >= deadline or not self._waiting.acquire(blocking=False):
                    raise
                try:
                    time.sleep(_RESERVE_AGAIN_SECONDS)
                finally:
                    self._waiting.release()

    def _look_up(self, keys: EnvelopeKeys, live: LiveEdition) -> Disclosures | None:
        """Return the envelope's contents, or None if there is no envelope."""
        envelope = find_envelope(self._engine, live, keys.label)
        if envelope is None:
            return None
        return decode(keys.open(envelope), self._dictionaries.get(live.edition))
