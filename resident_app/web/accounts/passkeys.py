"""Passkeys and security keys (WebAuthn Level 2): the options for a browser, and the check of its answer.

A challenge is kept in the session. It works once, for five minutes. A passkey counts only if its row is
authentic and its account names it.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlsplit

import webauthn
from flask import request
from sqlalchemy import Connection, Row, Table, delete, insert, select, update
from webauthn.helpers import base64url_to_bytes, options_to_json, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from resident_app.security.row_authentication import row_keys_of, seal_row
from resident_app.web.accounts import account_store
from resident_app.web.accounts.account_store import Account
from resident_app.web.accounts.context import current_accounts
from resident_app.web.accounts.sessions import current_session
from resident_app.web.accounts.staff_tables import PasskeyRow

CHALLENGE_IS_GOOD_FOR = timedelta(minutes=5)
MOST_PASSKEYS = 10

_CHALLENGES = "challenges"
_OPEN_TABS = 5
_PASSKEY = cast(Table, PasskeyRow.__table__)


class InvalidPasskey(Exception):
    """The browser's answer is malformed, expired, or from a passkey that does not belong here."""


@dataclass(frozen=True)
class StoredPasskey:
    """A passkey, for the list on the account page."""

    id: int
    name: str
    credential_id: bytes
    transports: tuple[str, ...]
    created_at: datetime
    used_at: datetime


def can_be_used_here() -> bool:
    """Return whether this request came to the one address where the application's passkeys work.

    A passkey belongs to a host name. On an IP address a browser neither makes nor uses one.
    """
    return request.host == urlsplit(_origin()).netloc


def passkey_name(credential_id: bytes) -> str:
    """Return the name by which an account knows a passkey: 32 hexadecimal digits."""
    return sha256(credential_id).hexdigest()[:32]


def passkeys_of(connection: Connection, account: Account) -> list[StoredPasskey]:
    """Return an account's passkeys, the oldest first."""
    try:
        rows = connection.execute(
            select(_PASSKEY).where(_PASSKEY.c.user_id == account.id).order_by(_PASSKEY.c.id)
        ).all()
    except (LookupError, ValueError, TypeError):  # SQLite stores any value in any column.
        row_keys_of(connection).refuse(_PASSKEY.name, None)
        return []
    return [
        StoredPasskey(
            row.id,
            row.name,
            row.credential_id,
            tuple(row.transports or ()),
            row.create_datetime,
            row.lastuse_datetime,
        )
        for row in rows
        if _is_authentic(connection, row, account)
    ]


def registration_options(account: Account, passkeys: list[StoredPasskey]) -> str:
    """Return the options with which a browser makes a passkey, as JSON."""
    return options_to_json(
        webauthn.generate_registration_options(
            rp_id=_rp_id(),
            rp_name=current_accounts().issuer,
            user_id=account.handle.encode(),
            user_name=account.email,
            user_display_name=account.name or account.email,
            challenge=_new_challenge(),
            exclude_credentials=[_descriptor(each) for each in passkeys],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
        )
    )


def register(connection: Connection, account: Account, answer: str, name: str, now: datetime) -> None:
    """Store the passkey that a browser made. Raises InvalidPasskey."""
    try:
        sent = json.loads(answer)
        made = webauthn.verify_registration_response(
            credential=sent,
            expected_challenge=_challenge_of(sent, now),
            expected_rp_id=_rp_id(),
            expected_origin=_origin(),
        )
        transports = [AuthenticatorTransport(each).value for each in sent["response"].get("transports", [])]
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        raise InvalidPasskey from None
    account = account_store.to_change(connection, account.id)
    if len(account.passkeys) >= MOST_PASSKEYS or _is_known(connection, made.credential_id):
        raise InvalidPasskey
    inserted = connection.execute(
        insert(PasskeyRow).values(
            user_id=account.id,
            name=name,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=transports,
            backup_state=made.credential_backed_up,
            device_type=made.credential_device_type.value,
            create_datetime=now,
            lastuse_datetime=now,
            usage="first" if made.user_verified else "secondary",
        )
    )
    assert inserted.inserted_primary_key
    seal_row(connection, _PASSKEY, int(inserted.inserted_primary_key[0]))
    account_store.write(
        connection, account, now, passkeys=(*account.passkeys, passkey_name(made.credential_id))
    )


def sign_in_options(passkeys: list[StoredPasskey] | None = None, *, alone: bool = True) -> str:
    """Return the options with which a browser uses a passkey, as JSON. None: any it has for this address.

    `alone`: the passkey is both factors, so the device must verify its user.
    """
    return options_to_json(
        webauthn.generate_authentication_options(
            rp_id=_rp_id(),
            challenge=_new_challenge(),
            allow_credentials=[_descriptor(each) for each in passkeys] if passkeys is not None else None,
            user_verification=(
                UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.DISCOURAGED
            ),
        )
    )


def verify(
    connection: Connection, answer: str, now: datetime, *, account_id: int | None = None, alone: bool = True
) -> Account:
    """Return the account whose passkey a browser used. Raises InvalidPasskey.

    `account_id`: only this account's passkeys are right. `alone`: see `sign_in_options`.
    """
    try:
        sent = json.loads(answer)
        credential = parse_authentication_credential_json(sent)
        row = connection.execute(
            select(_PASSKEY).where(_PASSKEY.c.credential_id == credential.raw_id)
        ).one_or_none()
        account = account_store.find(connection, id=row.user_id) if row else None
        if row is None or account is None or not account.active or account_id not in (None, account.id):
            raise InvalidPasskey
        if not _is_authentic(connection, row, account):
            raise InvalidPasskey
        if credential.response.user_handle not in (None, b"", account.handle.encode()):
            raise InvalidPasskey
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=_challenge_of(sent, now),
            expected_rp_id=_rp_id(),
            expected_origin=_origin(),
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=alone,
        )
    except (WebAuthnException, ValueError, LookupError, TypeError, AttributeError):
        raise InvalidPasskey from None
    changed = {
        "sign_count": verified.new_sign_count,
        "backup_state": verified.credential_backed_up,
        "lastuse_datetime": now,
    }
    mac = row_keys_of(connection).mac(_PASSKEY.name, {**row._asdict(), **changed})
    used = connection.execute(
        update(PasskeyRow)
        .where(PasskeyRow.id == row.id, PasskeyRow.sign_count == row.sign_count)
        .values(**changed, mac=mac)
    )
    if used.rowcount != 1:
        raise InvalidPasskey
    return account


def remove(connection: Connection, account_id: int, passkey: int, now: datetime) -> bool:
    """Remove one of an account's passkeys. Returns False if it has no such passkey."""
    account = account_store.to_change(connection, account_id)
    found = [one for one in passkeys_of(connection, account) if one.id == passkey]
    if not found:
        return False
    name = passkey_name(found[0].credential_id)
    connection.execute(delete(PasskeyRow).where(PasskeyRow.id == passkey))
    left = tuple(each for each in account.passkeys if each != name)
    account_store.write(connection, account, now, passkeys=left)
    return True


def _is_authentic(connection: Connection, row: Row[*tuple[Any, ...]], account: Account) -> bool:
    """Return whether this system wrote the row, for this account. Any: see `account_store`."""
    keys = row_keys_of(connection)
    if (
        row.user_id == account.id
        and keys.is_authentic(_PASSKEY.name, row._asdict())
        and passkey_name(row.credential_id) in account.passkeys
    ):
        return True
    keys.refuse(_PASSKEY.name, row.id)
    return False


def _is_known(connection: Connection, credential_id: bytes) -> bool:
    known = select(PasskeyRow.id).where(PasskeyRow.credential_id == credential_id)
    return connection.execute(known).one_or_none() is not None


def _descriptor(passkey: StoredPasskey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=passkey.credential_id,
        transports=[AuthenticatorTransport(each) for each in passkey.transports] or None,
    )


def _new_challenge() -> bytes:
    """Make a challenge and keep it in the session, beside those of other tabs."""
    session, challenge = current_session(), secrets.token_urlsafe(32)
    at = current_accounts().clock().timestamp()
    session[_CHALLENGES] = [*session.get(_CHALLENGES, []), [challenge, at]][-_OPEN_TABS:]
    return challenge.encode()


def _challenge_of(answer: dict[str, dict[str, str]], now: datetime) -> bytes:
    """Return the challenge that an answer is for, and use it up. Raises InvalidPasskey."""
    client = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
    wanted = base64url_to_bytes(client["challenge"]).decode()
    session = current_session()
    kept = session.get(_CHALLENGES, [])
    session[_CHALLENGES] = [each for each in kept if each[0] != wanted]
    oldest = (now - CHALLENGE_IS_GOOD_FOR).timestamp()
    if not any(each[0] == wanted and each[1] >= oldest for each in kept):
        raise InvalidPasskey
    return wanted.encode()


def _rp_id() -> str:
    """Return the host name that passkeys belong to, whatever host the request names."""
    return urlsplit(_origin()).hostname or ""


def _origin() -> str:
    return current_accounts().base_url
