"""Stored calls under many requests at once: one step is stored, and a caller's limit is exact."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select

from ivr.call import Call
from ivr.call_store import CallRow, CallStore, Claim, StepResult
from resident_app.database import reading

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CALLER = "+12065550100"
AT_ONCE = 8


@pytest.fixture
def calls(engine: Engine) -> CallStore:
    return CallStore(engine, bytes(32))


def all_at_once(one: Callable[[int], object]) -> list[object]:
    ready = threading.Barrier(AT_ONCE)

    def when_ready(number: int) -> object:
        ready.wait()
        return one(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(when_ready, range(AT_ONCE)))


def test_a_step_that_comes_many_times_at_once_is_taken_once(calls: CallStore) -> None:
    def first(_: Call | None, __: int) -> StepResult:
        return StepResult(Call(caller=CALLER), "<first/>", "second", ended=False)

    assert calls.take("CA1", "begin", NOON, first, may_begin=True, caller=CALLER) == "<first/>"

    def one(number: int) -> object:
        def step(call: Call | None, _: int) -> StepResult:
            assert call is not None
            return StepResult(call, f"<heard-{number}/>", f"third-{number}", ended=False)

        return calls.take("CA1", "second", NOON, step, may_begin=False)

    assert len(set(all_at_once(one))) == 1


def test_a_call_that_begins_many_times_at_once_begins_once(calls: CallStore, engine: Engine) -> None:
    def one(number: int) -> object:
        def step(_: Call | None, __: int) -> StepResult:
            return StepResult(Call(), f"<heard-{number}/>", f"second-{number}", ended=False)

        return calls.take("CA1", "begin", NOON, step, may_begin=True)

    assert len(set(all_at_once(one))) == 1
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(CallRow)).scalar_one() == 1


def test_one_request_alone_claims_a_step(calls: CallStore) -> None:
    claims: list[Claim[str]] = []

    def one(_: int) -> object:
        taken = calls.take("CA1", "begin", NOON, lambda _call, _others: "to do", may_begin=True)
        if isinstance(taken, Claim):
            claims.append(taken)
            calls.finish(taken, "CA1", StepResult(Call(), "<done/>", "second", ended=False), NOON)
            return "<done/>"
        return taken

    assert set(all_at_once(one)) == {"<done/>"}
    assert len(claims) == 1


def test_calls_that_begin_at_once_are_counted_exactly(calls: CallStore) -> None:
    def one(number: int) -> object:
        def step(_: Call | None, others: int) -> StepResult:
            return StepResult(Call(caller=CALLER), str(others), "second", ended=others >= 3)

        return calls.take(f"CA{number}", "begin", NOON, step, may_begin=True, caller=CALLER)

    assert sorted(map(str, all_at_once(one))) == ["0", "1", "2"] + ["3"] * (AT_ONCE - 3)


def test_withheld_numbers_are_nobodys(calls: CallStore) -> None:
    def step(_: Call | None, others: int) -> StepResult:
        return StepResult(Call(), str(others), "second", ended=False)

    heard = [calls.take(f"CA{number}", "begin", NOON, step, may_begin=True) for number in range(5)]
    assert heard == ["0"] * 5
