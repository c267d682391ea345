"""The evaluator's counters: what a stranger may try, what they learn from it, and whom they can hurt."""

import secrets
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from resident_app.register.evaluator.__main__ import make_attempts
from resident_app.register.evaluator.attempts import DAY_SECONDS, AttemptLimit, Attempts, Budgets, Verdict

MONDAY = 1_795_392_000.0
"""2026-11-23, midnight UTC."""
WIDE = Budgets(bucket_from=10**6, bucket_to=10**6, total=10**9, alarm_at=10**9)


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> float:
        return self.now


def attempts_of(*limits: AttemptLimit, budgets: Budgets = WIDE) -> tuple[Attempts, Clock, list[str]]:
    clock, alarms = Clock(), list[str]()
    return Attempts(limits, budgets, clock, alarms.append), clock, alarms


def fail(attempts: Attempts, marks: list[tuple[str, bytes]], bucket: int = 0) -> Verdict:
    """One wrong try."""
    reserved = attempts.reserve(bucket, marks)
    if reserved.verdict is Verdict.GRANTED:
        attempts.settle(reserved.id, failed=True)
    return reserved.verdict


def test_the_sixth_wrong_try_in_24_hours_is_paused_and_a_match_never_counts() -> None:
    attempts, clock, alarms = attempts_of(AttemptLimit("card", 5))
    mark = [("card", bytes(16))]
    for _ in range(20):
        reserved = attempts.reserve(0, mark)
        attempts.settle(reserved.id, failed=False)
    assert [fail(attempts, mark) for _ in range(6)] == [Verdict.GRANTED] * 5 + [Verdict.PAUSED]
    assert alarms == ["card"]
    clock.now += DAY_SECONDS - 1
    assert fail(attempts, mark) is Verdict.PAUSED
    clock.now += 1
    assert fail(attempts, mark) is Verdict.GRANTED


def test_tries_under_way_cannot_pass_a_limit_together() -> None:
    attempts, _clock, _ = attempts_of(AttemptLimit("card", 5))
    mark = [("card", bytes(16))]
    under_way = [attempts.reserve(0, mark) for _ in range(5)]
    assert attempts.reserve(0, mark).verdict is Verdict.IN_FLIGHT
    attempts.settle(under_way[0].id, failed=False)
    assert attempts.reserve(0, mark).verdict is Verdict.GRANTED


def test_a_try_that_nobody_settles_counts_after_a_minute() -> None:
    attempts, clock, _ = attempts_of(AttemptLimit("card", 2))
    mark = [("card", bytes(16))]
    attempts.reserve(0, mark)
    attempts.reserve(0, mark)
    clock.now += 61
    assert attempts.reserve(0, mark).verdict is Verdict.PAUSED


def test_nothing_stays_of_what_no_longer_counts() -> None:
    attempts, clock, _ = attempts_of(AttemptLimit("card", 5))
    for _ in range(100):
        fail(attempts, [("card", secrets.token_bytes(16))])
    assert attempts.marks == 100
    clock.now += DAY_SECONDS + 601
    fail(attempts, [("card", bytes(16))])
    assert attempts.marks == 1


def test_a_card_over_all_networks_is_paused_at_a_number_drawn_by_card_and_day() -> None:
    attempts, _clock, _ = attempts_of(AttemptLimit("card-day", 10, drawn_to=20))
    drawn = Counter[int]()
    for card in range(300):
        tries = 0
        while fail(attempts, [("card-day", card.to_bytes(16, "big"))]) is Verdict.GRANTED:
            tries += 1
        drawn[tries] += 1
    assert set(drawn) == set(range(10, 21))


def test_a_bucket_is_busy_never_paused_at_a_number_drawn_by_bucket_and_day() -> None:
    attempts, clock, alarms = attempts_of(budgets=Budgets(60, 90, 10**9, 10**9))
    counts = []
    for bucket in range(100):
        count = 0
        while (verdict := attempts.reserve(bucket, []).verdict) is Verdict.GRANTED:
            count += 1
        assert verdict is Verdict.BUSY
        counts.append(count)
    assert min(counts) >= 60
    assert max(counts) <= 90
    assert len(set(counts)) > 15
    assert alarms == ["bucket"]
    clock.now += DAY_SECONDS
    assert attempts.reserve(0, []).verdict is Verdict.GRANTED


def test_the_total_refills_by_the_hour_and_alarms_before_it_refuses() -> None:
    attempts, clock, alarms = attempts_of(budgets=Budgets(10**6, 10**6, total=240, alarm_at=100))
    granted = [attempts.reserve(0, []).verdict for _ in range(241)]
    assert granted == [Verdict.GRANTED] * 240 + [Verdict.BUSY]
    assert alarms == ["evaluations-today", "total"]
    clock.now += 3600
    granted = [attempts.reserve(0, []).verdict for _ in range(11)]
    assert granted == [Verdict.GRANTED] * 10 + [Verdict.BUSY]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 7200)), max_size=60))
def test_failures_within_the_window_never_pass_the_limit(tries: list[tuple[int, bool, int]]) -> None:
    attempts, clock, _ = attempts_of(AttemptLimit("card", 5))
    failed: dict[int, list[float]] = {card: [] for card in range(4)}
    for card, fails, later in tries:
        clock.now += later
        reserved = attempts.reserve(0, [("card", bytes([card]) * 16)])
        recent = [at for at in failed[card] if at > clock.now - DAY_SECONDS]
        assert (reserved.verdict is Verdict.PAUSED) == (len(recent) >= 5)
        if reserved.verdict is Verdict.GRANTED:
            attempts.settle(reserved.id, failed=fails)
            if fails:
                failed[card].append(clock.now)


def test_a_drawn_limit_pauses_for_a_whole_window_so_nobody_measures_it_twice() -> None:
    """Nine tries the day before, a pause after midnight: when the nine expire, the same draw stays hidden."""
    attempts, clock, _ = attempts_of(AttemptLimit("card-day", 10, drawn_to=20))
    mark = [("card-day", bytes(16))]
    clock.now += 10 * 3600
    assert [fail(attempts, mark) for _ in range(9)] == [Verdict.GRANTED] * 9
    clock.now += 14 * 3600 + 60
    while fail(attempts, mark) is Verdict.GRANTED:
        pass
    paused_at = clock.now
    for _ in range(23):
        clock.now += 3600
        assert fail(attempts, mark) is Verdict.PAUSED
    clock.now = paused_at + DAY_SECONDS + 1
    assert [fail(attempts, mark) for _ in range(10)] == [Verdict.GRANTED] * 10, "the pause is over"


def test_a_match_is_not_paused_by_the_persons_own_five_mistakes_elsewhere() -> None:
    attempts = make_attempts(Clock())
    marks = [("card-and-source", bytes(16)), ("card-day", bytes(16)), ("card-month", bytes(16))]
    assert [fail(attempts, marks) for _ in range(6)] == [Verdict.GRANTED] * 5 + [Verdict.PAUSED]
    elsewhere = [("card-and-source", bytes([1]) * 16), *marks[1:]]
    assert attempts.reserve(0, elsewhere).verdict is Verdict.GRANTED
