"""The public process's side of an evaluation: blind a card's facts, ask the evaluator, unblind its reply."""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from resident_app.register import oprf
from resident_app.register.envelope import bucket_of
from resident_app.register.evaluator.evaluator_client import EvaluatorClient, EvaluatorDown
from resident_app.register.evaluator.protocol import Evaluate, Reply
from resident_app.register.facts import Facts
from resident_app.register.probe import random_blind
from resident_app.security import event_log
from resident_app.security.public_keys import PublicKeys
from resident_app.security.request_source import RequestSource, SourceKind


class CheckPaused(Exception):
    """A limit of wrong tries is reached."""


class CheckInFlight(Exception):
    """Tries under way may reach a limit: ask again in a moment."""


class CheckBusy(Exception):
    """The evaluator is down, its budget is used up, or it does not hold the edition's key."""


@dataclass(frozen=True, repr=False)
class Evaluation:
    """The OPRF's output for one card, 64 bytes, and the reservation to settle."""

    output: bytes
    reservation: bytes


class BlindEvaluator:
    """Evaluates facts without showing them. `keys` gives the bucket key and the attempts key."""

    def __init__(self, client: EvaluatorClient, keys: PublicKeys):
        self._client = client
        self._keys = keys

    def evaluate(self, facts: Facts, source: RequestSource | None, key_id: str) -> Evaluation:
        """Evaluate under the key of an edition. Raises CheckPaused, CheckInFlight, CheckBusy."""
        message, blind = facts.encoded(), random_blind()
        request = Evaluate(
            key_id=key_id,
            bucket=bucket_of(self._keys.bucket, facts.card),
            element=oprf.blind(message, blind),
            marks=self._marks(facts, source),
        )
        reply = self._ask(request)
        if reply.key_id != key_id or len(reply.element) != oprf.ELEMENT_BYTES:
            event_log.checks_busy("evaluator-key")
            raise CheckBusy
        return Evaluation(oprf.finalize(message, blind, reply.element), reply.reservation)

    def settle(self, evaluation: Evaluation, *, failed: bool) -> None:
        """Say whether the check failed to match."""
        self._client.settle(evaluation.reservation, failed=failed)

    def _ask(self, request: Evaluate) -> Reply:
        try:
            reply = self._client.evaluate(request)
        except EvaluatorDown:
            event_log.checks_busy("evaluator-down")
            raise CheckBusy from None
        match reply.result:
            case "ok":
                return reply
            case "paused":
                raise CheckPaused
            case "in-flight":
                raise CheckInFlight
            case "busy":
                raise CheckBusy
        event_log.checks_busy("evaluator-key")
        raise CheckBusy

    def _marks(self, facts: Facts, source: RequestSource | None) -> tuple[tuple[str, bytes], ...]:
        """What the limits count by. The register's own terminal has no limit."""
        if source is None:
            return ()
        names = [("card-day", facts.card), ("card-month", facts.card), *source.limits]
        if source.kind in (SourceKind.ADDRESS, SourceKind.CALLER):
            # Strangers share the other sources: five tries of theirs would tell on a person, and stop them.
            names.append(("card-and-source", f"{facts.card}|{source.kind.value}|{source.name}"))
        return tuple(
            (limit, hmac.digest(self._keys.attempts, f"{limit}|{name}".encode(), sha256)[:16])
            for limit, name in names
        )
