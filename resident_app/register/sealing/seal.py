"""The sealing itself: a chunk's rows are read again by their places, and every card gets its envelope."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event

from sqlalchemy import Engine, Row, select

from resident_app.database import reading
from resident_app.register.disclosure import Disclosure, encode
from resident_app.register.edition import open_dictionary
from resident_app.register.envelope import opener
from resident_app.register.register_key import RegisterKey
from resident_app.register.sealing.chunks import Chunk, Chunks
from resident_app.register.sealing.csv_table import CsvTable
from resident_app.register.sealing.errors import InputChanged
from resident_app.register.sealing.job import SealingJob
from resident_app.register.sealing.plan import Watcher
from resident_app.register.sealing.rows import Rejected, read_card, read_release
from resident_app.register.sealing.work_keys import WorkKeys
from resident_app.register.sealing.work_tables import CardRow, ReleaseRow

_Place = Row[int, int, bytes, bytes]
"""Where a row stands (offset, length), whose it is, and the hash of what it says."""

_LOOK_EVERY_SECONDS = 0.5
_ASK_AGAIN_SECONDS = 0.2


class Sealer:
    """Seals chunks of one job from this machine's own copies of the files."""

    def __init__(
        self, engine: Engine, job: SealingJob, key: RegisterKey, roster: CsvTable, disclosures: CsvTable
    ):
        self._engine = engine
        self._job = job
        self._key = key
        self._keys = WorkKeys(key, job.edition.id)
        self._roster = roster
        self._disclosures = disclosures
        self._dictionary = open_dictionary(job.edition, key)
        self._rules = job.rules(self._dictionary.agencies, self._dictionary.grounds)

    def seal(self, chunk: Chunk, stopped: Callable[[], bool]) -> bytes | None:
        """The chunk's labels and envelopes, 288 bytes a card, under the chunk key; None when stopped.

        Raises InputChanged.
        """
        cards = self._cards(chunk)
        releases = self._releases([card.person for card in cards])
        rows = []
        for card in cards:
            if stopped():
                return None
            rows.append(self._seal_card(card, releases[card.person]))
        return self._keys.seal_chunk(chunk.number, b"".join(rows))

    def _cards(self, chunk: Chunk) -> Sequence[_Place]:
        with reading(self._engine) as connection:
            return connection.execute(
                select(CardRow.offset, CardRow.length, CardRow.person, CardRow.facts)
                .where(CardRow.job == self._job.number, CardRow.seq.between(chunk.first, chunk.last))
                .order_by(CardRow.seq)
            ).all()

    def _releases(self, people: Sequence[bytes]) -> dict[bytes, list[_Place]]:
        by_person = defaultdict(list)
        with reading(self._engine) as connection:
            for row in connection.execute(
                select(ReleaseRow.offset, ReleaseRow.length, ReleaseRow.person, ReleaseRow.said).where(
                    ReleaseRow.job == self._job.number, ReleaseRow.person.in_(people)
                )
            ):
                by_person[row.person].append(row)
        return by_person

    def _seal_card(self, row: _Place, releases: Sequence[_Place]) -> bytes:
        disclosures = [self._disclosure(release) for release in releases]
        plaintext = encode(disclosures, self._dictionary)
        try:
            card = read_card(self._roster.fields_at(row.offset, row.length), self._rules)
        except Rejected:
            raise self._changed(self._roster) from None
        if self._keys.facts(card.facts) != row.facts or self._keys.person(card.person) != row.person:
            raise self._changed(self._roster)
        envelope = opener(card.facts, self._key, self._job.edition.id, self._job.edition.argon2)
        return envelope.label + envelope.seal(plaintext)

    def _disclosure(self, row: _Place) -> Disclosure:
        try:
            release = read_release(self._disclosures.fields_at(row.offset, row.length), self._rules)
        except Rejected:
            raise self._changed(self._disclosures) from None
        if self._keys.release(release) != row.said:
            raise self._changed(self._disclosures)
        return release.disclosure

    @staticmethod
    def _changed(table: CsvTable) -> InputChanged:
        return InputChanged(f"{table.source.path}: was changed while it was being sealed")


def seal_chunks(sealer: Sealer, chunks: Chunks, total: int, workers: int, watcher: Watcher) -> None:
    """Seal with `workers` threads until no chunk is left, here or elsewhere.

    Argon2 computes outside Python's lock, so threads keep every core busy. When one fails, or
    the call is interrupted, the others stop at their next card and the leases are given back.
    """
    stop = Event()
    watcher.at("sealing", total - chunks.cards_left(), total)
    with ThreadPoolExecutor(workers, thread_name_prefix="seal") as pool:
        threads = [pool.submit(_work, sealer, chunks, stop) for _ in range(workers)]
        try:
            running = set(threads)
            while running:
                done, running = wait(running, _LOOK_EVERY_SECONDS, FIRST_EXCEPTION)
                for thread in done:
                    thread.result()
                watcher.at("sealing", total - chunks.cards_left(), total)
        finally:
            stop.set()
            wait(threads)
            chunks.give_back()


def _work(sealer: Sealer, chunks: Chunks, stop: Event) -> None:
    while not stop.is_set():
        chunk = chunks.claim()
        if chunk is None:
            if not chunks.others_are_at_work():
                return
            stop.wait(_ASK_AGAIN_SECONDS)
            continue
        sealed = sealer.seal(chunk, stop.is_set)
        if sealed is not None:
            chunks.store(chunk, sealed)
