"""The daily key: attempts are counted under HMAC-SHA256(secret, salt and name), with a new salt each day.

A day's salt is needed as long as an attempt of that day counts, which is 24 hours. Then it is deleted. After
that nothing, not even a backup, tells whose card was tried or from where.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, insert_if_new


class DailySalt(Base):
    """One day's salt, 32 bytes."""

    __tablename__ = "daily_salt"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    """YYYY-MM-DD, UTC."""
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class DailyKey:
    """The key of each day. `secret` (32 bytes) is the half that the database never sees."""

    def __init__(self, secret: bytes):
        self._secret = secret
        self._cached: dict[str, bytes] = {}

    def under_each_salt(self, connection: Connection, now: datetime, name: str) -> tuple[bytes, ...]:
        """Return `name` under today's key, then under yesterday's if it exists: 32 bytes each."""
        return tuple(
            hmac.digest(self._secret, salt + name.encode(), sha256) for salt in self._salts(connection, now)
        )

    def destroy_old(self, connection: Connection, now: datetime) -> None:
        """Delete the salts under which nothing counts any more, in memory and in the database."""
        yesterday = _day(now - timedelta(days=1))
        connection.execute(delete(DailySalt).where(DailySalt.day < yesterday))
        self._cached = {day: salt for day, salt in self._cached.items() if day >= yesterday}

    def _salts(self, connection: Connection, now: datetime) -> list[bytes]:
        """Return today's salt, and yesterday's if it exists."""
        days = (_day(now), _day(now - timedelta(days=1)))
        if days[0] in self._cached:
            salts = self._cached
        elif days[0] in (stored := _stored(connection, days)):
            salts = self._cached = stored
        else:
            # Not cached yet: this transaction may be rolled back, and the new salt with it.
            insert_if_new(connection, DailySalt, day=days[0], salt=secrets.token_bytes(32))
            salts = _stored(connection, days)
        return [salts[day] for day in days if day in salts]


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")


def _stored(connection: Connection, days: tuple[str, ...]) -> dict[str, bytes]:
    rows = connection.execute(select(DailySalt.day, DailySalt.salt).where(DailySalt.day.in_(days)))
    return {row.day: row.salt for row in rows}
