"""The public side of help requests: leave one, ask how it stands, add to it, erase it. It reads none."""

import hmac
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from hashlib import sha256

from sqlalchemy import Connection, Engine, select

from resident_app.configuration.limits import Limits
from resident_app.database import insert_if_new, reading, writing
from resident_app.intake.erasure import erase_group
from resident_app.intake.help_request import HelpRequest, seal_note, seal_request
from resident_app.intake.office_public_key import PublicKeyFile
from resident_app.intake.reference import Reference, derived_reference
from resident_app.intake.reference_authentication import AuthenticatedRequest, ReferenceAuthenticator
from resident_app.intake.request_state import RequestStatus, reopen
from resident_app.intake.request_tables import HelpRequestRow, NoteRow, RequestState
from resident_app.security.capacity import Capacity
from resident_app.security.daily_key import DailyKey
from resident_app.security.rate_limits import RateLimit, RateLimiter, rate_limited
from resident_app.security.request_source import RequestSource

# A reference's selector may be taken; with half of all selectors in use this never runs out.
_MOST_ATTEMPTS = 64


class Erasing(Enum):
    """What came of a sender's wish to erase a request."""

    ERASED = "erased"
    KEPT = "kept"
    """It is under legal hold."""
    UNKNOWN = "unknown"


class Erased(Exception):
    """The request was left once and then erased by its sender: this is its form, sent again."""


class HelpDesk:
    """Takes help requests, and does what the holder of a reference asks for."""

    def __init__(
        self,
        engine: Engine,
        office_key: PublicKeyFile,
        attempts: RateLimiter,
        daily_key: DailyKey,
        capacity: Capacity,
        limits: Limits,
        clock: Callable[[], datetime],
    ):
        self._engine = engine
        self._office_key = office_key
        self._attempts = attempts
        self._daily_key = daily_key
        self._limits = limits
        self._clock = clock
        self._ownership = ReferenceAuthenticator(engine, attempts, capacity, limits, clock)

    def leave(self, request: HelpRequest, token: str, source: RequestSource) -> Reference:
        """Store a request and return its reference; it is on the disk when this returns.

        `token` is what the blank form carried: the same request with the same token is one
        request, however often it is sent, and an erased one does not come back. Without a
        token, the same words on the same day are. Raises TooMany, Busy, Erased (nothing was stored).
        """
        seed = self._seed("help", request.canonical(), token)
        submission = hmac.digest(seed, b"submission", sha256)[:16]
        stored = self._stored(seed, submission)
        if stored is not None:
            return stored
        most = source.limit(self._limits.help_requests)
        limits = [RateLimit(f"help source {source.kind}", source.name, most)]
        with rate_limited(self._attempts, limits, self._clock()) as reservation:
            for attempt in range(_MOST_ATTEMPTS):
                reference = derived_reference(seed, attempt)
                if self._store(request, reference, submission, attempt):
                    return reference
                stored = self._stored(seed, submission)
                if stored is not None:
                    self._attempts.give_back(reservation)
                    return stored
            raise RuntimeError("no free reference")

    def request_status(self, reference: Reference, source: RequestSource) -> RequestStatus | None:
        """How a request stands, or None if no request has this reference. Raises TooMany, Busy."""
        own = self._ownership.find(reference, source)
        return own.stands if own else None

    def add(self, reference: Reference, words: str, token: str, source: RequestSource) -> bool:
        """Add a note, sealed to the office, to the request with this reference; False if there is none.

        The note is on the disk when this returns. As with `leave`, a second sending is the same
        note. A closed request waits for the office again. Raises TooMany, Busy.
        """
        own = self._ownership.find(reference, source)
        if own is None:
            return False
        seed = self._seed("note", own.submission + words.encode(), token)
        submission = hmac.digest(seed, b"submission", sha256)[:16]
        if self._has_note(submission):
            return True
        notes = self._limits.notes
        limits = [
            RateLimit("note", own.submission.hex(), notes.per_request),
            RateLimit(f"note source {source.kind}", source.name, source.limit(notes)),
        ]
        with rate_limited(self._attempts, limits, self._clock()):
            return self._append(own, words, submission)

    def erase(self, reference: Reference, source: RequestSource) -> Erasing:
        """Erase the request with this reference, what it repeats or repeats it, and all that belongs to it.

        What stays is that some request was erased, and the mark by which its own form, sent
        again, is known. Its reference is unknown from now on. Under legal hold it is kept until the
        hold ends, and nobody contacts its sender. Raises TooMany, Busy.
        """
        own = self._ownership.find(reference, source)
        if own is None:
            return Erasing.UNKNOWN
        with writing(self._engine, durable=True) as connection:
            if not _is_there(connection, own.id):
                return Erasing.UNKNOWN
            erased = erase_group(connection, own.id, self._clock())
        return Erasing.ERASED if erased else Erasing.KEPT

    def _seed(self, purpose: str, contents: bytes, token: str) -> bytes:
        if token:
            return hmac.digest(token.encode(), contents, sha256)
        with writing(self._engine) as connection:
            name = f"{purpose} {sha256(contents).hexdigest()}"
            return self._daily_key.under_each_salt(connection, self._clock(), name)[0]

    def _stored(self, seed: bytes, submission: bytes) -> Reference | None:
        """The reference that the submission was given. Raises Erased."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(HelpRequestRow.reference_attempt, HelpRequestRow.state).where(
                    HelpRequestRow.submission == submission
                )
            ).one_or_none()
        if row is None:
            return None
        if row.state == RequestState.ERASED:
            raise Erased
        return derived_reference(seed, row.reference_attempt)

    def _store(self, request: HelpRequest, reference: Reference, submission: bytes, attempt: int) -> bool:
        """False if the submission or the reference's selector is there already. Raises Busy."""
        now = self._clock()
        box = seal_request(request, str(reference), self._office_key.current(), submission)
        row = {
            "submission": submission,
            "selector": reference.selector,
            "secret_hash": self._ownership.hashed(reference),
            "reference_attempt": attempt,
            "origin": request.origin,
            "spoken_language": request.spoken,
            "written_language": request.written,
            "topic": request.topic,
            "channel": request.reach_by,
            "state": RequestState.RECEIVED,
            "received_at": now,
            "last_contact_at": now,
            "sealed": box.sealed,
            "sealed_to": box.sealed_to,
        }
        with writing(self._engine, durable=True) as connection:
            return insert_if_new(connection, HelpRequestRow, **row)

    def _has_note(self, submission: bytes) -> bool:
        with reading(self._engine) as connection:
            found = select(NoteRow.id).where(NoteRow.submission == submission)
            return connection.execute(found).one_or_none() is not None

    def _append(self, own: AuthenticatedRequest, words: str, submission: bytes) -> bool:
        """False if the request was erased meanwhile."""
        box = seal_note(words, self._office_key.current(), own.submission, submission)
        row = {
            "request_id": own.id,
            "submission": submission,
            "received_at": self._clock(),
            "sealed": box.sealed,
            "sealed_to": box.sealed_to,
        }
        with writing(self._engine, durable=True) as connection:
            if not _is_there(connection, own.id):
                return False
            if insert_if_new(connection, NoteRow, **row):
                reopen(connection, own.whole)
        return True


def _is_there(connection: Connection, number: int) -> bool:
    """Whether the request is not erased; until the transaction ends nobody else erases it or adds to it."""
    found = connection.execute(
        select(HelpRequestRow.state).where(HelpRequestRow.id == number).with_for_update()
    ).scalar_one_or_none()
    return found not in (None, RequestState.ERASED)
