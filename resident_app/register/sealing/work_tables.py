"""The work database: a job, its rows as keyed hashes and byte offsets, its chunks, its rejects.

It lives only while an edition is being sealed, so it has no migrations and no place among the
application's tables. A person, a card and a disclosure are known here by 16-byte hashes.
"""

from datetime import date

from sqlalchemy import JSON, BigInteger, Boolean, Date, Float, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_CLUSTERED = {"sqlite_with_rowid": False}


class WorkBase(DeclarativeBase):
    """The base of the work tables."""


class JobRow(WorkBase):
    """One edition in the making. `is_open` once all rows are in and its rejects accepted."""

    __tablename__ = "sealing_job"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    identity: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """Everything that decides what the edition will be."""
    inputs: Mapped[bytes] = mapped_column(LargeBinary)
    """The two files alone: by this another machine finds the job."""
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
    """Sealed under the register key, as in the edition: it holds the offices."""
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
    facts: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("sealing_card_facts", "job", "facts", "person", "seq"),
        Index("sealing_card_person", "job", "person"),
        _CLUSTERED,
    )


class ReleaseRow(WorkBase):
    """A row of the disclosures, lying beside the others of its person."""

    __tablename__ = "sealing_disclosure"
    __table_args__ = _CLUSTERED

    job: Mapped[int] = mapped_column(Integer, primary_key=True)
    person: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    said: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """The hash of all that the row says."""
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(Integer)
    line: Mapped[int] = mapped_column(BigInteger)
    long_request: Mapped[bool] = mapped_column(Boolean)


class DoubtRow(WorkBase):
    """A person whom a rejected disclosure may be about: the answer for their cards is not known."""

    __tablename__ = "sealing_doubt"
    __table_args__ = _CLUSTERED

    job: Mapped[int] = mapped_column(Integer, primary_key=True)
    person: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class RejectRow(WorkBase):
    """A rejected row's place and the reason; the row itself is read from its file again."""

    __tablename__ = "sealing_reject"
    __table_args__ = _CLUSTERED

    job: Mapped[int] = mapped_column(Integer, primary_key=True)
    file: Mapped[str] = mapped_column(String(11), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String)


class ChunkRow(WorkBase):
    """Cards that one thread seals in one go: those with `first` <= seq <= `last`."""

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
        # What is left to do is found without passing what is done.
        Index(
            "sealing_chunk_left",
            "job",
            "number",
            "cards",
            sqlite_where=text("sealed IS NULL"),
            postgresql_where=text("sealed IS NULL"),
        ),
    )


ROWS_OF_A_JOB = (CardRow, ReleaseRow, DoubtRow, RejectRow, ChunkRow)
