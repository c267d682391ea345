"""Requests that staff take down for a person who came in or called, or from a paper form.

They are stored as the public side's are: sealed to the office, durably, under a reference that works on the
status page.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, Engine, insert, select

from resident_app.casework.cases.actions import Actor
from resident_app.casework.office_keys import OfficeKeys
from resident_app.configuration.limits import AttachmentLimits
from resident_app.database import writing
from resident_app.intake.aad import timeline_aad
from resident_app.intake.attachments import IncomingFile, KeptFiles, as_contents, choose_files, store_files
from resident_app.intake.help_request import HelpRequest, seal_json
from resident_app.intake.office_public_key import OfficePublicKey
from resident_app.intake.reference import Reference
from resident_app.intake.reference_authentication import hash_secret
from resident_app.intake.request_storage import (
    NoReferenceLeft,
    free_references,
    insert_request,
    stored_reference,
    submission_of,
)
from resident_app.intake.request_tables import SPOKE, EntryKind, HelpRequestRow, TimelineRow
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

_A_MOMENT = timedelta(seconds=1)
"""The queue tells that somebody was contacted by a time after the one at which the request came."""


class CameBy(StrEnum):
    """How a person reached the office."""

    WALK_IN = "walk-in"
    CALLER = "caller"
    PAPER = "paper"


@dataclass(frozen=True, repr=False)
class TakenDown:
    """A request as an officer took it down. `spoke`: with the person, so that this is the first contact."""

    request: HelpRequest
    came_by: CameBy
    received_at: datetime
    spoke: bool
    papers: Sequence[IncomingFile] = ()


class PapersRefused(Exception):
    """Papers that cannot be kept. `args` are a sentence about each; nothing was stored."""


@dataclass(frozen=True, repr=False)
class Stored:
    """The number of a request that was taken down, and the reference to give to the person."""

    number: int
    reference: Reference


def take_down(
    engine: Engine, keys: OfficeKeys, taken: TakenDown, actor: Actor, limits: AttachmentLimits
) -> Stored:
    """Store a request durably. The same form, sent again, is one request.

    Raises PapersRefused, NoReferenceLeft, and Erased if the sender has erased it since.
    """
    seed = hmac.digest(actor.form.encode(), taken.request.canonical(), sha256)
    submission, key = submission_of(seed), keys.newest.public
    stored = stored_reference(engine, seed, submission)
    if stored is not None:
        return Stored(_number_of(engine, submission), stored)
    secret_hash = ""
    for attempt, reference in free_references(engine, seed):
        secret_hash = secret_hash or hash_secret(reference)
        with writing(engine, durable=True) as connection:
            papers = choose_files(connection, submission, taken.papers, limits, actor.at)
            if papers.refused:
                raise PapersRefused(*papers.refused)
            is_new = insert_request(
                connection,
                key,
                taken.request,
                reference,
                secret_hash=secret_hash,
                submission=submission,
                attempt=attempt,
                received_at=taken.received_at,
                last_contact_at=_last_contact(taken, actor),
            )
            if is_new:
                number = _add_entry(connection, key, taken, submission, papers, actor)
                return Stored(number, reference)
        stored = stored_reference(engine, seed, submission)
        if stored is not None:
            return Stored(_number_of(engine, submission), stored)
    raise NoReferenceLeft


def _last_contact(taken: TakenDown, actor: Actor) -> datetime:
    if not taken.spoke:
        return taken.received_at
    return max(actor.at, taken.received_at + _A_MOMENT)


def _add_entry(
    connection: Connection,
    key: OfficePublicKey,
    taken: TakenDown,
    submission: bytes,
    papers: KeptFiles,
    actor: Actor,
) -> int:
    """Note who took the request down, with the papers, and return its number."""
    own = select(HelpRequestRow.id).where(HelpRequestRow.submission == submission)
    number: int = connection.execute(own).scalar_one()
    entry_key = sha256(submission + EntryKind.TAKEN_DOWN.encode()).digest()[:16]
    contents = {"words": "", "attachments": as_contents(papers.attachments)}
    ciphertext = seal_json(contents, key, timeline_aad(submission, entry_key))
    connection.execute(
        insert(TimelineRow).values(
            request_id=number,
            key=entry_key,
            kind=EntryKind.TAKEN_DOWN,
            at=max(actor.at, taken.received_at),
            actor_id=actor.id,
            code=taken.came_by,
            detail=SPOKE if taken.spoke else "",
            sealed=ciphertext.sealed,
            sealed_to=ciphertext.sealed_to,
        )
    )
    store_files(connection, key, papers, actor.at, request=number)
    audit_log.record(
        connection,
        Audited.REQUEST_CHANGED,
        actor_id=actor.id,
        at=actor.at,
        request=number,
        what=EntryKind.TAKEN_DOWN,
    )
    return number


def _number_of(engine: Engine, submission: bytes) -> int:
    with writing(engine) as connection:
        own = select(HelpRequestRow.id).where(HelpRequestRow.submission == submission)
        return int(connection.execute(own).scalar_one())
