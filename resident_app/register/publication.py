"""Publish an edition, roll back, and find the live edition and its envelopes in the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, select, update

from resident_app.database import reading, writing
from resident_app.register.edition import EDITION_ID_BYTES, Argon2Parameters, Edition
from resident_app.register.edition_tables import EditionRow, EnvelopeRow, PublicationRow
from resident_app.register.register_key import RegisterKey
from resident_app.register.sealed_file import SealedFile, read_sealed_file

# A transaction of this many rows takes a few hundredths of a second, so a help request or a call
# that waits to write to a SQLite database is hardly delayed.
_ROWS_AT_ONCE = 2_000

_LIVE_NUMBER = (
    select(PublicationRow.edition)
    .where(PublicationRow.rolled_back_at.is_(None))
    .order_by(PublicationRow.id.desc())
    .limit(1)
)


class NothingPublished(Exception):
    """No edition is live, so no check can be answered."""


class NothingEarlier(Exception):
    """There is no earlier edition to roll back to."""


@dataclass(frozen=True)
class LiveEdition:
    """The edition that answers now. A check finishes on the one with which it began."""

    number: int
    edition: Edition


@dataclass(frozen=True)
class PublishProgress:
    """How many envelopes are loaded, of how many. `edition` is set when it is live."""

    loaded: int
    total: int
    edition: Edition | None = None


class EditionStore:
    """Reads editions from the database. They never change, so each is read once and cached."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._cache: dict[int, LiveEdition] = {}

    def live(self) -> LiveEdition:
        """Return the live edition. Raises NothingPublished."""
        with reading(self._engine) as connection:
            number = connection.execute(_LIVE_NUMBER).scalar_one_or_none()
            if number is None:
                raise NothingPublished
            return self._load_edition(connection, number)

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
            return [self._load_edition(connection, number).edition for number in found]

    def _load_edition(self, connection: Connection, number: int) -> LiveEdition:
        if number not in self._cache:
            self._cache[number] = _read_edition(connection, number)
        return self._cache[number]


def live_edition(engine: Engine) -> LiveEdition:
    """Return the live edition, without a cache. Raises NothingPublished."""
    return EditionStore(engine).live()


def _read_edition(connection: Connection, number: int) -> LiveEdition:
    row = connection.execute(select(EditionRow.__table__).where(EditionRow.number == number)).one()
    return LiveEdition(
        row.number,
        Edition(
            id=row.id,
            period_from=row.period_from,
            period_to=row.period_to,
            systems=tuple(row.systems),
            argon2=Argon2Parameters(row.argon2_memory_kib, row.argon2_passes),
            envelopes=row.envelopes,
            sealed_on=row.sealed_on,
            dictionary=row.dictionary,
        ),
    )


def find_envelope(engine: Engine, live: LiveEdition, label: bytes) -> bytes | None:
    """Return the envelope (272 bytes) with this label, or None."""
    with reading(engine) as connection:
        sealed: bytes | None = connection.execute(
            select(EnvelopeRow.sealed).where(EnvelopeRow.edition == live.number, EnvelopeRow.label == label)
        ).scalar_one_or_none()
    return sealed


def publish(engine: Engine, path: Path, key: RegisterKey, now: datetime) -> Iterator[PublishProgress]:
    """Load a sealed file in small transactions, then switch to it in one transaction.

    Yields its progress. After an interruption, call it again to continue. Raises NotASealedFile and
    OSError; the live edition is then unchanged.
    """
    with read_sealed_file(path, key) as file:
        number, already = _begin_load(engine, file.edition)
        for loaded in _load(engine, file, number, already):
            yield PublishProgress(loaded, file.edition.envelopes)
        with writing(engine, durable=True) as connection:
            connection.execute(update(EditionRow).where(EditionRow.number == number).values(loaded=True))
            if connection.execute(_LIVE_NUMBER).scalar_one_or_none() != number:
                connection.execute(insert(PublicationRow).values(edition=number, published_at=now))
        yield PublishProgress(file.edition.envelopes, file.edition.envelopes, file.edition)


def roll_back(engine: Engine, now: datetime) -> None:
    """Switch to the edition before the live one. Raises NothingEarlier."""
    with writing(engine, durable=True) as connection:
        newest = connection.execute(
            select(PublicationRow.id)
            .where(PublicationRow.rolled_back_at.is_(None))
            .order_by(PublicationRow.id.desc())
            .limit(2)
            .with_for_update()
        ).all()
        if len(newest) < 2:
            raise NothingEarlier
        connection.execute(
            update(PublicationRow).where(PublicationRow.id == newest[0].id).values(rolled_back_at=now)
        )


def count_envelopes(engine: Engine, live: LiveEdition) -> int:
    """Return how many envelopes of the live edition are in the database."""
    with reading(engine) as connection:
        return connection.execute(
            select(func.count()).select_from(EnvelopeRow).where(EnvelopeRow.edition == live.number)
        ).scalar_one()


def _begin_load(engine: Engine, edition: Edition) -> tuple[int, int]:
    """Return the edition's number, and how many envelopes an earlier attempt loaded."""
    with writing(engine, durable=True) as connection:
        known = connection.execute(
            select(EditionRow.number).where(EditionRow.id == edition.id)
        ).scalar_one_or_none()
        if known is not None:
            count = select(func.count()).select_from(EnvelopeRow).where(EnvelopeRow.edition == known)
            return known, connection.execute(count).scalar_one()
        number = connection.execute(
            insert(EditionRow)
            .values(
                id=edition.id,
                period_from=edition.period_from,
                period_to=edition.period_to,
                systems=list(edition.systems),
                argon2_memory_kib=edition.argon2.memory_kib,
                argon2_passes=edition.argon2.passes,
                envelopes=edition.envelopes,
                sealed_on=edition.sealed_on,
                dictionary=edition.dictionary,
                loaded=False,
            )
            .returning(EditionRow.number)
        ).scalar_one()
        return number, 0


def _load(engine: Engine, file: SealedFile, number: int, already: int) -> Iterator[int]:
    """Insert the other envelopes. They are sorted, so the first `already` are stored."""
    rows = islice(file.envelopes(), already, None)
    loaded = already
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        with writing(engine) as connection:
            _insert(connection, number, batch)
        loaded += len(batch)
        yield loaded


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
