"""Count check attempts in memory, under a salt that exists only here. Nothing about a check reaches a disk.

An attempt is reserved before its evaluation and settled after it: a match does not count, a failure does. A
reservation that nobody settles, because its process died, counts as a failure once it is a minute old.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256

DAY_SECONDS = 86_400
UNSETTLED_SECONDS = 60
_SWEEP_SECONDS = 600
_MARK_BYTES = 16
CARD_LIMIT = "card-day"
"""The limit whose mark is the card's alone."""


@dataclass(frozen=True)
class AttemptLimit:
    """At most `most` failures for one mark in `window_seconds`.

    With `drawn_to`, the limit is drawn at random for each mark and window, from `most` to `drawn_to`: someone
    who knows the rule cannot tell from it whether anybody else has tried. Once it is reached, the mark is
    paused for a whole window, so that nobody measures the same draw twice and learns the difference.

    With `is_shared`, people who have nothing to do with each other share the mark. Then the verdict is
    `busy`: a pause would say something false about this caller's card.
    """

    name: str
    most: int
    window_seconds: int = DAY_SECONDS
    drawn_to: int | None = None
    is_shared: bool = False


@dataclass(frozen=True)
class Budgets:
    """How many evaluations one bucket, and all buckets together, may have in a day.

    The bucket's limit is drawn for each bucket and day. All are counted whatever a check came to. The card's
    is below the bucket's, so that somebody who checks their own card again and again does not use up the
    bucket.
    """

    bucket_from: int
    bucket_to: int
    total: int
    alarm_at: int
    card: int = 10**9


class Verdict(Enum):
    """What a reservation came to."""

    GRANTED = "granted"
    PAUSED = "paused"
    """A limit of failures is reached by this card, network or number."""
    IN_FLIGHT = "in-flight"
    """Attempts under way may reach a limit: ask again in a moment."""
    BUSY = "busy"
    """A budget or a shared limit is used up."""


@dataclass(frozen=True)
class Reserved:
    """A verdict; `id` is set when the attempt is granted."""

    verdict: Verdict
    id: bytes = b""


@dataclass
class _Try:
    at: float
    reservation: bytes | None
    """None once it is settled as a failure."""


@dataclass
class _Reservation:
    at: float
    keys: list[bytes] = field(default_factory=list)


class Attempts:
    """Counts failures by limit and mark, and evaluations by bucket. Not thread-safe: one event loop uses it.

    `clock` gives seconds since 1970. `alarm` is called with the name of a limit, at most once an hour for
    each name.
    """

    def __init__(
        self,
        limits: Iterable[AttemptLimit],
        budgets: Budgets,
        clock: Callable[[], float],
        alarm: Callable[[str], None] = lambda _name: None,
        most_marks: int = 4_000_000,
    ):
        self._limits = {limit.name: limit for limit in limits}
        self._budgets = budgets
        self._clock = clock
        self._alarm = alarm
        self._most_marks = most_marks
        self._salt = secrets.token_bytes(32)
        self._tries: dict[bytes, list[_Try]] = {}
        self._windows: dict[bytes, int] = {}
        self._paused_until: dict[bytes, float] = {}
        self._reservations: dict[bytes, _Reservation] = {}
        self._buckets: dict[int, int] = {}
        self._cards: dict[bytes, int] = {}
        self._bucket_day = -1
        self._tokens = float(budgets.total)
        self._refilled_at = clock()
        self._today_total = 0
        self._next_sweep = clock() + _SWEEP_SECONDS
        self._alarmed: dict[str, float] = {}

    def reserve(self, bucket: int, marks: Sequence[tuple[str, bytes]]) -> Reserved:
        """Reserve an attempt under every limit that `marks` names, and an evaluation of the bucket.

        Raises KeyError for a limit that does not exist.
        """
        now = self._clock()
        self._sweep(now)
        keyed = [(self._limits[name], self._key(name, mark)) for name, mark in marks]
        in_flight = False
        for limit, key in keyed:
            most = self._most(limit, key, now)
            failures, pending = self._count(limit, key, now)
            is_paused = self._paused_until.get(key, now) > now
            if failures >= most or is_paused:
                if limit.drawn_to is not None and not is_paused:
                    self._paused_until[key] = now + limit.window_seconds
                self._raise_alarm(limit.name, now)
                return Reserved(Verdict.BUSY if limit.is_shared else Verdict.PAUSED)
            in_flight = in_flight or failures + pending >= most
        if in_flight:
            return Reserved(Verdict.IN_FLIGHT)
        if len(self._tries) >= self._most_marks:
            self._raise_alarm("memory", now)
            return Reserved(Verdict.BUSY)
        card = next((key for limit, key in keyed if limit.name == CARD_LIMIT), None)
        if not self._spend(bucket, card, now):
            return Reserved(Verdict.BUSY)
        id = secrets.token_bytes(16)
        reservation = _Reservation(now)
        for limit, key in keyed:
            self._tries.setdefault(key, []).append(_Try(now, id))
            self._windows[key] = limit.window_seconds
            reservation.keys.append(key)
        self._reservations[id] = reservation
        return Reserved(Verdict.GRANTED, id)

    def settle(self, id: bytes, *, failed: bool) -> None:
        """Count a reservation as a failure, or forget it. An unknown or settled one changes nothing."""
        reservation = self._reservations.pop(id, None)
        if reservation is None:
            return
        for key in reservation.keys:
            tries = self._tries.get(key, [])
            if failed:
                for one in tries:
                    if one.reservation == id:
                        one.reservation = None
            else:
                left = [one for one in tries if one.reservation != id]
                self._tries[key] = left
                if not left:
                    del self._tries[key]
                    self._windows.pop(key, None)

    @property
    def marks(self) -> int:
        """How many marks have attempts that count."""
        return len(self._tries)

    def _count(self, limit: AttemptLimit, key: bytes, now: float) -> tuple[int, int]:
        """Failures within the window, and attempts under way."""
        failures = pending = 0
        for one in self._tries.get(key, ()):
            if one.at <= now - limit.window_seconds:
                continue
            if one.reservation is None or one.at <= now - UNSETTLED_SECONDS:
                failures += 1
            else:
                pending += 1
        return failures, pending

    def _most(self, limit: AttemptLimit, key: bytes, now: float) -> int:
        if limit.drawn_to is None:
            return limit.most
        return self._drawn(limit.most, limit.drawn_to, key, int(now // limit.window_seconds))

    def _drawn(self, low: int, high: int, name: bytes, period: int) -> int:
        """A number from `low` to `high`, the same for one name in one period."""
        digest = hmac.digest(self._salt, b"drawn|" + period.to_bytes(8, "big") + name, sha256)
        return low + int.from_bytes(digest[:8], "big") % (high - low + 1)

    def _spend(self, bucket: int, card: bytes | None, now: float) -> bool:
        """Take one evaluation from every budget; False if one is used up."""
        day = int(now // DAY_SECONDS)
        if day != self._bucket_day:
            self._bucket_day, self._today_total = day, 0
            self._buckets.clear()
            self._cards.clear()
        hours = int((now - self._refilled_at) // 3600)
        if hours > 0:
            self._tokens = min(self._budgets.total, self._tokens + hours * self._budgets.total / 24)
            self._refilled_at += hours * 3600
        if card is not None and self._cards.get(card, 0) >= self._budgets.card:
            self._raise_alarm("card-evaluations", now)
            return False
        name = bucket.to_bytes(2, "big")
        most = self._drawn(self._budgets.bucket_from, self._budgets.bucket_to, b"bucket|" + name, day)
        if self._buckets.get(bucket, 0) >= most:
            self._raise_alarm("bucket", now)
            return False
        if self._tokens < 1:
            self._raise_alarm("total", now)
            return False
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        if card is not None:
            self._cards[card] = self._cards.get(card, 0) + 1
        self._tokens -= 1
        self._today_total += 1
        if self._today_total >= self._budgets.alarm_at:
            self._raise_alarm("evaluations-today", now)
        return True

    def _raise_alarm(self, name: str, now: float) -> None:
        if now - self._alarmed.get(name, -3600.0) >= 3600:
            self._alarmed[name] = now
            self._alarm(name)

    def _key(self, name: str, mark: bytes) -> bytes:
        """What a mark is counted under: it means nothing outside this process."""
        return hmac.digest(self._salt, name.encode() + b"|" + mark, sha256)[:_MARK_BYTES]

    def _sweep(self, now: float) -> None:
        """Forget what no longer counts."""
        if now < self._next_sweep:
            return
        self._next_sweep = now + _SWEEP_SECONDS
        for key, tries in list(self._tries.items()):
            left = [one for one in tries if one.at > now - self._windows[key]]
            if left:
                self._tries[key] = left
            else:
                del self._tries[key], self._windows[key]
        self._paused_until = {key: until for key, until in self._paused_until.items() if until > now}
        old = now - DAY_SECONDS
        self._reservations = {id: one for id, one in self._reservations.items() if one.at > old}
