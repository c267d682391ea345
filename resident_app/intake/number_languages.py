"""The language that a phone number is written to in, so that STOP and HELP are answered in it.

A number is kept for a week, as an HMAC under a key of ours, in the short-lived store.
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine, Integer, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import insert_if_new, reading, writing
from resident_app.short_lived import ShortLivedBase

LANGUAGE_KEPT = timedelta(days=7)


class TextedLanguageRow(ShortLivedBase):
    """The language that a number was last texted in, or that its request for text messages asks for."""

    __tablename__ = "texted_language"

    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """HMAC of the number."""
    written_language: Mapped[str] = mapped_column(String(20))
    updated_at: Mapped[int] = mapped_column(Integer, index=True)
    """Seconds since 1970."""


class NumberLanguages:
    """The languages of numbers (E.164). `key` is 32 bytes."""

    def __init__(self, short_lived: Engine, key: bytes):
        self._engine = short_lived
        self._key = key

    def language_of(self, number: str) -> str:
        """Return the language a number is written to in, or an empty string."""
        found = select(TextedLanguageRow.written_language).where(TextedLanguageRow.id == self._id(number))
        with reading(self._engine) as connection:
            return connection.execute(found).scalar_one_or_none() or ""

    def remember(self, number: str, language: str, now: datetime) -> None:
        """Remember the language of a number."""
        key = self._id(number)
        values = {"written_language": language, "updated_at": int(now.timestamp())}
        with writing(self._engine) as connection:
            if not insert_if_new(connection, TextedLanguageRow, id=key, **values):
                connection.execute(
                    update(TextedLanguageRow).where(TextedLanguageRow.id == key).values(**values)
                )

    def forget_old(self, now: datetime) -> None:
        """Delete languages after a week."""
        oldest = int((now - LANGUAGE_KEPT).timestamp())
        with writing(self._engine) as connection:
            connection.execute(delete(TextedLanguageRow).where(TextedLanguageRow.updated_at < oldest))

    def _id(self, number: str) -> bytes:
        """Not the same as an opt-out's, so that neither row tells of the other."""
        return hmac.digest(self._key, f"language|{number}".encode(), sha256)[:16]
