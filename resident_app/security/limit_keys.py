"""What limits count under: HMAC-SHA256 under a secret and, where it must not last, a random salt."""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from sqlalchemy import Connection, Integer, LargeBinary, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from resident_app.database import insert_if_new
from resident_app.short_lived import ShortLivedBase


class LimitKey(Protocol):
    """Turns names into what is stored. `window` is in seconds."""

    def digests(self, connection: Connection, name: str, window: int, now: datetime) -> tuple[bytes, ...]:
        """Return what a name is counted under now, then what else may still count: 32 bytes each."""

    def forget(self, connection: Connection, now: datetime) -> None:
        """Destroy what is no longer needed."""


class FixedKey:
    """A key that lasts, for counters that may. `secret` is 32 bytes."""

    def __init__(self, secret: bytes):
        self._secret = secret

    def digests(self, connection: Connection, name: str, window: int, now: datetime) -> tuple[bytes, ...]:
        return (hmac.digest(self._secret, name.encode(), sha256),)

    def forget(self, connection: Connection, now: datetime) -> None:
        """Do nothing: there is no salt."""


class LimitSaltRow(ShortLivedBase):
    """The salt of one period, 32 bytes. A period is as long as the window of the limits that it serves."""

    __tablename__ = "limit_salt"

    window: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Seconds."""
    period: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """How many windows fit between 1970 and its beginning."""
    expires_at: Mapped[int] = mapped_column(Integer)
    """Seconds since 1970: nothing counts under it from then on."""
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class RotatingKey:
    """A key with a new random salt each period: each day, for limits of a day.

    The salts are in the short-lived store alone. Once one is destroyed, nothing tells what was counted under
    it. `secret` (32 bytes) is the half that no database sees.
    """

    def __init__(self, secret: bytes):
        self._secret = secret

    def digests(self, connection: Connection, name: str, window: int, now: datetime) -> tuple[bytes, ...]:
        """Return the name under the salt of this period, then of the one before if it exists."""
        return tuple(
            hmac.digest(self._secret, salt + name.encode(), sha256)
            for salt in _salts(connection, window, int(now.timestamp()) // window)
        )

    def forget(self, connection: Connection, now: datetime) -> None:
        connection.execute(delete(LimitSaltRow).where(LimitSaltRow.expires_at <= int(now.timestamp())))


def _salts(connection: Connection, window: int, period: int) -> list[bytes]:
    """Return the salt of a period, which is made if need be, and of the one before if it exists."""
    periods = (period, period - 1)
    salts = _stored(connection, window, periods)
    if period not in salts:
        new = {"window": window, "period": period, "expires_at": (period + 2) * window}
        insert_if_new(connection, LimitSaltRow, **new, salt=secrets.token_bytes(32))
        salts = _stored(connection, window, periods)
    return [salts[one] for one in periods if one in salts]


def _stored(connection: Connection, window: int, periods: tuple[int, int]) -> dict[int, bytes]:
    rows = connection.execute(
        select(LimitSaltRow.period, LimitSaltRow.salt).where(
            LimitSaltRow.window == window, LimitSaltRow.period.in_(periods)
        )
    )
    return {row.period: row.salt for row in rows}
