"""The opt-out list. A number is kept as an HMAC under a key of ours, for as long as it is opted out."""

import hmac
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Engine, Integer, LargeBinary, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.configuration.keywords import Keyword
from resident_app.database import Base, insert_if_new, reading


class OptOutRow(Base):
    """A number that opted out. It stays until START."""

    __tablename__ = "opt_out"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """HMAC of the number."""
    opted_out_at: Mapped[int] = mapped_column(Integer)
    """Seconds since 1970."""


class KeywordTextRow(Base):
    """A STOP or a START that was taken. It stays, because an old request of the carrier stays valid."""

    __tablename__ = "keyword_text"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """HMAC of the carrier's id of the message and the keyword. It tells neither the number nor the time."""


class OptOuts:
    """The numbers that opted out. `key` is 32 bytes."""

    def __init__(self, engine: Engine, key: bytes):
        self._engine = engine
        self._key = key

    def opted_out(self, number: str) -> bool:
        """Return whether a number opted out."""
        found = select(OptOutRow.id).where(OptOutRow.id == self._id(number))
        with reading(self._engine) as connection:
            return connection.execute(found).one_or_none() is not None

    def take(
        self, connection: Connection, keyword: Keyword, number: str, message_id: str, now: datetime
    ) -> bool:
        """Do what a keyword asks, in the caller's transaction, unless its message was taken before.

        `message_id` is the carrier's id of the message, or "" if there is none. Return False for a repeat: it
        changes nothing, so that an old STOP or START sent again does not undo what its sender asked for
        since. A message without an id is taken each time.
        """
        if keyword is Keyword.HELP:
            return True
        if message_id and not insert_if_new(connection, KeywordTextRow, id=self._mark(message_id, keyword)):
            return False
        if keyword is Keyword.STOP:
            insert_if_new(connection, OptOutRow, id=self._id(number), opted_out_at=int(now.timestamp()))
        else:
            connection.execute(delete(OptOutRow).where(OptOutRow.id == self._id(number)))
        return True

    def _id(self, number: str) -> bytes:
        return hmac.digest(self._key, number.encode(), sha256)[:16]

    def _mark(self, message_id: str, keyword: Keyword) -> bytes:
        return hmac.digest(self._key, f"taken|{keyword.value}|{message_id}".encode(), sha256)[:16]
