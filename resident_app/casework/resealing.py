"""Open what is sealed to the office and seal it again: the only module that does both.

A request is sealed again when its contact details change or are removed, and everything when the office has a
new key. The ciphertext keeps the associated data of its row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, Engine, func, or_, select, update

from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opening import open_json, open_request
from resident_app.casework.sealed_columns import SEALED_COLUMNS, SealedColumn, SealedRow, count_sealed
from resident_app.database import reading, writing
from resident_app.intake.aad import timeline_aad
from resident_app.intake.help_request import HelpRequest, seal_json, seal_request
from resident_app.intake.office_public_key import Ciphertext
from resident_app.intake.request_tables import HelpRequestRow, TimelineRow

PAGE = 100
"""How many ciphertexts are read at once."""


def reseal_with_contact(row: HelpRequestRow, keys: OfficeKeys, contact: HelpRequest) -> Ciphertext:
    """Seal a request with the contact details of another one. Raises CannotOpen."""
    return _reseal_request(
        row,
        keys,
        reach_by=contact.reach_by,
        phone=contact.phone,
        email=contact.email,
        name=contact.name,
        best_time=contact.best_time,
        voicemail_ok=contact.voicemail_ok,
        contact_note=contact.contact_note,
        time_zone=contact.time_zone,
    )


def reseal_without_contact(row: HelpRequestRow, keys: OfficeKeys) -> Ciphertext:
    """Seal a request without name, phone, e-mail, their note, and best time. Raises CannotOpen."""
    return _reseal_request(
        row, keys, name="", phone="", email="", contact_note="", best_time="", time_zone=""
    )


def _reseal_request(row: HelpRequestRow, keys: OfficeKeys, **changes: str | bool) -> Ciphertext:
    opened = open_request(row.sealed, keys, row.submission)
    changed = replace(opened.request, **changes)  # type: ignore[arg-type]
    return seal_request(changed, opened.reference, keys.newest.public, row.submission)


def reseal_without_sender(entry: TimelineRow, request: bytes, keys: OfficeKeys) -> Ciphertext:
    """Seal a reply without the number or address that it came from. Raises CannotOpen.

    `request` is the submission of the request whose timeline the entry is in.
    """
    aad = timeline_aad(request, entry.key)
    contents = open_json(entry.sealed or b"", keys, aad)
    contents.pop("sender", None)
    return seal_json(contents, keys.newest.public, aad)


@dataclass(frozen=True)
class SealedCount:
    """How many ciphertexts of a table are sealed to one key. An empty `key` was not recorded."""

    name: str
    key: str
    number: int


def count_by_key(connection: Connection) -> list[SealedCount]:
    """Return how many ciphertexts of each table are sealed to each key."""
    return [SealedCount(*row) for row in connection.execute(count_sealed())]


def remaining(connection: Connection, keys: OfficeKeys) -> int:
    """Return how many ciphertexts may need a key of the office that is not the newest."""
    return sum(
        connection.execute(
            select(func.count())
            .select_from(sealed.table)
            .where(_is_old(sealed, keys), sealed.has_ciphertext())
        ).scalar_one()
        for sealed in SEALED_COLUMNS
    )


@dataclass(frozen=True)
class OlderKeyUse:
    """Why the older keys may still be needed."""

    needed: int
    """How many ciphertexts open with an older key only."""
    unopened: int
    """How many open with no key of the office."""


def older_key_use(engine: Engine, keys: OfficeKeys) -> OlderKeyUse:
    """Try to open every ciphertext that is not known to be sealed to the newest key."""
    opened = [
        _reseal(sealed, keys, row) is not None
        for sealed in SEALED_COLUMNS
        for rows in _pages(engine, sealed, keys, PAGE)
        for row in rows
    ]
    return OlderKeyUse(sum(opened), len(opened) - sum(opened))


def reseal_some(engine: Engine, keys: OfficeKeys, limit: int = 1000, page: int = PAGE) -> int:
    """Seal up to `limit` ciphertexts to the newest key. Returns how many remain; 0 means that it is done.

    Several workers may do this at once, and be killed: a ciphertext is replaced only if it is still the one
    that was read. One that no key of the office opens stays as it is, and does not count.
    """
    done = 0
    for sealed in SEALED_COLUMNS:
        for rows in _pages(engine, sealed, keys, page):
            done += _replace(engine, sealed, keys, rows[: limit - done])
            if done >= limit:
                with reading(engine) as connection:
                    return remaining(connection, keys)
    return 0


def _pages(
    engine: Engine, sealed: SealedColumn, keys: OfficeKeys, page: int
) -> Iterator[Sequence[SealedRow]]:
    """Yield every old ciphertext of a table once, in pages."""
    after = 0
    while True:
        with reading(engine) as connection:
            rows = sealed.rows(connection, _is_old(sealed, keys), after=after, limit=page)
        if not rows:
            return
        after = rows[-1].id
        yield rows


def _replace(engine: Engine, sealed: SealedColumn, keys: OfficeKeys, rows: Sequence[SealedRow]) -> int:
    """Return how many were replaced, without those that do not open or that somebody changed meanwhile."""
    resealed = [(row, new) for row in rows if (new := _reseal(sealed, keys, row)) is not None]
    if not resealed:
        return 0
    with writing(engine) as connection:
        return sum(
            connection.execute(
                update(sealed.table)
                .where(
                    sealed.table.id == row.id,
                    sealed.table.sealed_to == row.sealed_to,
                    sealed.table.sealed == row.sealed,
                )
                .values(sealed=new.sealed, sealed_to=new.sealed_to)
            ).rowcount
            for row, new in resealed
        )


def _reseal(sealed: SealedColumn, keys: OfficeKeys, row: SealedRow) -> Ciphertext | None:
    try:
        # The plaintext keeps its padding, so the new ciphertext has the old one's length.
        return keys.newest.public.seal(keys.open(row.sealed, row.aad), row.aad)
    except CannotOpen:
        return None


def _is_old(sealed: SealedColumn, keys: OfficeKeys) -> ColumnElement[bool]:
    """Sealed to an older key of the office, or to one that was not recorded."""
    sealed_to = sealed.table.sealed_to
    older = set(keys.ids) - {keys.newest.public.id}
    old: ColumnElement[bool] = or_(sealed_to.in_(older), sealed_to == "")
    return old
