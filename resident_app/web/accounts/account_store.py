"""Staff accounts in the database: added by an admin, set up by a link, closed, never deleted.

Every row is authenticated (`security.row_authentication`): one that this system did not write, or that is not
the newest, is as if it did not exist. Only `add` and `write` write one.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Connection, Row, Select, Table, bindparam, delete, func, insert, select, update

from resident_app.contact_points import parse_email_address
from resident_app.database import lock_names
from resident_app.security import audit_log
from resident_app.security.row_authentication import row_keys_of, seal_row
from resident_app.security.row_versions import is_newest, record_version
from resident_app.web.accounts.secret_key import note_key
from resident_app.web.accounts.staff_tables import AskedFor, PasskeyRow, Role, StaffRow, StaffSessionRow

LINK_IS_GOOD_FOR = timedelta(hours=72)

MOST_SESSIONS = 20
"""An account's sessions at the same time. The oldest ends when there are more."""

_ROLES_LOCK = b"roles of staff"
_STAFF = cast(Table, StaffRow.__table__)
# Built once: building a statement takes longer than running it.
_BY_ID = select(_STAFF).where(_STAFF.c.id == bindparam("account"))
_BY_EMAIL = select(_STAFF).where(_STAFF.c.email == bindparam("email"))
_BY_LINK = select(_STAFF).where(
    _STAFF.c.link_hash == bindparam("link"), _STAFF.c.link_until > bindparam("now"), _STAFF.c.active
)


class EmailTaken(Exception):
    """Another account has this e-mail address."""


class AccountRefused(Exception):
    """The account's row is not what this system wrote, or was gone."""


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
    passkeys: tuple[str, ...]
    """The names of its passkeys (`passkeys.passkey_name`)."""
    sessions: tuple[str, ...]
    """The names of its sessions (`sessions.session_name`), the oldest first."""
    version: int
    link_by: int | None
    link_with: int | None
    made_by: int | None
    """Who made the link by which the account was set up; None: the command line."""
    made_with: int | None
    """The second person who allowed that link."""
    second_factor_since: datetime | None
    asked_for: AskedFor | None
    """What waits for a second person (`second_person`)."""
    asked_role: Role | None
    asked_by: int | None
    asked_at: datetime | None

    @property
    def has_second_factor(self) -> bool:
        return bool(self.app_secret or self.passkeys)


def normal_email(typed: str) -> str:
    """Return an address as it is stored and looked up."""
    return typed.strip().lower()[:255]


def find(connection: Connection, *, id: int | None = None, email: str | None = None) -> Account | None:
    """Return the account with an id or an address, closed or not; None if there is none that is authentic."""
    if id is not None:
        return _one(connection, _BY_ID, {"account": id})
    return _one(connection, _BY_EMAIL, {"email": normal_email(email or "")})


def find_by_link(connection: Connection, token: str, now: datetime) -> Account | None:
    """Return the account that a set-up link is for; None if the link is used or too old.

    The link may wait for a second person (`asked_for`).
    """
    return _one(connection, _BY_LINK, {"link": _hash(token), "now": now})


def every_account(connection: Connection) -> list[Account]:
    """Return all authentic accounts: open ones first, then by name."""
    ids = connection.scalars(select(StaffRow.id)).all()
    found = [account for id in ids if (account := find(connection, id=id))]
    return sorted(found, key=lambda account: (not account.active, account.name.lower(), account.email))


def count_refused(connection: Connection) -> int:
    """Return how many accounts are not authentic."""
    total = connection.execute(select(func.count()).select_from(StaffRow)).scalar_one()
    return total - len(every_account(connection))


def add(connection: Connection, email: str, role: Role, now: datetime, name: str = "") -> int:
    """Add an account that has no password yet. Returns its id.

    Raises NotAnEmail, EmailTaken, AnotherSecretKey.
    """
    note_key(connection, now)
    email = normal_email(parse_email_address(email))
    lock_names(connection, [_ROLES_LOCK])
    if connection.execute(select(StaffRow.id).where(StaffRow.email == email)).one_or_none():
        raise EmailTaken
    audit_log.lock_log(connection)
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
            version=1,
        )
    )
    assert made.inserted_primary_key
    id = int(made.inserted_primary_key[0])
    seal_row(connection, _STAFF, id)
    record_version(connection, _STAFF, id, 1, now)
    return id


def change(connection: Connection, account_id: int, now: datetime, **columns: Any) -> None:
    """Change columns of one account, as its next version. Any: each column has its own type.

    Raises AccountRefused if the account is not what this system wrote.
    """
    write(connection, to_change(connection, account_id), now, **columns)


def to_change(connection: Connection, account_id: int) -> Account:
    """Return an account, and lock it until the transaction ends. Raises AccountRefused."""
    # The log first, because two changes could otherwise wait for each other.
    audit_log.lock_log(connection)
    account = _one(connection, _BY_ID.with_for_update(), {"account": account_id})
    if account is None:
        raise AccountRefused
    return account


def write(connection: Connection, account: Account, now: datetime, **columns: Any) -> None:
    """Write columns of an account that `to_change` has returned. Any: each column has its own type."""
    if columns.get("tf_totp_secret", account.app_secret) or columns.get("passkeys", account.passkeys):
        since = account.second_factor_since or now
    else:
        since = None
    columns = {"second_factor_since": since, "version": account.version + 1} | columns
    connection.execute(update(StaffRow).where(StaffRow.id == account.id).values(**columns))
    seal_row(connection, _STAFF, account.id)
    record_version(connection, _STAFF, account.id, account.version + 1, now)


def new_link(connection: Connection, account_id: int, now: datetime) -> str:
    """Return the token of a new set-up link, which replaces an earlier one.

    Password and second factors go on working until the link is used.
    """
    token = new_token()
    change(connection, account_id, now, **link_columns(token, now))
    return token


def new_token() -> str:
    """Return a new set-up link's token."""
    return secrets.token_urlsafe(32)


def link_columns(token: str, now: datetime) -> dict[str, Any]:
    """Return the columns of a link. Any: each has its own type."""
    return {"link_hash": _hash(token), "link_until": now + LINK_IS_GOOD_FOR}


def use_link(connection: Connection, token: str, password: str, name: str, now: datetime) -> int | None:
    """Reset the account to a new password's hash: second factors and sessions from before are removed.

    Returns the account's id, or None if the link is used, too old, or waits for a second person.
    """
    audit_log.lock_log(connection)
    found = _one(connection, _BY_LINK.with_for_update(), {"link": _hash(token), "now": now})
    if found is None or found.asked_for is AskedFor.LINK:
        return None
    write(
        connection,
        found,
        now,
        password=password,
        name=name.strip()[:120] or found.name,
        link_hash=None,
        link_until=None,
        link_by=None,
        link_with=None,
        made_by=found.link_by,
        made_with=found.link_with,
        **NOTHING_TO_SIGN_IN_WITH,
        fs_uniquifier=secrets.token_hex(16),
    )
    connection.execute(delete(PasskeyRow).where(PasskeyRow.user_id == found.id))
    _delete_sessions(connection, found.id)
    return found.id


NOTHING_TO_SIGN_IN_WITH: dict[str, Any] = {
    "tf_primary_method": None,
    "tf_totp_secret": None,
    "totp_counter": None,
    "mf_recovery_codes": None,
    "passkeys": (),
    "sessions": (),
}


def change_password(
    connection: Connection, account_id: int, password: str, this_session: str, now: datetime
) -> None:
    """Store a new password's hash. Ends the account's other sessions and forgets its remembered devices."""
    change(
        connection,
        account_id,
        now,
        password=password,
        fs_uniquifier=secrets.token_hex(16),
        sessions=(this_session,),
    )
    _delete_sessions(connection, account_id, keep=(this_session,))


def set_role(connection: Connection, account_id: int, role: Role, now: datetime) -> None:
    """Raises LastAdmin."""
    lock_names(connection, [_ROLES_LOCK])
    if role is not Role.ADMIN:
        _keep_an_admin(connection, account_id)
    change(connection, account_id, now, role=role)


def close(connection: Connection, account_id: int, now: datetime) -> None:
    """Close an account: it cannot sign in, and its sessions and link end. Raises LastAdmin."""
    lock_names(connection, [_ROLES_LOCK])
    _keep_an_admin(connection, account_id)
    change(
        connection,
        account_id,
        now,
        active=False,
        link_hash=None,
        link_until=None,
        sessions=(),
        asked_for=None,
    )
    _delete_sessions(connection, account_id)


def set_authenticator_app(
    connection: Connection, account_id: int, secret: str, counter: int, now: datetime
) -> None:
    """Store an app's encrypted secret and the TOTP step of the code that was used to set it up."""
    change(
        connection,
        account_id,
        now,
        tf_primary_method="authenticator",
        tf_totp_secret=secret,
        totp_counter=counter,
    )


def remove_authenticator_app(connection: Connection, account_id: int, now: datetime) -> None:
    change(connection, account_id, now, tf_primary_method=None, tf_totp_secret=None, totp_counter=None)


def use_app_counter(connection: Connection, account_id: int, counter: int, now: datetime) -> bool:
    """Use a TOTP step up. Returns False if it, or a later one, was used already."""
    account = to_change(connection, account_id)
    if account.totp_counter is not None and account.totp_counter >= counter:
        return False
    write(connection, account, now, totp_counter=counter)
    return True


def set_recovery_codes(connection: Connection, account_id: int, hashes: list[str], now: datetime) -> None:
    change(connection, account_id, now, mf_recovery_codes=hashes)


def use_recovery_code(connection: Connection, account_id: int, hash: str, now: datetime) -> bool:
    """Use a recovery code up. Returns False if the account has no such code, or it was used in between."""
    account = to_change(connection, account_id)
    if hash not in account.recovery_codes:
        return False
    left = [each for each in account.recovery_codes if each != hash]
    write(connection, account, now, mf_recovery_codes=left)
    return True


def add_session(connection: Connection, account_id: int, name: str, now: datetime) -> None:
    """Note that an account has one more session. Those whose row is gone are forgotten."""
    account = to_change(connection, account_id)
    rows = connection.scalars(select(StaffSessionRow.id).where(StaffSessionRow.account_id == account_id))
    there = {row.hex() for row in rows}
    kept = [each for each in account.sessions if each in there and each != name]
    write(connection, account, now, sessions=tuple([*kept, name][-MOST_SESSIONS:]))


def end_sessions(
    connection: Connection, account_id: int, now: datetime, *, name: str = "", keep: str = ""
) -> None:
    """End an account's sessions: one by name, all, or all except `keep`."""
    account = to_change(connection, account_id)
    left = tuple(each for each in account.sessions if (each != name if name else each == keep))
    if left != account.sessions:
        write(connection, account, now, sessions=left)
    _delete_sessions(connection, account_id, keep=left)


def _delete_sessions(connection: Connection, account_id: int, keep: Sequence[str] = ()) -> None:
    """Remove the rows of the sessions that the account no longer names."""
    ids = [bytes.fromhex(name) for name in keep]
    connection.execute(
        delete(StaffSessionRow).where(
            StaffSessionRow.account_id == account_id, StaffSessionRow.id.not_in(ids)
        )
    )


def _one(
    connection: Connection, statement: Select[*tuple[Any, ...]], values: dict[str, object]
) -> Account | None:
    """Return the account of the row that a statement selects, if it is authentic and the newest.

    Any: SQLAlchemy does not type the columns of a whole table.
    """
    keys, seen = row_keys_of(connection), 0
    while True:
        try:
            row = connection.execute(statement, values).one_or_none()
        except (LookupError, ValueError, TypeError):  # SQLite stores any value in any column.
            keys.refuse(_STAFF.name, None)
            return None
        if row is None:
            return None
        if keys.is_authentic(_STAFF.name, row._asdict()):
            if is_newest(connection, _STAFF, row.id, row.version):
                return _account(row)
            if row.version > seen:
                seen = row.version  # It may have been changed since it was read.
                continue
        keys.refuse(_STAFF.name, row.id)
        return None


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
        passkeys=row.passkeys,
        sessions=row.sessions,
        version=row.version,
        link_by=row.link_by,
        link_with=row.link_with,
        made_by=row.made_by,
        made_with=row.made_with,
        second_factor_since=row.second_factor_since,
        asked_for=row.asked_for,
        asked_role=row.asked_role,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
    )


def _keep_an_admin(connection: Connection, account_id: int) -> None:
    """Raises LastAdmin if this account is the only admin who can sign in."""
    admins = [one.id for one in every_account(connection) if one.role is Role.ADMIN and one.active]
    if admins == [account_id]:
        raise LastAdmin


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
