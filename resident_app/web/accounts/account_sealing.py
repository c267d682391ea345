"""Accounts that are not authentic: those of before version 0.3.0, and those of another secret key.

`seal_first` is for an upgrade: it believes the rows as they are, once, before any row was ever sealed. After
that a person on the console's machine confirms each account (`confirm`), and its owner sets it up again.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, delete, func, select, update

from resident_app.database import find_all
from resident_app.security import audit_log
from resident_app.security.row_authentication import seal_row
from resident_app.security.row_versions import has_versions, newest_version, record_version
from resident_app.web.accounts import account_store
from resident_app.web.accounts.account_store import NOTHING_TO_SIGN_IN_WITH, normal_email
from resident_app.web.accounts.passkeys import passkey_name
from resident_app.web.accounts.secret_key import ANOTHER_KEY, has_another_key, note_key, replace_key
from resident_app.web.accounts.staff_tables import PasskeyRow, Role, StaffRow, StaffSessionRow

_STAFF = cast(Table, StaffRow.__table__)
_PASSKEY = cast(Table, PasskeyRow.__table__)


class AlreadySealed(Exception):
    """Rows were sealed before, so a row without a seal was written by somebody else."""


@dataclass(frozen=True)
class StoredAccount:
    """An account as the database has it, authentic or not."""

    id: int
    email: str
    role: Role
    active: bool


def seal_first(connection: Connection, now: datetime) -> int:
    """Seal every account and passkey as it is. Returns how many accounts. Raises AlreadySealed."""
    audit_log.lock_log(connection)
    if has_versions(connection):
        raise AlreadySealed
    note_key(connection, now)
    connection.execute(delete(StaffSessionRow))
    ids = connection.scalars(select(StaffRow.id)).all()
    for id in ids:
        passkeys = find_all(connection, select(PasskeyRow).where(PasskeyRow.user_id == id))
        for passkey in passkeys:
            seal_row(connection, _PASSKEY, passkey.id)
        names = tuple(passkey_name(each.credential_id) for each in passkeys)
        app = connection.execute(select(StaffRow.tf_totp_secret).where(StaffRow.id == id)).scalar_one()
        since = now if names or app else None
        _write(connection, id, 1, now, passkeys=names, second_factor_since=since)
    return len(ids)


def stored_account(connection: Connection, email: str) -> StoredAccount | None:
    """Return an account as it is in the table, or None. Raises LookupError if its role is damaged."""
    row = connection.execute(
        select(StaffRow.id, StaffRow.email, StaffRow.role, StaffRow.active).where(
            StaffRow.email == normal_email(email)
        )
    ).one_or_none()
    return StoredAccount(row.id, row.email, row.role, row.active) if row else None


def confirm(connection: Connection, account: StoredAccount, now: datetime) -> None:
    """Seal an account that a person has looked at. All by which it signed in is removed: see `new_link`.

    The secret key that this process has is that of the accounts from now on.
    """
    audit_log.lock_log(connection)
    replace_key(connection, now)
    connection.execute(delete(PasskeyRow).where(PasskeyRow.user_id == account.id))
    connection.execute(delete(StaffSessionRow).where(StaffSessionRow.account_id == account.id))
    _write(
        connection,
        account.id,
        newest_version(connection, _STAFF, account.id) + 1,
        now,
        **NOTHING_TO_SIGN_IN_WITH,
        email=account.email,
        role=account.role,
        active=account.active,
        password=None,
        link_hash=None,
        link_until=None,
        link_by=None,
        link_with=None,
        made_by=None,
        made_with=None,
        second_factor_since=None,
        asked_for=None,
        fs_uniquifier=secrets.token_hex(16),
        fs_webauthn_user_handle=secrets.token_hex(16),
    )


def sealing_problem(connection: Connection) -> str:
    """Return why no account can sign in, in words for an operator; "" if one can, or there is none."""
    if has_another_key(connection):
        return ANOTHER_KEY
    there = connection.execute(select(func.count()).select_from(StaffRow)).scalar_one()
    if not there or account_store.every_account(connection):
        return ""
    if not has_versions(connection):
        return "the accounts are from before version 0.3.0; run `flask staff seal` once"
    return ANOTHER_KEY


def _write(connection: Connection, id: int, version: int, now: datetime, **columns: object) -> None:
    connection.execute(update(StaffRow).where(StaffRow.id == id).values(**columns, version=version))
    seal_row(connection, _STAFF, id)
    record_version(connection, _STAFF, id, version, now)
