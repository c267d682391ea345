"""Publish an edition, roll back, and find the live edition and its envelopes in the database.

Publishing and rolling back each write a signed pointer: (sequence, action, edition, time), under a
publisher's key that no server process holds. So somebody who can write to the database can neither choose an
edition nor bring an old one back to a process that has seen a newer one.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, insert, select, update

from resident_app.database import reading, writing
from resident_app.register.edition import EDITION_ID_BYTES, Edition
from resident_app.register.edition_tables import EditionRow, EnvelopeRow, PublicationRow
from resident_app.register.sealed_file import SealedFile, read_header, read_sealed_file
from resident_app.register.signatures import BadSignature, SigningKey, VerifyKeys

# A transaction of this many rows takes a few hundredths of a second, so a help request or a call
# that waits to write to a SQLite database is hardly delayed.
_ROWS_AT_ONCE = 2_000

_POINTERS = (
    select(
        PublicationRow.sequence,
        PublicationRow.edition,
        PublicationRow.action,
        PublicationRow.published_at,
        PublicationRow.signature,
        EditionRow.id,
    )
    .join(EditionRow, EditionRow.number == PublicationRow.edition)
    .order_by(PublicationRow.sequence.desc())
)
# Built once: each check runs these two, and building them takes longer than running them.
_NEWEST_POINTER = _POINTERS.limit(1)
_ENVELOPE = select(EnvelopeRow.sealed).where(
    EnvelopeRow.edition == bindparam("the_edition"), EnvelopeRow.label == bindparam("the_label")
)


class NothingPublished(Exception):
    """No edition is live, so no check can be answered."""


class NothingEarlier(Exception):
    """There is no earlier edition to roll back to."""


class KeyMissing(Exception):
    """The evaluator does not hold the key under which the edition was sealed."""


@dataclass(frozen=True)
class LiveEdition:
    """The edition that answers now. A check finishes on the one with which it began."""

    number: int
    edition: Edition
    sequence: int
    header: bytes
    signature: bytes


@dataclass(frozen=True)
class PublishProgress:
    """How many envelopes are loaded, of how many. `edition` is set when it is live."""

    loaded: int
    total: int
    edition: Edition | None = None


class EditionStore:
    """Reads editions from the database. They never change, so each is read once and cached."""

    def __init__(self, engine: Engine, keys: VerifyKeys):
        self._engine = engine
        self._keys = keys
        self._cache: dict[int, tuple[Edition, bytes, bytes]] = {}
        self._verified: set[tuple[bytes, bytes]] = set()

    def live(self) -> LiveEdition:
        """Return the live edition. Raises NothingPublished.

        Raises BadSignature if its pointer is not the publisher's, or points to another edition.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_NEWEST_POINTER).one_or_none()
            if row is None:
                raise NothingPublished
            message = _message(row.sequence, row.action, row.id, row.published_at)
            if (message, row.signature) not in self._verified:
                self._keys.verify("publisher", row.signature, message)
                self._verified.add((message, row.signature))
            edition, header, signature = self._load_edition(connection, row.edition)
            if edition.id != row.id:
                raise BadSignature
            return LiveEdition(row.edition, edition, row.sequence, header, signature)

    def with_id_prefix(self, prefix: bytes) -> list[Edition]:
        """Return the editions, live or not, whose id begins with `prefix`: rarely more than one."""
        numbers = select(EditionRow.number).where(
            EditionRow.loaded,
            EditionRow.id.between(
                prefix.ljust(EDITION_ID_BYTES, b"\x00"), prefix.ljust(EDITION_ID_BYTES, b"\xff")
            ),
        )
        with reading(self._engine) as connection:
            found = connection.execute(numbers).scalars().all()
            return [self._load_edition(connection, number)[0] for number in found]

    def forget(self, number: int) -> None:
        """Read an edition from the database again, because what was read was damaged."""
        self._cache.pop(number, None)

    def _load_edition(self, connection: Connection, number: int) -> tuple[Edition, bytes, bytes]:
        if number not in self._cache:
            row = connection.execute(
                select(EditionRow.header, EditionRow.signature).where(EditionRow.number == number)
            ).one()
            self._cache[number] = (read_header(row.header), row.header, row.signature)
        return self._cache[number]


def live_edition(engine: Engine, keys: VerifyKeys) -> LiveEdition:
    """Return the live edition, without a cache. Raises NothingPublished, BadSignature."""
    return EditionStore(engine, keys).live()


def has_publication(engine: Engine) -> bool:
    """Return whether any edition was published, without verifying it."""
    with reading(engine) as connection:
        return connection.execute(_NEWEST_POINTER).one_or_none() is not None


def find_envelope(engine: Engine, live: LiveEdition, label: bytes) -> bytes | None:
    """Return the envelope (272 bytes) with this label, or None."""
    with reading(engine) as connection:
        found = connection.execute(_ENVELOPE, {"the_edition": live.number, "the_label": label})
        sealed: bytes | None = found.scalar_one_or_none()
    return sealed


def stored_rows(engine: Engine, live: LiveEdition) -> Iterator[bytes]:
    """Yield every label and envelope of an edition, 288 bytes each, sorted by label."""
    chosen = (
        select(EnvelopeRow.label, EnvelopeRow.sealed)
        .where(EnvelopeRow.edition == live.number)
        .order_by(EnvelopeRow.label)
    )
    with reading(engine) as connection:
        for label, sealed in connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(chosen):
            yield label + sealed


def publish(
    engine: Engine,
    path: Path,
    keys: VerifyKeys,
    publisher: SigningKey,
    evaluator_keys: Sequence[str] | None,
    now: datetime,
) -> Iterator[PublishProgress]:
    """Load a sealed file in small transactions, then switch to it in one transaction.

    Yields its progress. After an interruption, call it again to continue; what was altered or deleted in the
    database is restored. `evaluator_keys` are the ids of the evaluator's keys. Raises KeyMissing if the
    edition's is not among them (None: not asked), NotASealedFile and OSError; the live edition is then
    unchanged.
    """
    with read_sealed_file(path, keys) as file:
        if evaluator_keys is not None and file.edition.key_id not in evaluator_keys:
            raise KeyMissing(file.edition.key_id)
        number = _begin_load(engine, file)
        for loaded in _load(engine, file, number):
            yield PublishProgress(loaded, file.edition.envelopes)
        with writing(engine, durable=True) as connection:
            connection.execute(update(EditionRow).where(EditionRow.number == number).values(loaded=True))
            newest = _newest(connection)
            if newest is None or newest.edition != number:
                _point(connection, publisher, number, file.edition.id, "publish", now)
        yield PublishProgress(file.edition.envelopes, file.edition.envelopes, file.edition)


def roll_back(engine: Engine, publisher: SigningKey, now: datetime) -> None:
    """Switch to the edition before the live one. Raises NothingEarlier."""
    with writing(engine, durable=True) as connection:
        history: list[tuple[int, bytes]] = []
        for row in reversed(connection.execute(_POINTERS).all()):
            if row.action == "rollback":
                history.pop()
            else:
                history.append((row.edition, row.id))
        if len(history) < 2:
            raise NothingEarlier
        number, edition_id = history[-2]
        _point(connection, publisher, number, edition_id, "rollback", now)


def count_envelopes(engine: Engine, live: LiveEdition) -> int:
    """Return how many envelopes of the live edition are in the database."""
    with reading(engine) as connection:
        return connection.execute(
            select(func.count()).select_from(EnvelopeRow).where(EnvelopeRow.edition == live.number)
        ).scalar_one()


def _newest(connection: Connection) -> Row[int, int, str, datetime, bytes, bytes] | None:
    return connection.execute(_NEWEST_POINTER).one_or_none()


def _point(
    connection: Connection, publisher: SigningKey, number: int, edition_id: bytes, action: str, now: datetime
) -> None:
    """Write the pointer with the next sequence."""
    newest = _newest(connection)
    sequence = newest.sequence + 1 if newest is not None else 1
    signature = publisher.sign(_message(sequence, action, edition_id, now))
    connection.execute(
        insert(PublicationRow).values(
            sequence=sequence, edition=number, action=action, published_at=now, signature=signature
        )
    )


def _message(sequence: int, action: str, edition_id: bytes, at: datetime) -> bytes:
    """Return what the publisher signs."""
    return json.dumps([sequence, action, edition_id.hex(), at.astimezone(UTC).isoformat()]).encode()


def _begin_load(engine: Engine, file: SealedFile) -> int:
    """Return the edition's number. Its header and signature are those of the file."""
    signed = {"header": file.header, "signature": file.signature}
    with writing(engine, durable=True) as connection:
        known = connection.execute(
            select(EditionRow.number).where(EditionRow.id == file.edition.id)
        ).scalar_one_or_none()
        if known is not None:
            connection.execute(update(EditionRow).where(EditionRow.number == known).values(**signed))
            return known
        return connection.execute(
            insert(EditionRow).values(id=file.edition.id, loaded=False, **signed).returning(EditionRow.number)
        ).scalar_one()


def _load(engine: Engine, file: SealedFile, number: int) -> Iterator[int]:
    """Bring the stored envelopes in line with the file's, in ranges of labels. Yields how many are done."""
    rows = file.envelopes()
    loaded, after = 0, b""
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        loaded += len(batch)
        is_last = loaded == file.edition.envelopes
        with writing(engine) as connection:
            _replace(connection, number, batch, after, None if is_last else batch[-1][0])
        after = batch[-1][0]
        yield loaded


def _replace(
    connection: Connection, number: int, batch: list[tuple[bytes, bytes]], after: bytes, last: bytes | None
) -> None:
    """Store `batch` as all the rows after `after` (empty: from the first) to `last` (None: to the end)."""
    within = [EnvelopeRow.edition == number]
    if after:
        within.append(EnvelopeRow.label > after)
    if last is not None:
        within.append(EnvelopeRow.label <= last)
    stored = connection.execute(
        select(EnvelopeRow.label, EnvelopeRow.sealed).where(*within).order_by(EnvelopeRow.label)
    ).all()
    if [tuple(row) for row in stored] == batch:
        return
    if stored:
        connection.execute(delete(EnvelopeRow).where(*within))
    _insert(connection, number, batch)


def _insert(connection: Connection, number: int, batch: list[tuple[bytes, bytes]]) -> None:
    """Insert through the driver: SQLAlchemy Core is several times slower here."""
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        with cursor.copy("COPY envelope (edition, label, sealed) FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "bytea", "bytea"])
            for label, sealed in batch:
                copy.write_row((number, label, sealed))
        return
    connection.exec_driver_sql(
        "INSERT INTO envelope (edition, label, sealed) VALUES (?, ?, ?)",
        [(number, label, sealed) for label, sealed in batch],
    )
