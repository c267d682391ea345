"""The public side of help requests: leave one, ask for its status, add to it, erase it."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256

from sqlalchemy import Connection, Engine, select

from resident_app.configuration.codes import SILENT_CALLER
from resident_app.configuration.limits import Limits
from resident_app.contact_points import Channel
from resident_app.database import insert_if_new, reading, writing
from resident_app.intake.erasure import erase_request
from resident_app.intake.help_request import ContactDetails, HelpRequest, seal_note
from resident_app.intake.number_languages import NumberLanguages
from resident_app.intake.office_public_key import PublicKeyFile
from resident_app.intake.reference import CURRENT, Reference
from resident_app.intake.reference_authentication import AuthenticatedRequest, ReferenceAuthenticator
from resident_app.intake.request_state import RequestStatus, note_words
from resident_app.intake.request_storage import (
    NoReferenceLeft,
    free_references,
    insert_request,
    stored_reference,
    submission_of,
)
from resident_app.intake.request_tables import HelpRequestRow, NoteRow, RequestState
from resident_app.security import event_log
from resident_app.security.capacity import Capacity
from resident_app.security.rate_limits import (
    RateLimit,
    RateLimited,
    RateLimiter,
    Reservation,
    rate_limited,
    source_limit,
)
from resident_app.security.request_source import RequestSource

_OF_ALL = "help of all"


class Erasing(Enum):
    """The result of erasing a request."""

    ERASED = "erased"
    KEPT = "kept"
    """It is under legal hold."""
    UNKNOWN = "unknown"


class Flooded(RateLimited):
    """All sources together left as many requests in an hour as the office takes."""


class HelpDesk:
    """Takes help requests, and does what the holder of a reference asks for.

    `selectors` is how many requests can have a reference at the same time.
    """

    def __init__(
        self,
        engine: Engine,
        office_key: PublicKeyFile,
        attempts: RateLimiter,
        capacity: Capacity,
        limits: Limits,
        clock: Callable[[], datetime],
        selectors: int = CURRENT.selectors,
        number_languages: NumberLanguages | None = None,
    ):
        self._engine = engine
        self._number_languages = number_languages
        self._selectors = selectors
        self._office_key = office_key
        self._attempts = attempts
        self._limits = limits
        self._clock = clock
        self._ownership = ReferenceAuthenticator(engine, attempts, capacity, limits, clock)

    def leave(self, request: HelpRequest, token: str, source: RequestSource) -> Reference:
        """Store a request durably and return its reference.

        `token` is what the blank form carried: the same request with the same token is one
        request, however often it is sent, and an erased one does not come back. Without a
        token, the same words on the same day are.
        Raises RateLimited, Flooded, NoReferenceLeft, Overloaded and Erased, and then stores nothing.
        """
        seed = self._seed("help", request.canonical(), token)
        submission = submission_of(seed)
        stored = self._stored(seed, submission)
        if stored is not None:
            return stored
        limits = [
            source_limit("help source", source, self._limits.help_requests, refuses_callers=False),
            # By origin: a flood of the site leaves the phone line open.
            RateLimit(_OF_ALL, request.origin, self._limits.help_requests.per_hour, timedelta(hours=1)),
        ]
        if request.topic == SILENT_CALLER:
            most = self._limits.help_requests.silent_per_number
            limits.append(RateLimit("help silent", request.phone, most))
        try:
            with rate_limited(self._attempts, limits, self._clock()) as reservation:
                return self._leave(request, seed, submission, reservation)
        except RateLimited as refused:
            if refused.purpose != _OF_ALL:
                raise
            event_log.help_requests_refused(f"all-of-{request.origin}")
            raise Flooded(_OF_ALL) from None

    def _leave(
        self, request: HelpRequest, seed: bytes, submission: bytes, reservation: Reservation
    ) -> Reference:
        """Store a new request. Raises NoReferenceLeft, Overloaded and Erased."""
        secret_hash = ""
        for attempt, reference in free_references(self._engine, seed, self._selectors):
            # After a free selector is found, and once: it takes 19 MiB and two passes.
            secret_hash = secret_hash or self._ownership.hashed(reference)
            if self._store(request, reference, secret_hash, submission, attempt):
                self._remember_language(request)
                return reference
            stored = self._stored(seed, submission)
            if stored is not None:
                self._attempts.give_back(reservation)
                return stored
        event_log.help_requests_refused("no-reference-left")
        raise NoReferenceLeft

    def _remember_language(self, request: HelpRequest) -> None:
        """A person who asks for text messages is answered in their language when they write STOP or HELP."""
        if self._number_languages is not None and request.reach_by == Channel.TEXT:
            self._number_languages.remember(request.phone, request.written, self._clock())

    def request_status(self, reference: Reference, source: RequestSource) -> RequestStatus | None:
        """Return a request's status, or None if the reference is wrong. Raises RateLimited, Overloaded."""
        own = self._ownership.find(reference, source)
        return own.status if own else None

    def add(
        self,
        reference: Reference,
        words: str,
        token: str,
        source: RequestSource,
        contact: ContactDetails | None = None,
    ) -> bool:
        """Add a sealed note to the request with this reference. Returns False if the reference is wrong.

        The note is on the disk when this returns. As with `leave`, a second sending is the same
        note. The request comes first in the office's queue, and a closed one is open again.
        Raises RateLimited, Overloaded.
        """
        own = self._ownership.find(reference, source)
        if own is None:
            return False
        seed = self._seed("note", own.submission + words.encode(), token)
        submission = submission_of(seed)
        if self._has_note(submission):
            return True
        notes = self._limits.notes
        limits = [
            RateLimit("note", own.submission.hex(), notes.per_request),
            source_limit("note source", source, notes),
        ]
        with rate_limited(self._attempts, limits, self._clock()):
            return self._append(own, words, submission, contact)

    def change_contact(
        self, reference: Reference, contact: ContactDetails, token: str, source: RequestSource
    ) -> bool:
        """Leave other contact details for a request, sealed in a note. The office puts them in place.

        Returns False if the reference is wrong. Raises RateLimited, Overloaded.
        """
        return self.add(reference, f"Now: {contact.in_words}", token, source, contact)

    def erase(self, reference: Reference, source: RequestSource) -> Erasing:
        """Erase the request with this reference and everything that belongs to it, and no other.

        What stays is that some request was erased, and the mark by which its own form, sent
        again, is known. Its reference is unknown from now on. Under legal hold it is kept until the
        hold ends, and nobody contacts its sender. Raises RateLimited, Overloaded.
        """
        own = self._ownership.find(reference, source)
        if own is None:
            return Erasing.UNKNOWN
        with writing(self._engine, durable=True) as connection:
            if not _is_there(connection, own.id):
                return Erasing.UNKNOWN
            erased = erase_request(connection, own.id, self._clock())
        return Erasing.ERASED if erased else Erasing.KEPT

    def _seed(self, purpose: str, contents: bytes, token: str) -> bytes:
        if token:
            return hmac.digest(token.encode(), contents, sha256)
        return self._attempts.digest_today(f"{purpose} {sha256(contents).hexdigest()}", self._clock())

    def _stored(self, seed: bytes, submission: bytes) -> Reference | None:
        """Return the reference that this submission got, or None if it is new. Raises Erased."""
        return stored_reference(self._engine, seed, submission, self._selectors)

    def _store(
        self, request: HelpRequest, reference: Reference, secret_hash: str, submission: bytes, attempt: int
    ) -> bool:
        """Return False if the submission or the reference's selector is there already."""
        now = self._clock()
        with writing(self._engine, durable=True) as connection:
            return insert_request(
                connection,
                self._office_key.current(),
                request,
                reference,
                secret_hash=secret_hash,
                submission=submission,
                attempt=attempt,
                received_at=now,
                last_contact_at=now,
            )

    def _has_note(self, submission: bytes) -> bool:
        with reading(self._engine) as connection:
            found = select(NoteRow.id).where(NoteRow.submission == submission)
            return connection.execute(found).one_or_none() is not None

    def _append(
        self, own: AuthenticatedRequest, words: str, submission: bytes, contact: ContactDetails | None
    ) -> bool:
        """Store the note. Returns False if the request was erased meanwhile."""
        ciphertext = seal_note(words, self._office_key.current(), own.submission, submission, contact)
        now = self._clock()
        row = {
            "request_id": own.id,
            "submission": submission,
            "received_at": now,
            "sealed": ciphertext.sealed,
            "sealed_to": ciphertext.sealed_to,
        }
        with writing(self._engine, durable=True) as connection:
            if not _is_there(connection, own.id):
                return False
            if insert_if_new(connection, NoteRow, **row):
                note_words(connection, own.whole, now)
        return True


def _is_there(connection: Connection, number: int) -> bool:
    """Lock the request and return whether it still exists."""
    found = connection.execute(
        select(HelpRequestRow.state).where(HelpRequestRow.id == number).with_for_update()
    ).scalar_one_or_none()
    return found not in (None, RequestState.ERASED)
