"""The daily key: attempts are counted under HMAC(secret, a salt that is destroyed each day).

A day's salt is needed for as long as an attempt of that day counts, 24 hours; then it is
overwritten. After that nothing, a backup included, says whose card was tried or from where.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import Base, insert_if_new


class DailySalt(Base):
    """One day's salt."""

    __tablename__ = "daily_salt"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    """YYYY-MM-DD, UTC."""
    salt: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, repr=False)
class DailyKey:
    """The secret half of the key, 32 bytes, which the database never sees."""

    secret: bytes

    def under_each_salt(self, connection: Connection, now: datetime, name: str) -> tuple[bytes, ...]:
        """`name` under today's key, then under yesterday's if that is still kept: 32 bytes each."""
        days = (_day(now), _day(now - timedelta(days=1)))
        salts = _salts(connection, days)
        if days[0] not in salts:
            _make_salt(connection, days[0])
            salts = _salts(connection, days)
        return tuple(
            hmac.digest(self.secret, salts[day] + name.encode(), sha256) for day in days if day in salts
        )


def destroy_old_salts(connection: Connection, now: datetime) -> None:
    """Remove every salt under which nothing counts any more."""
    connection.execute(delete(DailySalt).where(DailySalt.day < _day(now - timedelta(days=1))))


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")


def _salts(connection: Connection, days: tuple[str, ...]) -> dict[str, bytes]:
    rows = connection.execute(select(DailySalt.day, DailySalt.salt).where(DailySalt.day.in_(days)))
    return {row.day: row.salt for row in rows}


def _make_salt(connection: Connection, day: str) -> None:
    """The first process of the day makes the salt; the others find it."""
    insert_if_new(connection, DailySalt, day=day, salt=secrets.token_bytes(32))
