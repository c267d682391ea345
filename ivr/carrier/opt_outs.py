"""Keywords in inbound SMS, and the opt-out list.

A number is kept as an HMAC under a key of ours: with the language it was texted in, so that an
answer comes in that language, and for as long as it is opted out.
"""

import hmac
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256

from sqlalchemy import Boolean, Engine, Integer, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, insert_if_new, reading, writing

LANGUAGE_KEPT = timedelta(days=7)

# The words that carriers in the United States and Canada honour (CTIA, Messaging Principles, 5.1.3).
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
# YES answers a question of ours: it opts nobody in.
_START = frozenset({"START", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO", "AYUDA"})


class TextedNumberRow(Base):
    __tablename__ = "texted_number"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """HMAC of the number."""
    written_language: Mapped[str] = mapped_column(String(20))
    opted_out: Mapped[bool] = mapped_column(Boolean)
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

    def __init__(self, engine: Engine, key: bytes):
        self._engine = engine
        self._key = key

    def opted_out(self, number: str) -> bool:
        """Return whether a number opted out."""
        with reading(self._engine) as connection:
            return bool(
                connection.execute(
                    select(TextedNumberRow.opted_out).where(TextedNumberRow.id == self._id(number))
                ).scalar_one_or_none()
            )

    def language_of(self, number: str) -> str:
        """Return the language a number was last texted in, or an empty string."""
        with reading(self._engine) as connection:
            return (
                connection.execute(
                    select(TextedNumberRow.written_language).where(TextedNumberRow.id == self._id(number))
                ).scalar_one_or_none()
                or ""
            )

    def remember(self, number: str, language: str, now: datetime) -> None:
        """Remember the language a number was texted in."""
        self._set(number, now, written_language=language)

    def set_opted_out(self, number: str, now: datetime, *, opted_out: bool) -> None:
        """Opt a number out (STOP) or in again (START)."""
        self._set(number, now, opted_out=opted_out)

    def forget_old(self, now: datetime) -> None:
        """Delete languages after a week; an opt-out stays."""
        oldest = int((now - LANGUAGE_KEPT).timestamp())
        with writing(self._engine) as connection:
            connection.execute(
                delete(TextedNumberRow).where(~TextedNumberRow.opted_out, TextedNumberRow.updated_at < oldest)
            )

    def _set(self, number: str, now: datetime, **values: object) -> None:
        key, at = self._id(number), int(now.timestamp())
        new = {"id": key, "written_language": "", "opted_out": False, "updated_at": at, **values}
        with writing(self._engine) as connection:
            if not insert_if_new(connection, TextedNumberRow, **new):
                connection.execute(
                    update(TextedNumberRow).where(TextedNumberRow.id == key).values(updated_at=at, **values)
                )

    def _id(self, number: str) -> bytes:
        return hmac.digest(self._key, number.encode(), sha256)[:16]
