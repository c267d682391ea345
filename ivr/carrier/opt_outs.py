"""Keywords in inbound SMS, and the opt-out list.

A number is kept as an HMAC under a key of ours: in the short-lived store with the language it was texted
in, so that an answer comes in that language, and in the database for as long as it is opted out.
"""

import hmac
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256

from sqlalchemy import Connection, Engine, Integer, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, insert_if_new, reading, writing
from resident_app.short_lived import ShortLivedBase

LANGUAGE_KEPT = timedelta(days=7)

# The words that carriers in the United States and Canada honour (CTIA, Messaging Principles, 5.1.3).
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
# YES answers a question of ours: it opts nobody in.
_START = frozenset({"START", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO", "AYUDA"})


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


class TextedLanguageRow(ShortLivedBase):
    """The language that a number was last texted in."""

    __tablename__ = "texted_language"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """HMAC of the number."""
    written_language: Mapped[str] = mapped_column(String(20))
    updated_at: Mapped[int] = mapped_column(Integer, index=True)
    """Seconds since 1970."""


class Keyword(Enum):
    """What a text message of one word tells us to do."""

    STOP = "stop"
    START = "start"
    HELP = "help"


def keyword_in(body: str) -> Keyword | None:
    """Return the keyword that a text message consists of. None: the message is for a person."""
    word = "".join(character for character in body.upper() if character.isalpha())
    if word in _STOP:
        return Keyword.STOP
    if word in _START:
        return Keyword.START
    return Keyword.HELP if word in _HELP else None


class OptOuts:
    """The numbers that were texted, and those that opted out. `key` is 32 bytes."""

    def __init__(self, engine: Engine, short_lived: Engine, key: bytes):
        self._engine = engine
        self._short_lived = short_lived
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

    def language_of(self, number: str) -> str:
        """Return the language a number was last texted in, or an empty string."""
        found = select(TextedLanguageRow.written_language).where(
            TextedLanguageRow.id == self._language_id(number)
        )
        with reading(self._short_lived) as connection:
            return connection.execute(found).scalar_one_or_none() or ""

    def remember(self, number: str, language: str, now: datetime) -> None:
        """Remember the language a number was texted in."""
        key = self._language_id(number)
        values = {"written_language": language, "updated_at": int(now.timestamp())}
        with writing(self._short_lived) as connection:
            if not insert_if_new(connection, TextedLanguageRow, id=key, **values):
                connection.execute(
                    update(TextedLanguageRow).where(TextedLanguageRow.id == key).values(**values)
                )

    def forget_old(self, now: datetime) -> None:
        """Delete languages after a week; an opt-out stays."""
        oldest = int((now - LANGUAGE_KEPT).timestamp())
        with writing(self._short_lived) as connection:
            connection.execute(delete(TextedLanguageRow).where(TextedLanguageRow.updated_at < oldest))

    def _id(self, number: str) -> bytes:
        return hmac.digest(self._key, number.encode(), sha256)[:16]

    def _language_id(self, number: str) -> bytes:
        """Not the same as an opt-out's, so that neither row tells of the other."""
        return hmac.digest(self._key, f"language|{number}".encode(), sha256)[:16]

    def _mark(self, message_id: str, keyword: Keyword) -> bytes:
        return hmac.digest(self._key, f"taken|{keyword.value}|{message_id}".encode(), sha256)[:16]
