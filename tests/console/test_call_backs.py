"""Call-backs with a time: promised on the request, listed by time, and overdue when nobody called."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave
from tests.console.strict_console import ConsolePage, StrictConsole

TUESDAY = {"call_back_day": "2026-11-24", "call_back_time": "14:30"}


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    leave(deployment)
    return open_console(clock=deployment.clock)


def book(by: StrictConsole, **changes: str) -> ConsolePage:
    return by.done("/requests/1/call-back", TUESDAY | {"form_token": "0" * 32} | changes)


def listed(page: ConsolePage) -> list[str]:
    return re.findall(r'href="/requests/(\d+)#call"', page.text)


def test_a_call_back_is_on_the_request_and_in_the_week(console: Console) -> None:
    ana, bo = console.sign_in(name="Ana"), console.sign_in(name="Bo")
    page = book(ana, officer=str(bo.staff))
    assert "Call-back: Nov 24, 2026, 2:30 PM, by Bo" in page.words("call")
    assert "Call-back on Nov 24, 2026, 2:30 PM with Bo, by Ana" in page.main
    assert page.fields["next_action_day"] == "2026-11-24"
    assert listed(bo.get("/call-backs?week=2026-11-24")) == ["1"]
    assert "2:30 PM Request 1 Korean, Bo" in bo.get("/call-backs?week=2026-11-24").main
    assert listed(ana.get("/call-backs?week=2026-11-24")) == []
    assert listed(ana.get("/call-backs?week=2026-11-24&whose=all")) == ["1"]
    assert "The office is closed: Thanksgiving Day." not in ana.get("/call-backs?week=2026-12-01").main


def test_the_same_call_back_is_not_promised_twice(console: Console) -> None:
    officer = console.sign_in()
    for _ in range(2):
        book(officer, form_token="")
    assert officer.get("/requests/1").words("live").count("Call-back on") == 1


def test_a_call_back_that_nobody_made_is_missed_and_overdue(deployment: Deployment, console: Console) -> None:
    officer = console.sign_in()
    book(officer)
    deployment.clock.now = datetime(2026, 11, 24, 22, 46, tzinfo=UTC)
    officer = console.sign_in()
    assert "Overdue" in officer.get("/requests/1").main
    page = officer.get("/call-backs?whose=all")
    assert "These people were promised a call, and nobody noted one." in page.main
    officer.done("/requests/1/call/outcome", {"outcome": "machine", "form_token": "1" * 32})
    assert listed(officer.get("/call-backs?whose=all")) == [], "it was tried"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"call_back_time": ""}, "Choose the day and the time of the call-back."),
        (
            {"call_back_day": "2026-11-26"},
            "Thanksgiving Day. Monday, Nov 30, 2026 is the next day",
        ),
        ({"call_back_time": "21:30"}, "It will be 9:30 PM for this person."),
        ({"call_back_day": "2099-12-01"}, "Plan for Dec 22, 2026 at the latest."),
        ({"call_back_day": "2026-11-20"}, "This day is over."),
    ],
    ids=["no time", "Thanksgiving", "at night", "2099", "past"],
)
def test_a_call_back_is_for_a_time_at_which_it_can_be_made(
    console: Console, changes: dict[str, str], told: str
) -> None:
    officer = console.sign_in()
    page = book(officer, **changes)
    assert told in page.main
    assert "Cancel the call-back" not in page.words("call")


def test_asked_to_be_called_later_asks_when(deployment: Deployment, console: Console) -> None:
    officer = console.sign_in(name="Ana")
    outcome = {"outcome": "call-later", "form_token": "0" * 32}
    page = officer.done("/requests/1/call/outcome", outcome)
    assert "When should they be called? Choose the day and the time" in page.main
    assert "Call: Asked to be called later" not in page.main
    page = officer.done("/requests/1/call/outcome", outcome | TUESDAY)
    assert "Call: Asked to be called later" in page.main
    assert "Call-back: Nov 24, 2026, 2:30 PM, by Ana" in page.words("call")
    deployment.clock.now += timedelta(days=2)
    officer = console.sign_in(name="Ana")
    page = officer.done("/requests/1/call/outcome", {"outcome": "reached", "form_token": "2" * 32})
    assert "Cancel the call-back" not in page.words("call"), "it was made"


def test_a_call_back_that_is_moved_stays_one_until_it_is_cancelled_or_the_request_closed(
    console: Console,
) -> None:
    officer = console.sign_in()
    page = book(officer)
    page = officer.done("/requests/1/act", page.fields | {"next_action_time": "15:00"})
    assert "Call-back: Nov 24, 2026, 3:00 PM" in page.words("call")
    page = officer.done("/requests/1/call-back/cancel", {"form_token": "3" * 32})
    assert "Cancel the call-back" not in page.words("call")
    assert page.fields["next_action_day"] == ""


def test_a_promise_outlives_a_merge(deployment: Deployment, console: Console) -> None:
    leave(deployment, message="다시 씁니다")
    officer = console.sign_in()
    book(officer)
    officer.done("/requests/2/merge/1", {"form_token": "4" * 32})
    assert "Call-back: Nov 24, 2026, 2:30 PM" in officer.get("/requests/2").words("call")
    assert listed(officer.get("/call-backs?week=2026-11-24")) == ["2"]
