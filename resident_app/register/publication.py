"""Editions in the database: which one is live, an envelope by its label, publish and roll back."""

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

# One transaction of this many rows takes a few hundredths of a second, so that a help
# request or a call that waits for the writer of a SQLite database is not held up.
_ROWS_AT_ONCE = 2_000


_LIVE_NUMBER = (
    select(PublicationRow.edition)
    .where(PublicationRow.rolled_back_at.is_(None))
    .order_by(PublicationRow.id.desc())
    .limit(1)
)


class NothingPublished(Exception):
    """No edition is live: no question can be answered."""


class NothingEarlier(Exception):
    """There is no earlier edition to go back to."""


@dataclass(frozen=True)
class LiveEdition:
    """The edition that answers now. Those who hold it finish on it."""

    number: int
    edition: Edition


@dataclass(frozen=True)
class Publishing:
    """How far a publication is. `edition` is set when it is live."""

    loaded: int
    of: int
    edition: Edition | None = None


class LiveEditions:
    """Tells which edition is live. Editions never change, so each is read once and kept."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._known: dict[int, LiveEdition] = {}

    def now(self) -> LiveEdition:
        """Raises NothingPublished."""
        with reading(self._engine) as connection:
            number = connection.execute(_LIVE_NUMBER).scalar_one_or_none()
            if number is None:
                raise NothingPublished
            return self._numbered(connection, number)

    def beginning_with(self, id_begins: bytes) -> list[Edition]:
        """The editions, live or not, whose id begins so: hardly ever more than one."""
        numbers = select(EditionRow.number).where(
            EditionRow.loaded,
            EditionRow.id.between(
                id_begins.ljust(EDITION_ID_BYTES, b"\x00"), id_begins.ljust(EDITION_ID_BYTES, b"\xff")
            ),
        )
        with reading(self._engine) as connection:
            found = connection.execute(numbers).scalars().all()
            return [self._numbered(connection, number).edition for number in found]

    def _numbered(self, connection: Connection, number: int) -> LiveEdition:
        if number not in self._known:
            self._known[number] = _edition(connection, number)
        return self._known[number]


def live_edition(engine: Engine) -> LiveEdition:
    """The live edition, for those who ask once. Raises NothingPublished."""
    return LiveEditions(engine).now()


def _edition(connection: Connection, number: int) -> LiveEdition:
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
    """The 272 bytes under a label, or None."""
    with reading(engine) as connection:
        sealed: bytes | None = connection.execute(
            select(EnvelopeRow.sealed).where(EnvelopeRow.edition == live.number, EnvelopeRow.label == label)
        ).scalar_one_or_none()
    return sealed


def publish(engine: Engine, path: Path, key: RegisterKey, now: datetime) -> Iterator[Publishing]:
    """Load a sealed file in small transactions, then switch to it in one.

    Yields how far it is. An interrupted load is continued by calling again. Raises what
    `read_sealed_file` raises; the live edition is then untouched.
    """
    with read_sealed_file(path, key) as file:
        number, already = _begin_load(engine, file.edition)
        for loaded in _load(engine, file, number, already):
            yield Publishing(loaded, file.edition.envelopes)
        with writing(engine, durable=True) as connection:
            connection.execute(update(EditionRow).where(EditionRow.number == number).values(loaded=True))
            if connection.execute(_LIVE_NUMBER).scalar_one_or_none() != number:
                connection.execute(insert(PublicationRow).values(edition=number, published_at=now))
        yield Publishing(file.edition.envelopes, file.edition.envelopes, file.edition)


def roll_back(engine: Engine, now: datetime) -> None:
    """Switch back to the edition before the live one. Raises NothingEarlier."""
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
    """How many envelopes of the live edition are really there."""
    with reading(engine) as connection:
        return connection.execute(
            select(func.count()).select_from(EnvelopeRow).where(EnvelopeRow.edition == live.number)
        ).scalar_one()


def _begin_load(engine: Engine, edition: Edition) -> tuple[int, int]:
    """The edition's number, and how many of its envelopes an earlier attempt left loaded."""
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
    """Insert the rest of the envelopes. They come sorted, so the first `already` are in."""
    rows = islice(file.envelopes(), already, None)
    loaded = already
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        with writing(engine) as connection:
            _insert(connection, number, batch)
        loaded += len(batch)
        yield loaded


def _insert(connection: Connection, number: int, batch: list[tuple[bytes, bytes]]) -> None:
    """Through the driver itself: SQLAlchemy Core is several times slower here."""
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
