"""Store a help request under a reference of its own, for the public side and for staff who take one down."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Engine, select

from resident_app.database import insert_if_new, reading
from resident_app.intake.help_request import HelpRequest, seal_request
from resident_app.intake.office_public_key import OfficePublicKey
from resident_app.intake.reference import (
    CURRENT,
    Reference,
    derived_reference,
    is_old_selector,
    old_reference,
)
from resident_app.intake.request_tables import HelpRequestRow, RequestState

# A selector may be in use already. With nine of ten in use, one of a thousand requests finds none.
_MOST_ATTEMPTS = 64


class Erased(Exception):
    """The sender erased this request. This is its form, submitted again."""


class NoReferenceLeft(Exception):
    """No reference is free."""


def submission_of(seed: bytes) -> bytes:
    """Return the 16 bytes that identify a submission. `seed` is the same when a form is sent again."""
    return hmac.digest(seed, b"submission", sha256)[:16]


def stored_reference(
    engine: Engine, seed: bytes, submission: bytes, selectors: int = CURRENT.selectors
) -> Reference | None:
    """Return the reference that this submission got, or None if it is new. Raises Erased."""
    with reading(engine) as connection:
        row = connection.execute(
            select(HelpRequestRow.reference_attempt, HelpRequestRow.selector, HelpRequestRow.state).where(
                HelpRequestRow.submission == submission
            )
        ).one_or_none()
    if row is None:
        return None
    if row.state == RequestState.ERASED:
        raise Erased
    if is_old_selector(row.selector or ""):
        return old_reference(seed, row.reference_attempt)
    return derived_reference(seed, row.reference_attempt, selectors)


def free_references(
    engine: Engine, seed: bytes, selectors: int = CURRENT.selectors
) -> Sequence[tuple[int, Reference]]:
    """Return the references of a seed whose selectors nobody has, each with its attempt."""
    drawn = [derived_reference(seed, attempt, selectors) for attempt in range(_MOST_ATTEMPTS)]
    wanted = {reference.selector for reference in drawn}
    with reading(engine) as connection:
        taken = set(
            connection.execute(
                select(HelpRequestRow.selector).where(HelpRequestRow.selector.in_(wanted))
            ).scalars()
        )
    return [
        (attempt, reference) for attempt, reference in enumerate(drawn) if reference.selector not in taken
    ]


def insert_request(
    connection: Connection,
    key: OfficePublicKey,
    request: HelpRequest,
    reference: Reference,
    *,
    secret_hash: str,
    submission: bytes,
    attempt: int,
    received_at: datetime,
    last_contact_at: datetime,
) -> bool:
    """Seal a request and insert it. Return False if the submission or the selector is there already."""
    ciphertext = seal_request(request, str(reference), key, submission)
    row = {
        "submission": submission,
        "selector": reference.selector,
        "secret_hash": secret_hash,
        "reference_attempt": attempt,
        "origin": request.origin,
        "spoken_language": request.spoken,
        "written_language": request.written,
        "topic": request.topic,
        "channel": request.reach_by or None,
        "state": RequestState.RECEIVED,
        "received_at": received_at,
        "last_contact_at": last_contact_at,
        "sealed": ciphertext.sealed,
        "sealed_to": ciphertext.sealed_to,
    }
    return insert_if_new(connection, HelpRequestRow, **row)
