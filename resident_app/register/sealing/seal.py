"""Seal chunks of cards, each claimed under a lease, on any thread of any machine.

When a lease expires because its machine died, anyone may claim the chunk again. Sealing a card
again gives the same bytes, so a chunk that two machines sealed does no harm: the first one stored
is kept.
"""

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, exists, func, or_, select, update

from resident_app.database import reading, writing
from resident_app.register.disclosure import Disclosure, encode
from resident_app.register.edition import open_dictionary
from resident_app.register.envelope import derive_envelope_keys
from resident_app.register.sealing.csv_table import CsvTable
from resident_app.register.sealing.plan import ProgressReporter
from resident_app.register.sealing.rows import Rejected, parse_disclosure_row, parse_roster_row
from resident_app.register.sealing.sealing_keys import SealingKeys
from resident_app.register.sealing.work_database import SealingJob
from resident_app.register.sealing.work_tables import CardRow, ChunkRow, DisclosureRow, WorkKeys

_TAKE_OVER_SECONDS = 20.0
"""When no free chunk is left, a chunk that another process has held this long is sealed twice."""
_UPDATE_EVERY_SECONDS = 0.5
_CLAIM_AGAIN_SECONDS = 0.2

_IndexedRow = Row[int, int, bytes, bytes]
"""A row's offset and length in bytes, its person, and the hash of its facts or of all that it says."""


@dataclass(frozen=True)
class Chunk:
    """The cards with `first` <= seq <= `last`, `cards` of them."""

    number: int
    first: int
    last: int
    cards: int


class Chunks:
    """A job's chunks, claimed and stored by this process. Safe on any thread."""

    def __init__(self, engine: Engine, job: int, lease_seconds: float):
        self._engine = engine
        self._job = job
        self._lease = lease_seconds
        self._owner = secrets.token_hex(8)

    def claim(self) -> Chunk | None:
        """Lease a chunk to the caller, or return None if no chunk is available now."""
        with writing(self._engine) as connection:
            now = _now(connection)
            free = or_(ChunkRow.lease_until.is_(None), ChunkRow.lease_until <= now)
            late = and_(
                ChunkRow.owner != self._owner,
                ChunkRow.lease_until <= now + self._lease - _TAKE_OVER_SECONDS,
            )
            for available in (free, late):
                chunk = self._claim(connection, available, until=now + self._lease)
                if chunk is not None:
                    return chunk
        return None

    def store(self, chunk: Chunk, sealed: bytes) -> None:
        """Store a sealed chunk, unless another process was first."""
        with writing(self._engine) as connection:
            connection.execute(
                update(ChunkRow)
                .where(self._unsealed(), ChunkRow.number == chunk.number)
                .values(sealed=sealed)
            )

    def release_leases(self) -> None:
        """End this process's leases, so that other processes need not wait for them to expire."""
        with writing(self._engine) as connection:
            connection.execute(
                update(ChunkRow)
                .where(self._unsealed(), ChunkRow.owner == self._owner)
                .values(owner=None, lease_until=None)
            )

    def cards_left(self) -> int:
        """Return how many cards are in unsealed chunks."""
        with reading(self._engine) as connection:
            left = connection.execute(
                select(func.coalesce(func.sum(ChunkRow.cards), 0)).where(self._unsealed())
            ).scalar_one()
        return int(left)

    def others_are_working(self) -> bool:
        """Return whether there is an unsealed chunk that this process does not hold itself."""
        not_ours = or_(ChunkRow.owner.is_(None), ChunkRow.owner != self._owner)
        with reading(self._engine) as connection:
            return bool(connection.execute(select(exists().where(self._unsealed(), not_ours))).scalar_one())

    def sealed(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number and contents of every sealed chunk."""
        with reading(self._engine) as connection:
            rows = connection.execution_options(yield_per=32).execute(
                select(ChunkRow.number, ChunkRow.sealed)
                .where(ChunkRow.job == self._job, ChunkRow.sealed.is_not(None))
                .order_by(ChunkRow.number)
            )
            for number, sealed in rows:
                assert sealed is not None
                yield number, sealed

    def _claim(self, connection: Connection, available: ColumnElement[bool], until: float) -> Chunk | None:
        candidate = (
            select(ChunkRow.number)
            .where(self._unsealed(), available)
            .order_by(ChunkRow.number)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        row = connection.execute(
            update(ChunkRow)
            .where(ChunkRow.job == self._job, ChunkRow.number == candidate)
            .values(owner=self._owner, lease_until=until)
            .returning(ChunkRow.number, ChunkRow.first, ChunkRow.last, ChunkRow.cards)
        ).one_or_none()
        return None if row is None else Chunk(*row)

    def _unsealed(self) -> ColumnElement[bool]:
        return and_(ChunkRow.job == self._job, ChunkRow.sealed.is_(None))


class ChunkSealer:
    """Seals chunks of one job from this machine's own copies of the files."""

    def __init__(
        self, engine: Engine, job: SealingJob, key: SealingKeys, roster: CsvTable, disclosures: CsvTable
    ):
        self._engine = engine
        self._job = job
        self._key = key
        self._keys = WorkKeys(key, job.edition.id)
        self._roster = roster
        self._disclosures = disclosures
        self._dictionary = open_dictionary(job.edition, key.dictionary)
        self._rules = job.rules(self._dictionary.agencies, self._dictionary.grounds)

    def seal(self, chunk: Chunk, stopped: Callable[[], bool]) -> bytes | None:
        """Return the chunk's labels and envelopes, 288 bytes a card, encrypted; None when stopped.

        Raises InputChanged.
        """
        cards = self._cards(chunk)
        by_person = self._disclosures_by_person([card.person for card in cards])
        rows = []
        for card in cards:
            if stopped():
                return None
            rows.append(self._seal_card(card, by_person[card.person]))
        return self._keys.seal_chunk(chunk.number, b"".join(rows))

    def _cards(self, chunk: Chunk) -> Sequence[_IndexedRow]:
        with reading(self._engine) as connection:
            return connection.execute(
                select(CardRow.offset, CardRow.length, CardRow.person, CardRow.facts)
                .where(CardRow.job == self._job.number, CardRow.seq.between(chunk.first, chunk.last))
                .order_by(CardRow.seq)
            ).all()

    def _disclosures_by_person(self, people: Sequence[bytes]) -> dict[bytes, list[_IndexedRow]]:
        by_person = defaultdict(list)
        with reading(self._engine) as connection:
            for row in connection.execute(
                select(
                    DisclosureRow.offset, DisclosureRow.length, DisclosureRow.person, DisclosureRow.digest
                ).where(DisclosureRow.job == self._job.number, DisclosureRow.person.in_(people))
            ):
                by_person[row.person].append(row)
        return by_person

    def _seal_card(self, row: _IndexedRow, disclosures: Sequence[_IndexedRow]) -> bytes:
        plaintext = encode([self._disclosure(disclosure) for disclosure in disclosures], self._dictionary)
        try:
            entry = parse_roster_row(self._roster.fields_at(row.offset, row.length), self._rules)
        except Rejected:
            raise self._roster.changed() from None
        if self._keys.facts(entry.facts) != row.facts or self._keys.person(entry.person) != row.person:
            raise self._roster.changed()
        envelope = derive_envelope_keys(
            self._key.evaluate(entry.facts), self._job.edition.id, self._job.edition.argon2
        )
        return envelope.label + envelope.seal(plaintext)

    def _disclosure(self, row: _IndexedRow) -> Disclosure:
        try:
            entry = parse_disclosure_row(self._disclosures.fields_at(row.offset, row.length), self._rules)
        except Rejected:
            raise self._disclosures.changed() from None
        if self._keys.disclosure(entry) != row.digest:
            raise self._disclosures.changed()
        return entry.disclosure


def seal_chunks(
    sealer: ChunkSealer, chunks: Chunks, total: int, workers: int, progress: ProgressReporter
) -> None:
    """Seal with `workers` threads until no chunk of the job is left, here or on other machines.

    Argon2 runs outside Python's global lock, so threads keep every core busy. When one fails, or
    the call is interrupted, the others stop at their next card and the leases are released.
    """
    stop = Event()
    progress.update("sealing", total - chunks.cards_left(), total)
    with ThreadPoolExecutor(workers, thread_name_prefix="seal") as pool:
        threads = [pool.submit(_seal_until_done, sealer, chunks, stop) for _ in range(workers)]
        try:
            running = set(threads)
            while running:
                done, running = wait(running, _UPDATE_EVERY_SECONDS, FIRST_EXCEPTION)
                for thread in done:
                    thread.result()
                progress.update("sealing", total - chunks.cards_left(), total)
        finally:
            stop.set()
            wait(threads)
            chunks.release_leases()


def _seal_until_done(sealer: ChunkSealer, chunks: Chunks, stop: Event) -> None:
    while not stop.is_set():
        chunk = chunks.claim()
        if chunk is None:
            if not chunks.others_are_working():
                return
            stop.wait(_CLAIM_AGAIN_SECONDS)
            continue
        sealed = sealer.seal(chunk, stop.is_set)
        if sealed is not None:
            chunks.store(chunk, sealed)


def _now(connection: Connection) -> float:
    """Return seconds since 1970, by the database's clock where machines share one."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())
    return time.time()
