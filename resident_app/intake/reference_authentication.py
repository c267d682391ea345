"""Reference authentication: who has a request's reference may ask about it, add to it or erase it.

Every wrong reference gets the same answer after the same work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import aliased

from resident_app.configuration.limits import Limits
from resident_app.database import reading
from resident_app.intake.reference import Reference
from resident_app.intake.request_state import RequestStatus, request_status
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security.capacity import Capacity
from resident_app.security.rate_limits import RateLimit, RateLimiter, rate_limited, source_limit
from resident_app.security.request_source import RequestSource, SourceKind

_ARGON2_KIB = 19456
_HASHER = PasswordHasher(time_cost=2, memory_cost=_ARGON2_KIB, parallelism=1)
_WHOLE = aliased(HelpRequestRow)


def hash_secret(reference: Reference) -> str:
    """Return the Argon2id hash of a reference's secret, for storing. It takes 19 MiB."""
    return _HASHER.hash(reference.secret)


@dataclass(frozen=True)
class AuthenticatedRequest:
    """A request whose reference was right. `status` and `whole` are the main request's if it was merged."""

    id: int
    submission: bytes
    status: RequestStatus
    whole: int


class ReferenceAuthenticator:
    """Hashes references, and finds the request of a reference."""

    def __init__(
        self,
        engine: Engine,
        attempts: RateLimiter,
        capacity: Capacity,
        limits: Limits,
        clock: Callable[[], datetime],
    ):
        self._engine = engine
        self._attempts = attempts
        self._capacity = capacity
        self._limits = limits
        self._clock = clock
        _nobodys_hash()

    def hashed(self, reference: Reference) -> str:
        """Return the Argon2id hash of a reference's secret, for storing. Raises Overloaded."""
        with self._capacity.slot(self._limits.capacity.wait_seconds, _ARGON2_KIB):
            return hash_secret(reference)

    def find(self, reference: Reference, source: RequestSource) -> AuthenticatedRequest | None:
        """Return the request with this reference, or None.

        Unknown, wrong and erased references take the same work (DESIGN.md, promise 3).
        Raises RateLimited, Overloaded.
        """
        with rate_limited(
            self._attempts, self._limits_of(reference.selector, source), self._clock()
        ) as reservation:
            found, secret_hash = self._selected(reference)
            if self._is_right(reference, secret_hash) and found is not None:
                self._attempts.give_back(reservation)
                return found
            return None

    def _limits_of(self, selector: str, source: RequestSource) -> list[RateLimit]:
        """Return what a wrong secret counts under, whether the selector is anybody's or not."""
        wrong = self._limits.wrong_references
        limits = [
            source_limit("reference source", source, wrong),
            RateLimit("reference", selector, wrong.per_reference_from, drawn_to=wrong.per_reference_to),
        ]
        if source.kind in (SourceKind.ADDRESS, SourceKind.CALLER):
            # Strangers share the other sources: five tries of theirs would keep a person out.
            name = f"{selector}|{source.kind.value}|{source.name}"
            limits.append(RateLimit("reference and source", name, wrong.per_reference_and_source))
        return limits

    def _selected(self, reference: Reference) -> tuple[AuthenticatedRequest | None, str]:
        """Return the request that has the selector and its hash, or None and a hash that matches nothing."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(
                    HelpRequestRow.id,
                    HelpRequestRow.submission,
                    HelpRequestRow.secret_hash,
                    _WHOLE.id.label("whole"),
                    _WHOLE.state,
                    _WHOLE.tried_on,
                )
                .join(_WHOLE, _WHOLE.id == func.coalesce(HelpRequestRow.merged_into, HelpRequestRow.id))
                .where(HelpRequestRow.selector == reference.selector)
            ).one_or_none()
        if row is None:
            return None, _nobodys_hash()
        status = request_status(row.state, row.tried_on)
        return AuthenticatedRequest(row.id, row.submission, status, row.whole), row.secret_hash

    def _is_right(self, reference: Reference, secret_hash: str) -> bool:
        with self._capacity.slot(self._limits.capacity.wait_seconds, _ARGON2_KIB):
            try:
                return _HASHER.verify(secret_hash, reference.secret)
            except VerifyMismatchError:
                return False


@cache
def _nobodys_hash() -> str:
    """Return a hash that no reference matches, made once in a process."""
    return _HASHER.hash("")
