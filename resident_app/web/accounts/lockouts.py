"""Lock-outs that slow an attacker and not the office.

After OWASP, "Slow Down Online Guessing Attacks with Device Cookies": a browser where an account has signed in
holds a cookie for it. Wrong guesses from there count for that browser alone; from everywhere else they
count for the account's unknown browsers together, and for their network. So nobody outside can lock an
officer out.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any

from flask import Flask, Response, current_app, request

from resident_app.clock import Clock
from resident_app.configuration import SignIns
from resident_app.console.context import ConsoleContext
from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.security.daily_key import DailyKey
from resident_app.security.rate_limits import LimitState, RateLimit, RateLimited, RateLimiter, rate_limited
from resident_app.security.request_source import from_address
from resident_app.web.accounts.account_store import Account, normal_email
from resident_app.web.accounts.credentials import derived
from resident_app.web.accounts.sessions import current_session, hashed

_EXTENSION = "lockouts"
_TRUSTED_FOR_SECONDS = 180 * 86_400


class SignInStep(Enum):
    """What is guessed at."""

    PASSWORD = "password"  # noqa: S105 - the name of a step
    CODE = "code"
    UNLOCK = "unlock"
    PASSKEY = "passkey"


class GuessOutcome(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY = "too many"
    """Nothing was looked at."""


class Lockouts:
    """Counts wrong guesses. Needs a request."""

    def __init__(self, parts: ConsoleContext):
        secret = parts.settings.secret_key.get_secret_value()
        self._engine = parts.engine
        self._clock: Clock = parts.clock
        self._limits: SignIns = parts.configuration.limits.sign_ins
        self._key = derived(secret, "devices")
        self._https = parts.settings.is_https
        self.attempts = RateLimiter(parts.engine, DailyKey(derived(secret, "attempts")))

    def guess(
        self, step: SignInStep, email: str, account: Account | None, is_right: Callable[[], bool]
    ) -> GuessOutcome:
        """Look at a guess if there is still a place for it. A right one does not count. Raises Busy.

        Who has no account, whatever was typed, comes here too: the same answers after the same work.
        """
        now = self._clock()
        try:
            with rate_limited(self.attempts, self._limits_of(step, email, account), now) as place:
                right = is_right()
                if right:
                    self.attempts.give_back(place)
        except RateLimited:
            self._tell_locked(step, email, account)
            return GuessOutcome.TOO_MANY
        if not right:
            self._record(Audited.SIGN_IN_FAILED, step, account, now)
        return GuessOutcome.RIGHT if right else GuessOutcome.WRONG

    def tell_wrong_passkey(self, account: Account | None) -> None:
        """Nobody guesses a passkey, so none is refused; the log does not grow with what strangers send."""
        now = self._clock()
        place = self.attempts.reserve(
            [RateLimit("staff-passkey-told", self._network(), self._limits.per_network)], now
        )
        if place.state is not LimitState.OPEN:
            self._tell_locked(SignInStep.PASSKEY, account.email if account else "", account)
            return
        self.attempts.count(place)
        self._record(Audited.SIGN_IN_FAILED, SignInStep.PASSKEY, account, now)

    def trust(self, response: Response, account: Account) -> None:
        """The account has signed in with this browser."""
        nonce = secrets.token_hex(16)
        response.set_cookie(
            self._cookie(account.email),
            f"{nonce}.{self._seal(account, nonce)}",
            max_age=_TRUSTED_FOR_SECONDS,
            secure=self._https,
            httponly=True,
            samesite="Strict",
            path="/",
        )

    def _limits_of(self, step: SignInStep, email: str, account: Account | None) -> list[RateLimit]:
        if step is SignInStep.UNLOCK:
            session = hashed(current_session().id).hex()
            return [RateLimit("staff-unlock", session, self._limits.per_device)]
        device = self._trusted(account)
        if device:
            return [RateLimit(f"staff-{step.value}-device", device, self._limits.per_device)]
        return [
            RateLimit(f"staff-{step.value}", normal_email(email), self._limits.per_account),
            RateLimit("staff-network", self._network(), self._limits.per_network),
        ]

    def _network(self) -> str:
        return from_address(request.remote_addr or "").name

    def _trusted(self, account: Account | None) -> str:
        """The name of this browser if the account has signed in with it; else empty."""
        if account is None or not account.active:
            return ""
        nonce, _, seal = request.cookies.get(self._cookie(account.email), "").partition(".")
        return nonce if nonce and hmac.compare_digest(seal, self._seal(account, nonce)) else ""

    def _seal(self, account: Account, nonce: str) -> str:
        said = f"{account.email}|{account.fs_uniquifier}|{nonce}"
        return hmac.digest(self._key, said.encode(), sha256).hex()

    def _cookie(self, email: str) -> str:
        """Each account has its own: several people may use one browser."""
        name = hmac.digest(self._key, f"cookie|{email}".encode(), sha256).hex()[:12]
        return f"{'__Host-' if self._https else ''}device-{name}"

    def _tell_locked(self, step: SignInStep, email: str, account: Account | None) -> None:
        """Once a day for each account that is guessed at: else the log grows with the guesses."""
        now = self._clock()
        once = RateLimit(f"staff-{step.value}-locked", normal_email(email), 1)
        place = self.attempts.reserve([once], now)
        if place.state is LimitState.OPEN:
            self.attempts.count(place)
            self._record(Audited.SIGN_IN_LOCKED, step, account, now)

    def _record(self, kind: Audited, step: SignInStep, account: Account | None, at: datetime) -> None:
        """Tell the audit log; None: nobody has such an account."""
        staff = account.id if account else None
        with writing(self._engine) as connection:
            audit_log.record(connection, kind, staff=staff, at=at, step=step.value)


def install(app: Flask, parts: ConsoleContext) -> None:
    app.extensions[_EXTENSION] = Lockouts(parts)


def current_lockouts() -> Lockouts:
    found: Any = current_app.extensions[_EXTENSION]
    assert isinstance(found, Lockouts)
    return found
