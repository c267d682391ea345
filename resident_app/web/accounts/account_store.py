"""Staff accounts in the database: made by an admin, set up by a link, closed, never deleted."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from resident_app.database import lock_names
from resident_app.web.accounts.sessions import ServerSession, sessions_to_end
from resident_app.web.accounts.staff_tables import PasskeyRow, Role, StaffRow

LINK_IS_GOOD_FOR = timedelta(hours=72)

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_ROLES = b"roles of staff"


class NotAnAddress(Exception):
    """What should be an e-mail address is none."""


class Taken(Exception):
    """Another account has the address."""


class LastAdmin(Exception):
    """Nobody would be left to make accounts."""


@dataclass(frozen=True, repr=False)
class Account:
    """One account, with what it proves itself by."""

    id: int
    email: str
    name: str
    role: Role
    languages: tuple[str, ...]
    phone: str
    active: bool
    fs_uniquifier: str
    """Changes when nothing that was given out before may count: sessions, trusted devices."""
    handle: str
    """By which passkeys know the account; says nothing."""
    password: str | None
    app_secret: str | None
    totp_counter: int | None
    recovery_codes: tuple[str, ...]
    """Hashed."""
    link_until: datetime | None


def normal_email(typed: str) -> str:
    """An address as it is stored and looked up."""
    return typed.strip().lower()[:255]


def find(connection: Connection, *, id: int | None = None, email: str | None = None) -> Account | None:
    """The account with a number or an address, closed ones too."""
    which = StaffRow.id == id if id is not None else StaffRow.email == normal_email(email or "")
    return _one(connection, which)


def find_by_link(connection: Connection, token: str, now: datetime) -> Account | None:
    """The account that a set-up link is for, while it is good."""
    return _one(connection, _is_link(token, now))


def every(connection: Connection) -> list[Account]:
    """All accounts, open ones first, by name."""
    rows = connection.execute(
        select(StaffRow.__table__).order_by(StaffRow.active.desc(), func.lower(StaffRow.name), StaffRow.email)
    ).all()
    return [_account(row) for row in rows]


def add(connection: Connection, email: str, role: Role, now: datetime, name: str = "") -> int:
    """A new account, without a password yet. Raises NotAnAddress, Taken."""
    email = normal_email(email)
    if not _EMAIL.fullmatch(email):
        raise NotAnAddress
    lock_names(connection, [_ROLES])
    if connection.execute(select(StaffRow.id).where(StaffRow.email == email)).one_or_none():
        raise Taken
    made = connection.execute(
        insert(StaffRow).values(
            email=email,
            name=name.strip()[:120],
            role=role.value,
            languages="",
            phone="",
            active=True,
            created_at=now,
            fs_uniquifier=secrets.token_hex(16),
            fs_webauthn_user_handle=secrets.token_hex(16),
        )
    )
    assert made.inserted_primary_key
    return int(made.inserted_primary_key[0])


def new_link(connection: Connection, staff: int, now: datetime) -> str:
    """A set-up link's token. An earlier link is no longer good; password and second factors still are."""
    token = secrets.token_urlsafe(32)
    change(connection, staff, link_hash=_hashed(token), link_until=now + LINK_IS_GOOD_FOR)
    return token


def use_link(connection: Connection, token: str, password: str, name: str, now: datetime) -> int | None:
    """Begin the account anew with a password's hash, without any second factor or session of before.

    Returns the account, or None if the link is no longer good.
    """
    found = find_by_link(connection, token, now)
    if found is None:
        return None
    used = connection.execute(
        update(StaffRow)
        .where(StaffRow.id == found.id, _is_link(token, now))
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
    connection.execute(sessions_to_end(found.id))
    return found.id


def change(connection: Connection, staff: int, **columns: Any) -> None:
    """Change columns of one account."""
    connection.execute(update(StaffRow).where(StaffRow.id == staff).values(**columns))


def change_password(connection: Connection, staff: int, password: str, this: ServerSession) -> None:
    """A new password's hash. The account's other sessions end; no device of before is trusted."""
    change(connection, staff, password=password, fs_uniquifier=secrets.token_hex(16))
    connection.execute(sessions_to_end(staff, but=this))


def set_role(connection: Connection, staff: int, role: Role) -> None:
    """Raises LastAdmin."""
    lock_names(connection, [_ROLES])
    if role is not Role.ADMIN:
        _keep_an_admin(connection, staff)
    change(connection, staff, role=role.value)


def close(connection: Connection, staff: int) -> None:
    """Nobody signs in with it any more; its sessions and its link end. Raises LastAdmin."""
    lock_names(connection, [_ROLES])
    _keep_an_admin(connection, staff)
    change(connection, staff, active=False, link_hash=None, link_until=None)
    connection.execute(sessions_to_end(staff))


def open_again(connection: Connection, staff: int) -> None:
    """A closed account, as it was."""
    change(connection, staff, active=True)


def set_app(connection: Connection, staff: int, secret: str, counter: int) -> None:
    """An authenticator app, and the step at which its first code was used."""
    change(connection, staff, tf_primary_method="authenticator", tf_totp_secret=secret, totp_counter=counter)


def remove_app(connection: Connection, staff: int) -> None:
    change(connection, staff, tf_primary_method=None, tf_totp_secret=None, totp_counter=None)


def set_recovery_codes(connection: Connection, staff: int, hashes: list[str]) -> None:
    change(connection, staff, mf_recovery_codes=hashes)


def take_recovery_code(connection: Connection, account: Account, hash: str) -> bool:
    """Use a code up. False if it is none of the account's, or was used meanwhile."""
    if hash not in account.recovery_codes:
        return False
    left = [each for each in account.recovery_codes if each != hash]
    taken = connection.execute(
        update(StaffRow)
        .where(StaffRow.id == account.id, StaffRow.mf_recovery_codes == list(account.recovery_codes))
        .values(mf_recovery_codes=left)
    )
    return taken.rowcount == 1


def _one(connection: Connection, which: ColumnElement[bool]) -> Account | None:
    row = connection.execute(select(StaffRow.__table__).where(which)).one_or_none()
    return _account(row) if row else None


def _account(row: Any) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        languages=tuple(row.languages.split(",")) if row.languages else (),
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


def _keep_an_admin(connection: Connection, but: int) -> None:
    others = select(func.count()).where(
        StaffRow.role == Role.ADMIN.value, StaffRow.active, StaffRow.id != but
    )
    is_admin = select(func.count()).where(
        StaffRow.role == Role.ADMIN.value, StaffRow.active, StaffRow.id == but
    )
    if connection.scalar(is_admin) and not connection.scalar(others):
        raise LastAdmin


def _is_link(token: str, now: datetime) -> ColumnElement[bool]:
    return (StaffRow.link_hash == _hashed(token)) & (StaffRow.link_until > now) & StaffRow.active


def _hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()
