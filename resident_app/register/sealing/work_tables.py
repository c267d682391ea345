"""What the work database stores instead of people: keyed hashes, byte offsets, encrypted chunks.

It exists only while an edition is being sealed, so it has no migrations and is not among the
application's tables. A person, a card and a disclosure are 16-byte keyed hashes here.
"""

import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import date

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import JSON, BigInteger, Boolean, Date, Float, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from resident_app.register.facts import Facts
from resident_app.register.sealing.plan import SealingError
from resident_app.register.sealing.rows import DisclosureEntry
from resident_app.register.sealing.sealing_keys import SealingKeys

_HASH_BYTES = 16
_NONCE_BYTES = 12
_CLUSTERED = {"sqlite_with_rowid": False}


class WorkKeys:
    """The keys of one edition's work. Another edition hashes the same people differently."""

    def __init__(self, key: SealingKeys, edition_id: bytes):
        self._hash_key = key.derived(f"sealing work|{edition_id.hex()}")
        self._cipher = AESGCM(key.derived(f"sealing chunks|{edition_id.hex()}"))

    def person(self, person: str) -> bytes:
        """Return a person's hash, 16 bytes."""
        return self._hash(b"person|" + person.encode())

    def born(self, person: str, facts: Facts) -> bytes:
        """Return the hash of a person's birth date, 16 bytes. Two people's are never compared."""
        return self._hash(f"born|{facts.born_on.isoformat()}|{person}".encode())

    def facts(self, facts: Facts) -> bytes:
        """Return the hash of a card's three facts, 16 bytes."""
        return self._hash(b"facts|" + facts.encoded())

    def disclosure(self, entry: DisclosureEntry) -> bytes:
        """Return the hash of everything that a disclosure row says, 16 bytes."""
        given = entry.disclosure
        words = [entry.person, given.answered_on.isoformat(), given.agency, given.office, *given.released]
        return self._hash(b"release|" + json.dumps([*words, given.ground, given.request]).encode())

    def seal_chunk(self, number: int, rows: bytes) -> bytes:
        """Encrypt a chunk's rows (AES-256-GCM): a plain label would show its row of the roster."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, rows, number.to_bytes(8, "big"))

    def open_chunk(self, number: int, sealed: bytes) -> bytes:
        """Decrypt what `seal_chunk` returned. Raises SealingError if the chunk was altered."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, number.to_bytes(8, "big"))
        except InvalidTag:
            raise SealingError(f"chunk {number} in the work database was altered") from None

    def _hash(self, message: bytes) -> bytes:
        return hmac.digest(self._hash_key, message, "sha256")[:_HASH_BYTES]


def fingerprint(key: SealingKeys, purpose: str, parts: Sequence[object]) -> bytes:
    """Return 32 bytes (HMAC-SHA256) that depend on the key and on `parts` alone."""
    return hmac.digest(key.derived(f"sealing {purpose}"), json.dumps(parts).encode(), "sha256")


class WorkBase(DeclarativeBase):
    """The base of the work tables."""


class JobRow(WorkBase):
    """One edition being sealed. `is_open` once all rows are stored and its rejects are accepted."""

    __tablename__ = "sealing_job"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    identity: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """A fingerprint of everything that determines the edition."""
    inputs: Mapped[bytes] = mapped_column(LargeBinary)
    """A fingerprint of the two files alone. Other machines find the job by it."""
    is_open: Mapped[bool] = mapped_column(Boolean)
    edition_id: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_on: Mapped[date] = mapped_column(Date)
    period_from: Mapped[date] = mapped_column(Date)
    period_to: Mapped[date] = mapped_column(Date)
    cut_off: Mapped[date] = mapped_column(Date)
    systems: Mapped[list[str]] = mapped_column(JSON)
    memory_kib: Mapped[int] = mapped_column(Integer)
    passes: Mapped[int] = mapped_column(Integer)
    dictionary: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed under the register key, as in the edition, because it names the offices."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)


class CardRow(WorkBase):
    """A row of the roster."""

    __tablename__ = "sealing_card"

    job: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(Integer)
    line: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[bytes] = mapped_column(LargeBinary)
    born: Mapped[bytes] = mapped_column(LargeBinary)
    """`WorkKeys.born`: a person has one."""
    facts: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("sealing_card_facts", "job", "facts", "person", "seq"),
        Index("sealing_card_person", "job", "person", "born"),
        _CLUSTERED,
    )


class DisclosureRow(WorkBase):
    """A row of the disclosures, stored next to the others of its person."""

    __tablename__ = "sealing_disclosure"
    __table_args__ = _CLUSTERED

    job: Mapped[int] = mapped_column(Integer, primary_key=True)
    person: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """`WorkKeys.disclosure`: the same for two rows that say the same."""
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(Integer)
    line: Mapped[int] = mapped_column(BigInteger)
    long_request: Mapped[bool] = mapped_column(Boolean)


class UncertainPersonRow(WorkBase):
    """A person whom the rejected disclosure on `line` may be about: their answer is unknown."""

    __tablename__ = "sealing_uncertain_person"
    __table_args__ = _CLUSTERED

    job: Mapped[int] = mapped_column(Integer, primary_key=True)
    person: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class RejectRow(WorkBase):
    """The place of a rejected row and the reason. The row itself is read from its file again."""

    __tablename__ = "sealing_reject"
    __table_args__ = _CLUSTERED

    job: Mapped[int] = mapped_column(Integer, primary_key=True)
    file: Mapped[str] = mapped_column(String(11), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String)


class ChunkRow(WorkBase):
    """The cards that one thread seals at once: those with `first` <= seq <= `last`."""

    __tablename__ = "sealing_chunk"

    job: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    cards: Mapped[int] = mapped_column(Integer)
    owner: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[float | None] = mapped_column(Float)
    """Seconds since 1970 by the database's clock."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        # Unsealed chunks are found without scanning the sealed ones.
        Index(
            "sealing_chunk_left",
            "job",
            "number",
            "cards",
            sqlite_where=text("sealed IS NULL"),
            postgresql_where=text("sealed IS NULL"),
        ),
    )


ROWS_OF_A_JOB = (CardRow, DisclosureRow, UncertainPersonRow, RejectRow, ChunkRow)
