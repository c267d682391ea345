"""What staff prove who they are with: passwords, codes of an authenticator app, recovery codes.

Flask-Security does the work. docs/decisions/console-sign-in.md says why its views are not used.
"""

import base64
import hmac
from collections.abc import Callable
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
from sqlalchemy.orm import scoped_session, sessionmaker

from resident_app.clock import Clock
from resident_app.database import writing
from resident_app.web.accounts.account_store import Account, use_app_counter
from resident_app.web.accounts.context import AccountsContext
from resident_app.web.accounts.passwords import normal
from resident_app.web.accounts.staff_tables import PasskeyRow, StaffRow

RECOVERY_CODES = 10

_EXTENSION = "credentials"
_CLOCK_SKEW_SECONDS = 30
# OWASP, Password Storage: Argon2id with 19 MiB, 2 passes, 1 lane.
_ARGON2 = {"argon2__memory_cost": 19456, "argon2__rounds": 2, "argon2__parallelism": 1}


class SingleUseTotp(Totp):
    """TOTP whose codes work once (RFC 6238, 5.2). `user` is an Account; Flask-Security types it as Any."""

    def __init__(self, secrets: Any, issuer: str, *, context: AccountsContext):
        super().__init__(secrets, issuer)
        self._engine, self._clock = context.engine, context.clock
        self._totp = TOTP.using(issuer=issuer, secrets=secrets, now=_seconds(context.clock))

    def get_last_counter(self, user: Any) -> int | None:
        counter: int | None = user.totp_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Raises TokenError if another request used the same code in between."""
        with writing(self._engine) as connection:
            if not use_app_counter(connection, user.id, tmatch.counter, self._clock()):
                raise TokenError

    def counter_of(self, code: str, secret: str) -> int | None:
        """Return the TOTP step of a code, or None if it is wrong. For a secret that is not stored yet."""
        try:
            match = self._totp.verify(code, secret, window=_CLOCK_SKEW_SECONDS)
        except TokenError:
            return None
        return int(match.counter)


class Credentials:
    """Checks what a person gives, and makes what an account gets. Needs an application context."""

    def __init__(self, security: Security, recovery_code_key: bytes):
        self._security = security
        self._recovery_code_key = recovery_code_key

    def hash(self, password: str) -> str:
        """Return the Argon2id hash of a password under a key that the database does not hold."""
        return str(hash_password(normal(password)))

    def is_right(self, password: str, account: Account | None) -> bool:
        """Return whether it is the account's password. Takes the same time if there is no account."""
        stored = account.password if account and account.active and account.password else self._no_accounts
        right = verify_password(normal(password)[:1000], stored)
        return right and stored is not self._no_accounts

    def is_right_code(self, code: str, account: Account) -> bool:
        """Return whether a code of the account's app is right and unused, and use it up."""
        if not account.app_secret:
            return False
        digits, user = "".join(code.split()), cast(Any, account)
        try:
            return bool(self._totp.verify_totp(digits, account.app_secret, user, _CLOCK_SKEW_SECONDS))
        except ValueError:
            return False

    def new_app_secret(self) -> str:
        """Return a new secret for an authenticator app, encrypted as it is stored."""
        return str(self._totp.generate_totp_secret())

    def app_counter(self, code: str, secret: str) -> int | None:
        """Return the TOTP step of a code for a secret that is not stored yet; None if it is wrong."""
        try:
            return self._totp.counter_of("".join(code.split()), secret)
        except ValueError:
            return None

    def app_key(self, secret: str) -> str:
        """Return a secret in the form that a person types into an app."""
        return str(self._totp.get_totp_pretty_key(secret)).replace("-", " ")

    def app_picture(self, secret: str, email: str) -> Markup:
        """Return a secret as a QR code: an <svg> element."""
        image = qrcode.make(
            self._totp.get_totp_uri(email, secret), image_factory=qrcode.image.svg.SvgPathImage, border=4
        )
        return Markup(image.to_string(encoding="unicode"))  # noqa: S704 - it holds paths and no text

    def new_recovery_codes(self) -> list[str]:
        """Return codes of 48 random bits each, to be shown once."""
        return list(self._totp.generate_recovery_codes(RECOVERY_CODES))

    def hash_of_recovery_code(self, code: str) -> str:
        """Return a code's HMAC-SHA256 in hex, as it is stored."""
        plain = "".join(character for character in code.lower() if character.isalnum())
        return hmac.digest(self._recovery_code_key, plain.encode(), sha256).hex()

    @property
    def _totp(self) -> SingleUseTotp:
        factory = self._security.totp_factory
        assert isinstance(factory, SingleUseTotp)
        return factory

    @cached_property
    def _no_accounts(self) -> str:
        """The hash that a password is compared with when there is no account."""
        return self.hash("nobody's password")


def install(app: Flask, context: AccountsContext) -> None:
    """Set up Flask-Security without its pages."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a hash
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=_ARGON2,
        SECURITY_PASSWORD_SALT=derive_key(context, "passwords").hex(),
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS={"1": base64.b64encode(derive_key(context, "apps")).decode()},
        SECURITY_TOTP_ISSUER=context.issuer,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
    )
    # Flask-Security asks for a datastore. Our roles are a column, and its sessions are never opened.
    datastore = SQLAlchemySessionUserDatastore(
        scoped_session(sessionmaker(context.engine)), StaffRow, cast(Any, None), PasskeyRow
    )
    totp = cast(Any, partial(SingleUseTotp, context=context))
    security = Security(app, datastore, register_blueprint=False, totp_cls=totp)
    app.extensions[_EXTENSION] = Credentials(security, derive_key(context, "recovery codes"))


def current_credentials() -> Credentials:
    found: Credentials = current_app.extensions[_EXTENSION]
    return found


def derive_key(context: AccountsContext, purpose: str) -> bytes:
    """Return the application's key for one purpose: 32 bytes."""
    name = f"{context.application}|{purpose}"
    return hmac.digest(context.secret_key.encode(), name.encode(), sha256)


def _seconds(clock: Clock) -> Callable[[], float]:
    return lambda: clock().timestamp()
