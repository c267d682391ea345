"""Stored calls under many requests at once: each step is stored once, and no call is refused for others."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select
from structlog.testing import capture_logs

from ivr.call import Call
from ivr.call_store import CallRow, CallStore, Claim, Ended, StepResult
from resident_app.database import reading

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CALLER = "+12065550100"
AT_ONCE = 8


@pytest.fixture
def calls(short_lived: Engine) -> CallStore:
    return CallStore(short_lived, bytes(32), many_at_once=4)


def all_at_once(one: Callable[[int], object]) -> list[object]:
    ready = threading.Barrier(AT_ONCE)

    def when_ready(number: int) -> object:
        ready.wait()
        return one(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(when_ready, range(AT_ONCE)))


def test_a_step_that_comes_many_times_at_once_is_taken_once(calls: CallStore) -> None:
    def first(_: Call | None) -> StepResult:
        return StepResult(Call(caller=CALLER), "<first/>", "second", ended=False)

    assert calls.take("CA1", "begin", NOON, first, may_begin=True) == "<first/>"

    def one(number: int) -> object:
        def step(call: Call | None) -> StepResult:
            assert call is not None
            return StepResult(call, f"<heard-{number}/>", f"third-{number}", ended=False)

        return calls.take("CA1", "second", NOON, step, may_begin=False)

    assert len(set(all_at_once(one))) == 1


def test_a_call_that_begins_many_times_at_once_begins_once(calls: CallStore, short_lived: Engine) -> None:
    def one(number: int) -> object:
        def step(_: Call | None) -> StepResult:
            return StepResult(Call(), f"<heard-{number}/>", f"second-{number}", ended=False)

        return calls.take("CA1", "begin", NOON, step, may_begin=True)

    assert len(set(all_at_once(one))) == 1
    with reading(short_lived) as connection:
        assert connection.execute(select(func.count()).select_from(CallRow)).scalar_one() == 1


def test_one_request_alone_claims_a_step(calls: CallStore) -> None:
    claims: list[Claim[str]] = []

    def one(_: int) -> object:
        taken = calls.take("CA1", "begin", NOON, lambda _call: "to do", may_begin=True)
        if isinstance(taken, Claim):
            claims.append(taken)
            calls.finish(taken, "CA1", StepResult(Call(), "<done/>", "second", ended=False), NOON)
            return "<done/>"
        return taken

    assert set(all_at_once(one)) == {"<done/>"}
    assert len(claims) == 1


def test_a_call_that_is_over_does_not_come_back(calls: CallStore) -> None:
    """Neither by a step that comes late nor by what the line would keep of it."""

    def step(_: Call | None) -> StepResult:
        return StepResult(Call(), "<goes-on/>", "second", ended=False)

    calls.take("CA1", "begin", NOON, step, may_begin=True)
    for sid in ("CA1", "CA2"):
        calls.forget(sid, NOON)
        calls.forget(sid, NOON)
        with pytest.raises(Ended):
            calls.take(sid, "begin", NOON, step, may_begin=True)
        calls.keep(sid, Call(), NOON)
        assert calls.look(sid) is None


def test_many_calls_of_an_attested_number_are_an_event_and_nothing_else(
    calls: CallStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event names no number. A number that nobody attests counts for nothing, so nobody can forge it."""
    monkeypatch.setattr("resident_app.security.event_log._LAST", {})

    def one(sid: str, attested_caller: str) -> str | Claim[str]:
        def step(_: Call | None) -> StepResult:
            return StepResult(Call(caller=CALLER), "<goes-on/>", "second", ended=False)

        return calls.take(sid, "begin", NOON, step, may_begin=True, attested_caller=attested_caller)

    with capture_logs() as events:
        assert {one(f"CA-forged-{number}", "") for number in range(10)} == {"<goes-on/>"}
    assert not events
    with capture_logs() as events:
        assert {one(f"CA-true-{number}", CALLER) for number in range(10)} == {"<goes-on/>"}
    assert [event["event"] for event in events] == ["many_calls_at_once"]
    assert CALLER[2:] not in repr(events)
