"""Staff accounts in the database: added by an admin, set up by a link, closed, never deleted."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from resident_app.contact_points import parse_email_address
from resident_app.database import lock_names
from resident_app.web.accounts.sessions import ServerSession, delete_sessions
from resident_app.web.accounts.staff_tables import PasskeyRow, Role, StaffRow

LINK_IS_GOOD_FOR = timedelta(hours=72)

_ROLES_LOCK = b"roles of staff"


class EmailTaken(Exception):
    """Another account has this e-mail address."""


class LastAdmin(Exception):
    """Nobody would be left who can add accounts."""


@dataclass(frozen=True, repr=False)
class Account:
    """One account, with its password and second factors."""

    id: int
    email: str
    name: str
    role: Role
    languages: tuple[str, ...]
    phone: str
    active: bool
    fs_uniquifier: str
    """Changes when sessions and remembered devices from before must no longer count."""
    handle: str
    """The name by which passkeys know the account. Random."""
    password: str | None
    """Its Argon2id hash."""
    app_secret: str | None
    """The authenticator app's secret, encrypted."""
    totp_counter: int | None
    recovery_codes: tuple[str, ...]
    """Their hashes."""
    link_until: datetime | None


def normal_email(typed: str) -> str:
    """Return an address as it is stored and looked up."""
    return typed.strip().lower()[:255]


def find(connection: Connection, *, id: int | None = None, email: str | None = None) -> Account | None:
    """Return the account with an id or an address, closed or not; None if there is none."""
    return _one(
        connection, StaffRow.id == id if id is not None else StaffRow.email == normal_email(email or "")
    )


def find_by_link(connection: Connection, token: str, now: datetime) -> Account | None:
    """Return the account that a set-up link is for; None if the link is used or too old."""
    return _one(connection, _has_link(token, now))


def every_account(connection: Connection) -> list[Account]:
    """Return all accounts: open ones first, then by name."""
    rows = connection.execute(
        select(StaffRow.__table__).order_by(StaffRow.active.desc(), func.lower(StaffRow.name), StaffRow.email)
    ).all()
    return [_account(row) for row in rows]


def add(connection: Connection, email: str, role: Role, now: datetime, name: str = "") -> int:
    """Add an account that has no password yet. Returns its id. Raises NotAnEmail, EmailTaken."""
    email = normal_email(parse_email_address(email))
    lock_names(connection, [_ROLES_LOCK])
    if connection.execute(select(StaffRow.id).where(StaffRow.email == email)).one_or_none():
        raise EmailTaken
    made = connection.execute(
        insert(StaffRow).values(
            email=email,
            name=name.strip()[:120],
            role=role,
            languages=(),
            phone="",
            active=True,
            created_at=now,
            fs_uniquifier=secrets.token_hex(16),
            fs_webauthn_user_handle=secrets.token_hex(16),
        )
    )
    assert made.inserted_primary_key
    return int(made.inserted_primary_key[0])


def new_link(connection: Connection, account_id: int, now: datetime) -> str:
    """Return the token of a new set-up link, which replaces an earlier one.

    Password and second factors go on working until the link is used.
    """
    token = secrets.token_urlsafe(32)
    change(connection, account_id, link_hash=_hash(token), link_until=now + LINK_IS_GOOD_FOR)
    return token


def use_link(connection: Connection, token: str, password: str, name: str, now: datetime) -> int | None:
    """Reset the account to a new password's hash: second factors and sessions from before are removed.

    Returns the account's id, or None if the link is used or too old.
    """
    found = find_by_link(connection, token, now)
    if found is None:
        return None
    used = connection.execute(
        update(StaffRow)
        .where(StaffRow.id == found.id, _has_link(token, now))
        .values(
            password=password,
            name=name.strip()[:120] or found.name,
            link_hash=None,
            link_until=None,
            fs_uniquifier=secrets.token_hex(16),
            tf_primary_method=None,
            tf_totp_secret=None,
            totp_counter=None,
            mf_recovery_codes=None,
        )
    )
    if used.rowcount != 1:
        return None
    connection.execute(delete(PasskeyRow).where(PasskeyRow.user_id == found.id))
    connection.execute(delete_sessions(found.id))
    return found.id


def change(connection: Connection, account_id: int, **columns: Any) -> None:
    """Change columns of one account. Any: each column has its own type."""
    connection.execute(update(StaffRow).where(StaffRow.id == account_id).values(**columns))


def change_password(connection: Connection, account_id: int, password: str, this: ServerSession) -> None:
    """Store a new password's hash. Ends the account's other sessions and forgets its remembered devices."""
    change(connection, account_id, password=password, fs_uniquifier=secrets.token_hex(16))
    connection.execute(delete_sessions(account_id, keep=this))


def set_role(connection: Connection, account_id: int, role: Role) -> None:
    """Raises LastAdmin."""
    lock_names(connection, [_ROLES_LOCK])
    if role is not Role.ADMIN:
        _keep_an_admin(connection, account_id)
    change(connection, account_id, role=role)


def close(connection: Connection, account_id: int) -> None:
    """Close an account: it cannot sign in, and its sessions and link end. Raises LastAdmin."""
    lock_names(connection, [_ROLES_LOCK])
    _keep_an_admin(connection, account_id)
    change(connection, account_id, active=False, link_hash=None, link_until=None)
    connection.execute(delete_sessions(account_id))


def reopen(connection: Connection, account_id: int) -> None:
    """Open a closed account again, with the password and second factors it had."""
    change(connection, account_id, active=True)


def set_authenticator_app(connection: Connection, account_id: int, secret: str, counter: int) -> None:
    """Store an app's encrypted secret and the TOTP step of the code that was used to set it up."""
    change(
        connection, account_id, tf_primary_method="authenticator", tf_totp_secret=secret, totp_counter=counter
    )


def remove_authenticator_app(connection: Connection, account_id: int) -> None:
    change(connection, account_id, tf_primary_method=None, tf_totp_secret=None, totp_counter=None)


def set_recovery_codes(connection: Connection, account_id: int, hashes: list[str]) -> None:
    change(connection, account_id, mf_recovery_codes=hashes)


def use_recovery_code(connection: Connection, account: Account, hash: str) -> bool:
    """Use a recovery code up. Returns False if the account has no such code, or it was used in between."""
    if hash not in account.recovery_codes:
        return False
    left = [each for each in account.recovery_codes if each != hash]
    used = connection.execute(
        update(StaffRow)
        .where(StaffRow.id == account.id, StaffRow.mf_recovery_codes == list(account.recovery_codes))
        .values(mf_recovery_codes=left)
    )
    return used.rowcount == 1


def _one(connection: Connection, condition: ColumnElement[bool]) -> Account | None:
    row = connection.execute(select(StaffRow.__table__).where(condition)).one_or_none()
    return _account(row) if row else None


def _account(row: Row[*tuple[Any, ...]]) -> Account:
    """Any: SQLAlchemy does not type the columns of a whole table."""
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        languages=row.languages,
        phone=row.phone,
        active=row.active,
        fs_uniquifier=row.fs_uniquifier,
        handle=row.fs_webauthn_user_handle,
        password=row.password,
        app_secret=row.tf_totp_secret,
        totp_counter=row.totp_counter,
        recovery_codes=tuple(row.mf_recovery_codes or ()),
        link_until=row.link_until,
    )


def _keep_an_admin(connection: Connection, account_id: int) -> None:
    """Raises LastAdmin if this account is the only admin who can sign in."""
    admins = connection.scalars(select(StaffRow.id).where(StaffRow.role == Role.ADMIN, StaffRow.active))
    if admins.all() == [account_id]:
        raise LastAdmin


def _has_link(token: str, now: datetime) -> ColumnElement[bool]:
    return (StaffRow.link_hash == _hash(token)) & (StaffRow.link_until > now) & StaffRow.active


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
