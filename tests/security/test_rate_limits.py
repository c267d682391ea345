"""Rate limits: exact under concurrency, over any 24 hours, on both databases, and deleted afterwards."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from structlog.testing import capture_logs

from resident_app.database import reading
from resident_app.security.limit_keys import LimitSaltRow, RotatingKey
from resident_app.security.rate_limits import AttemptRow, LimitState, RateLimit, RateLimiter

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CARD = RateLimit("card", "935325869646", 5)


@pytest.fixture
def attempts(short_lived: Engine) -> RateLimiter:
    return RateLimiter(short_lived, RotatingKey(bytes(32)))


def fail(attempts: RateLimiter, now: datetime, *limits: RateLimit) -> LimitState:
    reservation = attempts.reserve(limits or [CARD], now)
    if reservation.state is LimitState.OPEN:
        attempts.count(reservation)
    return reservation.state


def test_five_count_and_the_sixth_is_refused(attempts: RateLimiter) -> None:
    assert [fail(attempts, NOON) for _ in range(7)] == [LimitState.OPEN] * 5 + [LimitState.REACHED] * 2
    assert fail(attempts, NOON, RateLimit("card", "another", 5)) is LimitState.OPEN


def test_a_shared_limit_raises_an_alarm_and_refuses_nobody(attempts: RateLimiter) -> None:
    withheld = RateLimit("help source withheld", "withheld", 3, is_shared=True)
    with capture_logs() as events:
        assert {fail(attempts, NOON, withheld) for _ in range(20)} == {LimitState.OPEN}
    assert [(event["event"], event["limit"]) for event in events] == [
        ("limit_reached", "help source withheld")
    ]


def test_what_is_given_back_does_not_count(attempts: RateLimiter) -> None:
    for _ in range(20):
        attempts.give_back(attempts.reserve([CARD], NOON))
    assert fail(attempts, NOON) is LimitState.OPEN


def test_what_no_limit_counts_is_open(attempts: RateLimiter) -> None:
    reservation = attempts.reserve([], NOON)
    attempts.count(reservation)
    assert reservation.state is LimitState.OPEN


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


def test_a_full_limit_reserves_nothing_under_the_other(attempts: RateLimiter, short_lived: Engine) -> None:
    source = RateLimit("source", "198.51.100.0/24", 100)
    for _ in range(9):
        fail(attempts, NOON, CARD, source)
    with reading(short_lived) as connection:
        assert connection.execute(select(func.count()).select_from(AttemptRow)).scalar_one() == 10


def test_salts_and_attempts_are_forgotten(attempts: RateLimiter, short_lived: Engine) -> None:
    fail(attempts, NOON)
    attempts.forget(NOON + timedelta(hours=23))
    assert fail(attempts, NOON + timedelta(hours=23)) is LimitState.OPEN
    attempts.forget(NOON + timedelta(hours=48))
    with reading(short_lived) as connection:
        assert connection.execute(select(func.count()).select_from(AttemptRow)).scalar_one() == 0
        periods = connection.execute(select(LimitSaltRow.period)).scalars().all()
    yesterday = (NOON + timedelta(hours=24)).toordinal() - EPOCH.toordinal()
    assert periods == [yesterday], "yesterday's salt is still needed, the day before's is gone"


def drawn(name: str, window: timedelta = timedelta(hours=24)) -> RateLimit:
    return RateLimit("drawn", name, 10, window, drawn_to=20)


def tries(attempts: RateLimiter, limit: RateLimit, now: datetime) -> int:
    """How many attempts a limit allows."""
    return next(count for count in range(100) if fail(attempts, now, limit) is LimitState.REACHED)


def test_a_drawn_limit_differs_by_name_and_is_the_same_in_every_process(short_lived: Engine) -> None:
    one, other = (RateLimiter(short_lived, RotatingKey(bytes(32))) for _ in range(2))
    found = {name: tries(one, drawn(name), NOON) for name in map(str, range(30))}
    assert set(found.values()) <= set(range(10, 21))
    assert len(set(found.values())) > 4
    assert all(fail(other, NOON, drawn(name)) is LimitState.REACHED for name in found)


def test_who_reaches_a_drawn_limit_is_paused_for_a_whole_window(attempts: RateLimiter) -> None:
    """Else a stranger could use it up twice under one draw, and the difference would tell of others."""
    tries(attempts, drawn("card"), NOON)
    for hours in (12, 23):
        assert fail(attempts, NOON + timedelta(hours=hours), drawn("card")) is LimitState.REACHED
    later = NOON + timedelta(hours=24, seconds=1)
    attempts.forget(later)
    assert fail(attempts, later, drawn("card")) is LimitState.OPEN, "trying on does not prolong it"


def test_a_window_can_be_a_month(attempts: RateLimiter) -> None:
    month = timedelta(days=30)
    most = tries(attempts, drawn("card", month), NOON)
    assert 10 <= most <= 20
    for days in (1, 15, 29):
        now = NOON + timedelta(days=days)
        attempts.forget(now)
        assert fail(attempts, now, drawn("card", month)) is LimitState.REACHED
    now = NOON + timedelta(days=30, seconds=1)
    attempts.forget(now)
    assert fail(attempts, now, drawn("card", month)) is LimitState.OPEN


def test_names_are_not_stored_and_differ_by_day(attempts: RateLimiter, short_lived: Engine) -> None:
    fail(attempts, NOON)
    fail(attempts, NOON + timedelta(hours=30))
    with reading(short_lived) as connection:
        counted = connection.execute(select(AttemptRow.counted)).scalars().all()
    assert len(set(counted)) == 2
    assert all(len(name) == 32 for name in counted)
