"""Rate limits: exact under concurrency, over any 24 hours, on both databases, and deleted afterwards."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from resident_app.database import reading
from resident_app.security.daily_key import DailyKey, DailySalt
from resident_app.security.rate_limits import AttemptRow, LimitState, RateLimit, RateLimiter

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CARD = RateLimit("card", "935325869646", 5)


@pytest.fixture
def attempts(engine: Engine) -> RateLimiter:
    return RateLimiter(engine, DailyKey(bytes(32)))


def fail(attempts: RateLimiter, now: datetime, *limits: RateLimit) -> LimitState:
    reservation = attempts.reserve(limits or [CARD], now)
    if reservation.state is LimitState.OPEN:
        attempts.count(reservation)
    return reservation.state


def test_five_count_and_the_sixth_is_refused(attempts: RateLimiter) -> None:
    assert [fail(attempts, NOON) for _ in range(7)] == [LimitState.OPEN] * 5 + [LimitState.REACHED] * 2
    assert fail(attempts, NOON, RateLimit("card", "another", 5)) is LimitState.OPEN


def test_what_is_given_back_does_not_count(attempts: RateLimiter) -> None:
    for _ in range(20):
        attempts.give_back(attempts.reserve([CARD], NOON))
    assert fail(attempts, NOON) is LimitState.OPEN


def test_the_24_hours_roll_over_midnight(attempts: RateLimiter) -> None:
    for hour in (12, 14, 20, 22, 23):
        assert fail(attempts, NOON.replace(hour=hour)) is LimitState.OPEN
    assert fail(attempts, NOON + timedelta(hours=23)) is LimitState.REACHED
    assert fail(attempts, NOON + timedelta(hours=24, seconds=1)) is LimitState.OPEN
    assert fail(attempts, NOON + timedelta(hours=25)) is LimitState.REACHED


def test_many_at_once_get_no_more_than_the_limit(attempts: RateLimiter) -> None:
    ready = threading.Barrier(16)

    def one(_: int) -> LimitState:
        ready.wait()
        return fail(attempts, NOON, CARD, RateLimit("source", "198.51.100.0/24", 100))

    with ThreadPoolExecutor(16) as pool:
        states = list(pool.map(one, range(16)))
    assert states.count(LimitState.OPEN) == 5


def test_a_reservation_in_flight_is_neither_open_nor_reached(attempts: RateLimiter) -> None:
    reservations = [attempts.reserve([CARD], NOON) for _ in range(5)]
    assert attempts.reserve([CARD], NOON).state is LimitState.IN_FLIGHT
    attempts.give_back(reservations[0])
    assert attempts.reserve([CARD], NOON).state is LimitState.OPEN


def test_a_reservation_whose_process_died_counts_after_a_minute(attempts: RateLimiter) -> None:
    for _ in range(5):
        attempts.reserve([CARD], NOON)
    assert attempts.reserve([CARD], NOON + timedelta(seconds=59)).state is LimitState.IN_FLIGHT
    assert attempts.reserve([CARD], NOON + timedelta(seconds=62)).state is LimitState.REACHED


def test_a_full_limit_reserves_nothing_under_the_other(attempts: RateLimiter, engine: Engine) -> None:
    source = RateLimit("source", "198.51.100.0/24", 100)
    for _ in range(9):
        fail(attempts, NOON, CARD, source)
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(AttemptRow)).scalar_one() == 10


def test_salts_and_attempts_are_forgotten(attempts: RateLimiter, engine: Engine) -> None:
    fail(attempts, NOON)
    attempts.forget(NOON + timedelta(hours=23))
    assert fail(attempts, NOON + timedelta(hours=23)) is LimitState.OPEN
    attempts.forget(NOON + timedelta(hours=48))
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(AttemptRow)).scalar_one() == 0
        days = connection.execute(select(DailySalt.day)).scalars().all()
    assert days == ["2026-11-23"], "yesterday's salt is still needed, the day before's is gone"


def test_names_are_not_stored_and_differ_by_day(attempts: RateLimiter, engine: Engine) -> None:
    fail(attempts, NOON)
    fail(attempts, NOON + timedelta(hours=30))
    with reading(engine) as connection:
        counted = connection.execute(select(AttemptRow.counted)).scalars().all()
    assert len(set(counted)) == 2
    assert all(len(name) == 32 for name in counted)
