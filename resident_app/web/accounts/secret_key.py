"""Which secret key an application's accounts were made with: another one is named, and makes no account.

Otherwise every password would seem to be wrong, and accounts of two keys would stand in one table.
"""

import hmac
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from resident_app.security.row_authentication import row_keys_of
from resident_app.web.accounts.staff_tables import SecretKeyRow

ANOTHER_KEY = (
    "SECRET_KEY is not the one that this database's accounts were made with, so nobody can sign in; "
    "set the key of before, or see “A new SECRET_KEY” in docs/console.md"
)


class AnotherSecretKey(Exception):
    """The accounts were made with another secret key. The message says what to do."""

    def __init__(self) -> None:
        super().__init__(ANOTHER_KEY)


def has_another_key(connection: Connection) -> bool:
    """Return whether the accounts were made with another key than this process has."""
    stored = _stored(connection)
    return stored is not None and not hmac.compare_digest(stored, _fingerprint(connection))


def is_key_noted(connection: Connection) -> bool:
    """Return whether it is noted which key the accounts were made with."""
    return _stored(connection) is not None


def note_key(connection: Connection, at: datetime) -> None:
    """Note this process's key as that of the accounts. Raises AnotherSecretKey if another one is noted."""
    if has_another_key(connection):
        raise AnotherSecretKey
    if not is_key_noted(connection):
        replace_key(connection, at)


def replace_key(connection: Connection, at: datetime) -> None:
    """Note this process's key as that of the accounts, instead of the one of before."""
    application = row_keys_of(connection).application
    connection.execute(delete(SecretKeyRow).where(SecretKeyRow.application == application))
    connection.execute(
        insert(SecretKeyRow).values(application=application, fingerprint=_fingerprint(connection), since=at)
    )


def _stored(connection: Connection) -> bytes | None:
    application = row_keys_of(connection).application
    return connection.execute(
        select(SecretKeyRow.fingerprint).where(SecretKeyRow.application == application)
    ).scalar_one_or_none()


def _fingerprint(connection: Connection) -> bytes:
    keys = row_keys_of(connection)
    return keys.mac(SecretKeyRow.__tablename__, {"application": keys.application})
