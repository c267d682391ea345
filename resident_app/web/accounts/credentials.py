"""What staff prove who they are with: passwords, codes of an app, recovery codes.

Flask-Security does the work, but its views are not registered. They answer JSON beside pages, keep a
passkey's challenge in a token that is good more than once, and know neither a lock nor our limits.
"""

import base64
import hmac
from functools import cached_property, partial
from hashlib import sha256
from typing import Any, cast

import qrcode
import qrcode.image.svg
from flask import Flask, current_app
from flask_security import Security, SQLAlchemySessionUserDatastore, Totp, hash_password, verify_password
from markupsafe import Markup
from passlib.exc import TokenError
from passlib.totp import TOTP, TotpMatch
from sqlalchemy import or_, update
from sqlalchemy.orm import scoped_session, sessionmaker

from resident_app.clock import Clock
from resident_app.console.context import ConsoleContext
from resident_app.database import deciding
from resident_app.web.accounts.account_store import Account
from resident_app.web.accounts.passwords import normal
from resident_app.web.accounts.staff_tables import PasskeyRow, StaffRow

RECOVERY_CODES = 10
ISSUER = "Outreach console"

_EXTENSION = "credentials"
_CLOCK_SKEW_SECONDS = 30
# OWASP, Password Storage: Argon2id with 19 MiB, 2 passes, 1 lane.
_ARGON2 = {"argon2__memory_cost": 19456, "argon2__rounds": 2, "argon2__parallelism": 1}


class TotpOnce(Totp):
    """Codes that are good once (RFC 6238, 5.2), by our clock. `user` is an Account."""

    def __init__(self, secrets: Any, issuer: str, *, parts: ConsoleContext):
        super().__init__(secrets, issuer)
        self._engine = parts.engine
        self._totp = TOTP.using(issuer=issuer, secrets=secrets, now=_seconds(parts.clock))

    def get_last_counter(self, user: Any) -> int | None:
        counter: int | None = user.totp_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Raises TokenError if the same code was taken meanwhile."""
        statement = (
            update(StaffRow)
            .where(
                StaffRow.id == user.id,
                or_(StaffRow.totp_counter.is_(None), StaffRow.totp_counter < tmatch.counter),
            )
            .values(totp_counter=tmatch.counter)
        )
        with deciding(self._engine) as connection:
            if connection.execute(statement).rowcount != 1:
                raise TokenError

    def counter_of(self, code: str, secret: str) -> int | None:
        """The step at which a code is right; None if it is wrong. For a secret that is not stored yet."""
        try:
            match = self._totp.verify(code, secret, window=_CLOCK_SKEW_SECONDS)
        except TokenError:
            return None
        return int(match.counter)


class Credentials:
    """Checks what a person gives, and makes what an account is given. Needs an application's context."""

    def __init__(self, security: Security, key: bytes):
        self._security = security
        self._key = key

    def hash(self, password: str) -> str:
        """Argon2id over the password under a key that the database does not hold."""
        return str(hash_password(normal(password)))

    def is_right(self, password: str, account: Account | None) -> bool:
        """Whether it is the account's password. Without one the same work is done."""
        stored = account.password if account and account.active and account.password else self._nobodys
        right = verify_password(normal(password)[:1000], stored)
        return right and stored is not self._nobodys

    def is_right_code(self, code: str, account: Account) -> bool:
        """Whether a code of the account's app is right, and was not used before."""
        if not account.app_secret:
            return False
        digits, user = "".join(code.split()), cast(Any, account)
        try:
            return bool(self._totp.verify_totp(digits, account.app_secret, user, _CLOCK_SKEW_SECONDS))
        except ValueError:
            return False

    def new_app_secret(self) -> str:
        """For an app, encrypted as it is stored."""
        return str(self._totp.generate_totp_secret())

    def app_counter(self, code: str, secret: str) -> int | None:
        """See TotpOnce.counter_of."""
        try:
            return self._totp.counter_of("".join(code.split()), secret)
        except ValueError:
            return None

    def app_key(self, secret: str) -> str:
        """A secret as it is typed into an app."""
        return str(self._totp.get_totp_pretty_key(secret)).replace("-", " ")

    def app_picture(self, secret: str, email: str) -> Markup:
        """A secret as a QR code: an <svg> element."""
        image = qrcode.make(
            self._totp.get_totp_uri(email, secret), image_factory=qrcode.image.svg.SvgPathImage, border=4
        )
        return Markup(image.to_string(encoding="unicode"))  # noqa: S704 - its text is in paths alone

    def new_recovery_codes(self) -> list[str]:
        """Codes that are shown once: 48 random bits each."""
        return list(self._totp.generate_recovery_codes(RECOVERY_CODES))

    def hash_of_recovery_code(self, code: str) -> str:
        """As it is stored: HMAC-SHA256, hex."""
        plain = "".join(character for character in code.lower() if character.isalnum())
        return hmac.digest(self._key, plain.encode(), sha256).hex()

    @property
    def _totp(self) -> TotpOnce:
        factory = self._security.totp_factory
        assert isinstance(factory, TotpOnce)
        return factory

    @cached_property
    def _nobodys(self) -> str:
        """What a password is compared with when there is no account."""
        return self.hash("nobody's password")


def install(app: Flask, parts: ConsoleContext) -> None:
    """Set Flask-Security up without its pages."""
    secret = parts.settings.secret_key.get_secret_value()
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a hash
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=_ARGON2,
        SECURITY_PASSWORD_SALT=derived(secret, "passwords").hex(),
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS={"1": base64.b64encode(derived(secret, "apps")).decode()},
        SECURITY_TOTP_ISSUER=ISSUER,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
    )
    # It asks for one; roles are a column of ours, and its sessions are never opened.
    datastore = SQLAlchemySessionUserDatastore(
        scoped_session(sessionmaker(parts.engine)), StaffRow, cast(Any, None), PasskeyRow
    )
    once = cast(Any, partial(TotpOnce, parts=parts))
    security = Security(app, datastore, register_blueprint=False, totp_cls=once)
    app.extensions[_EXTENSION] = Credentials(security, derived(secret, "recovery codes"))


def current_credentials() -> Credentials:
    found: Credentials = current_app.extensions[_EXTENSION]
    return found


def derived(secret: str, purpose: str) -> bytes:
    """A key of its own for each purpose: 32 bytes."""
    return hmac.digest(secret.encode(), f"console|{purpose}".encode(), sha256)


def _seconds(clock: Clock) -> Any:
    return lambda: clock().timestamp()
