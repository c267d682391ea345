"""Lockouts that slow an attacker and not the office.

After OWASP, "Slow Down Online Guessing Attacks with Device Cookies". A browser where an account has signed in
holds a cookie for that account. Wrong guesses from that browser count for it alone. Wrong guesses from other
browsers count for the account and for their network, so nobody outside can lock an officer out.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from hashlib import sha256

from flask import Flask, Response, current_app, request

from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.security.limit_keys import FixedKey
from resident_app.security.rate_limits import LimitState, RateLimit, RateLimited, RateLimiter, rate_limited
from resident_app.security.request_source import RequestSource, SourceKind
from resident_app.web.accounts.account_store import Account, normal_email
from resident_app.web.accounts.context import AccountsContext
from resident_app.web.accounts.credentials import derive_key
from resident_app.web.accounts.sessions import current_session, hash_session_id
from resident_app.web.accounts.staff_tables import SignInAttemptRow
from resident_app.web.network_source import network_source

_EXTENSION = "lockouts"
_REMEMBERED_FOR_SECONDS = 180 * 86_400


class SignInStep(Enum):
    """What is guessed. The values are in the audit log."""

    PASSWORD = "password"  # noqa: S105 - the name of a step
    CODE = "code"
    REAUTHENTICATION = "unlock"
    PASSKEY = "passkey"


class GuessOutcome(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED_OUT = "locked out"
    """The guess was not looked at."""


class Lockouts:
    """Counts wrong guesses. Needs a request."""

    def __init__(self, context: AccountsContext):
        self._engine = context.engine
        self._clock = context.clock
        self._limits = context.limits
        self._trusted_proxies = context.trusted_proxies
        self._key = derive_key(context, "devices")
        self._https = context.is_https
        self._limiter = RateLimiter(
            context.engine, FixedKey(derive_key(context, "attempts")), SignInAttemptRow
        )

    def guess(
        self, step: SignInStep, email: str, account: Account | None, is_right: Callable[[], bool]
    ) -> GuessOutcome:
        """Check a guess unless its limit is reached. A right guess does not count. Raises Overloaded.

        An address without an account is counted too, so that its answers are the same after the same work.
        """
        now = self._clock()
        try:
            with rate_limited(self._limiter, self._limits_for(step, email, account), now) as reservation:
                right = is_right()
                if right:
                    self._limiter.give_back(reservation)
        except RateLimited:
            self._record_lockout(step, email, account)
            return GuessOutcome.LOCKED_OUT
        if not right:
            self._record(Audited.SIGN_IN_FAILED, step, account, now)
        return GuessOutcome.RIGHT if right else GuessOutcome.WRONG

    def record_wrong_passkey(self, account: Account | None) -> None:
        """Record a wrong passkey. Nobody can guess one, so none is refused; the log entries are limited."""
        now = self._clock()
        limit = RateLimit("staff-passkey-told", self._network().name, self._limits.per_network)
        reservation = self._limiter.reserve([limit], now)
        if reservation.state is not LimitState.OPEN:
            self._record_lockout(SignInStep.PASSKEY, account.email if account else "", account)
            return
        self._limiter.count(reservation)
        self._record(Audited.SIGN_IN_FAILED, SignInStep.PASSKEY, account, now)

    def remove_expired(self, now: datetime) -> None:
        """Remove guesses that no longer count."""
        self._limiter.forget(now)

    def remember_device(self, response: Response, account: Account) -> None:
        """Give this browser the cookie of a device where the account has signed in, for 180 days."""
        nonce = secrets.token_hex(16)
        response.set_cookie(
            self._cookie_name(account.email),
            f"{nonce}.{self._signature(account, nonce)}",
            max_age=_REMEMBERED_FOR_SECONDS,
            secure=self._https,
            httponly=True,
            samesite="Strict",
            path="/",
        )

    def _limits_for(self, step: SignInStep, email: str, account: Account | None) -> list[RateLimit]:
        if step is SignInStep.REAUTHENTICATION:
            session = hash_session_id(current_session().id).hex()
            return [RateLimit("staff-unlock", session, self._limits.per_device)]
        device = self._remembered_device(account)
        if device:
            return [RateLimit(f"staff-{step.value}-device", device, self._limits.per_device)]
        limits = [RateLimit(f"staff-{step.value}", normal_email(email), self._limits.per_account)]
        network = self._network()
        if network.kind is not SourceKind.UNKNOWN:
            limits.append(RateLimit("staff-network", network.name, self._limits.per_network))
        return limits

    def _network(self) -> RequestSource:
        return network_source(self._trusted_proxies)

    def _remembered_device(self, account: Account | None) -> str:
        """Return this browser's name if the account has signed in with it, else ""."""
        if account is None or not account.active:
            return ""
        nonce, _, signature = request.cookies.get(self._cookie_name(account.email), "").partition(".")
        is_ours = hmac.compare_digest(signature, self._signature(account, nonce))
        return nonce if nonce and is_ours else ""

    def _signature(self, account: Account, nonce: str) -> str:
        message = f"{account.email}|{account.fs_uniquifier}|{nonce}"
        return hmac.digest(self._key, message.encode(), sha256).hex()

    def _cookie_name(self, email: str) -> str:
        """Each account has its own cookie, because several people may use one browser."""
        name = hmac.digest(self._key, f"cookie|{email}".encode(), sha256).hex()[:12]
        return f"{'__Host-' if self._https else ''}device-{name}"

    def _record_lockout(self, step: SignInStep, email: str, account: Account | None) -> None:
        """Record it once a day for each account, so that guesses do not fill the audit log."""
        now = self._clock()
        once = RateLimit(f"staff-{step.value}-locked", normal_email(email), 1)
        reservation = self._limiter.reserve([once], now)
        if reservation.state is LimitState.OPEN:
            self._limiter.count(reservation)
            self._record(Audited.SIGN_IN_LOCKED, step, account, now)

    def _record(self, kind: Audited, step: SignInStep, account: Account | None, at: datetime) -> None:
        """Write to the audit log. `account` is None if nobody has the address."""
        with writing(self._engine) as connection:
            audit_log.record(
                connection, kind, actor_id=account.id if account else None, at=at, step=step.value
            )


def install(app: Flask, context: AccountsContext) -> None:
    app.extensions[_EXTENSION] = Lockouts(context)


def current_lockouts() -> Lockouts:
    found: Lockouts = current_app.extensions[_EXTENSION]
    return found
