"""Passkeys and security keys (WebAuthn Level 2): what a browser is asked, and whether its answer is right.

A challenge is kept in the session and is good once, for five minutes.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import webauthn
from flask import request
from sqlalchemy import Connection, delete, func, insert, select, update
from webauthn.helpers import base64url_to_bytes, options_to_json, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from resident_app.console.context import current_context
from resident_app.web.accounts.account_store import Account, find
from resident_app.web.accounts.credentials import ISSUER
from resident_app.web.accounts.sessions import current_session
from resident_app.web.accounts.staff_tables import PasskeyRow

CHALLENGE_IS_GOOD_FOR = timedelta(minutes=5)
MOST_PASSKEYS = 10

_CHALLENGES = "challenges"
_OPEN_TABS = 5


class NotRight(Exception):
    """What the browser sent proves nothing."""


@dataclass(frozen=True)
class StoredPasskey:
    """A passkey as it is listed."""

    id: int
    name: str
    credential_id: bytes
    transports: tuple[str, ...]
    created_at: datetime
    used_at: datetime


def work_here() -> bool:
    """Whether this request came to the one address at which the console's passkeys work.

    A passkey belongs to a name; on an IP address a browser neither makes nor shows one.
    """
    return request.host == urlsplit(_origin()).netloc


def passkeys_of(connection: Connection, staff: int) -> list[StoredPasskey]:
    rows = connection.execute(
        select(PasskeyRow.__table__).where(PasskeyRow.user_id == staff).order_by(PasskeyRow.id)
    )
    return [
        StoredPasskey(
            row.id,
            row.name,
            row.credential_id,
            tuple(row.transports or ()),
            row.create_datetime,
            row.lastuse_datetime,
        )
        for row in rows.all()
    ]


def to_register(account: Account, passkeys: list[StoredPasskey]) -> str:
    """What a browser is asked to make a passkey: JSON."""
    return options_to_json(
        webauthn.generate_registration_options(
            rp_id=_rp_id(),
            rp_name=ISSUER,
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
    """Keep the passkey that a browser made. Raises NotRight."""
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
        raise NotRight from None
    how_many = select(func.count()).where(PasskeyRow.user_id == account.id)
    if (connection.scalar(how_many) or 0) >= MOST_PASSKEYS or _is_known(connection, made.credential_id):
        raise NotRight
    connection.execute(
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


def to_sign_in(passkeys: list[StoredPasskey] | None = None, *, alone: bool = True) -> str:
    """What a browser is asked to show a passkey: JSON. None: whichever it has for us.

    `alone`: the passkey is both factors, so the device must know its owner (user verification).
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


def shown(
    connection: Connection, answer: str, now: datetime, *, staff: int | None = None, alone: bool = True
) -> Account:
    """Whose passkey a browser has shown. Raises NotRight; `staff`: nobody else's is right."""
    try:
        sent = json.loads(answer)
        credential = parse_authentication_credential_json(sent)
        row = connection.execute(
            select(PasskeyRow.__table__).where(PasskeyRow.credential_id == credential.raw_id)
        ).one_or_none()
        account = find(connection, id=row.user_id) if row else None
        if row is None or account is None or not account.active or staff not in (None, account.id):
            raise NotRight
        if credential.response.user_handle not in (None, b"", account.handle.encode()):
            raise NotRight
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=_challenge_of(sent, now),
            expected_rp_id=_rp_id(),
            expected_origin=_origin(),
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=alone,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        raise NotRight from None
    used = connection.execute(
        update(PasskeyRow)
        .where(PasskeyRow.id == row.id, PasskeyRow.sign_count == row.sign_count)
        .values(
            sign_count=verified.new_sign_count,
            backup_state=verified.credential_backed_up,
            lastuse_datetime=now,
        )
    )
    if used.rowcount != 1:
        raise NotRight
    return account


def remove(connection: Connection, staff: int, passkey: int) -> bool:
    """Whether there was one to remove."""
    removed = delete(PasskeyRow).where(PasskeyRow.id == passkey, PasskeyRow.user_id == staff)
    return connection.execute(removed).rowcount == 1


def _is_known(connection: Connection, credential_id: bytes) -> bool:
    known = select(PasskeyRow.id).where(PasskeyRow.credential_id == credential_id)
    return connection.execute(known).one_or_none() is not None


def _descriptor(passkey: StoredPasskey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=passkey.credential_id,
        transports=[AuthenticatorTransport(each) for each in passkey.transports] or None,
    )


def _new_challenge() -> bytes:
    """Kept for this session, beside those of its other tabs."""
    session, challenge = current_session(), secrets.token_urlsafe(32)
    at = current_context().clock().timestamp()
    session[_CHALLENGES] = [*session.get(_CHALLENGES, []), [challenge, at]][-_OPEN_TABS:]
    return challenge.encode()


def _challenge_of(answer: dict[str, dict[str, str]], now: datetime) -> bytes:
    """The challenge that an answer is to, which is used up with it. Raises NotRight."""
    client = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
    wanted = base64url_to_bytes(client["challenge"]).decode()
    session = current_session()
    kept = session.get(_CHALLENGES, [])
    session[_CHALLENGES] = [each for each in kept if each[0] != wanted]
    oldest = (now - CHALLENGE_IS_GOOD_FOR).timestamp()
    if not any(each[0] == wanted and each[1] >= oldest for each in kept):
        raise NotRight
    return wanted.encode()


def _rp_id() -> str:
    """The name that passkeys belong to: the console's own, whatever host a request names."""
    return urlsplit(_origin()).hostname or ""


def _origin() -> str:
    return current_context().settings.console_url
