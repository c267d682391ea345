"""A next action is planned for a day and a time at which the office can do it, and not too far ahead."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave

FAR = "Nobody would think of this person for too long. Plan for Dec 22, 2026 at the latest."


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    leave(deployment)
    return open_console(clock=deployment.clock)


@pytest.mark.parametrize(
    ("day", "at", "told", "offered"),
    [
        ("2099-12-01", "", FAR, "2099-12-01"),
        ("2026-12-23", "09:00", FAR, "2026-12-23"),
        ("2026-11-21", "09:00", "This day is over.", "2026-11-21"),
        ("2026-11-26", "", "The office is closed on Nov 26, 2026, Thanksgiving Day.", "2026-11-30"),
        ("2026-11-28", "10:00", "The office is closed on Nov 28, 2026, a Saturday.", "2026-11-30"),
        ("2026-12-32", "", "Enter a day, such as 2026-12-01.", "2026-12-32"),
        ("2026-11-24", "half past", "Enter a time, such as 14:30.", "2026-11-24"),
        ("2026-11-24", "03:00", "It is night then.", "2026-11-24"),
        ("", "14:30", "Choose a day for this time, or clear both.", ""),
    ],
    ids=["2099", "31 days", "past", "Thanksgiving", "Saturday", "no day", "no time", "night", "time alone"],
)
def test_a_plan_that_would_not_hold_is_refused(
    console: Console, day: str, at: str, told: str, offered: str
) -> None:
    officer = console.sign_in()
    fields = officer.get("/requests/1").fields | {"next_action_day": day, "next_action_time": at}
    page = officer.post("/requests/1/act", fields | {"note": "kept words"})
    assert page.status == 422
    assert told in page.main
    assert "kept words" in page.main
    assert page.fields["next_action_day"] == offered
    assert officer.get("/requests/1").fields["next_action_day"] == ""


def test_the_day_that_is_offered_can_be_saved(console: Console) -> None:
    officer = console.sign_in()
    fields = officer.get("/requests/1").fields | {"next_action_day": "2026-11-26"}
    page = officer.post("/requests/1/act", fields)
    assert "Monday, Nov 30, 2026 is entered now: save to plan that." in page.main
    assert "Next action by Nov 30, 2026, 5:00 PM" in officer.done("/requests/1/act", page.fields).main


def test_a_plan_has_the_offices_time_and_may_stay_when_it_is_over(
    deployment: Deployment, console: Console
) -> None:
    officer = console.sign_in()
    fields = officer.get("/requests/1").fields | {
        "next_action_day": "2026-11-23",
        "next_action_time": "09:00",
    }
    officer.done("/requests/1/act", fields)
    row = officer.get("/requests").text
    assert "Nov 23, 2026, 9:00 AM" in row
    deployment.clock.now = datetime(2026, 11, 23, 18, tzinfo=UTC)
    officer = console.sign_in()
    assert "Overdue" in officer.get("/requests/1").main
    fields = officer.get("/requests/1").fields | {"note": "no time yet"}
    page = officer.done("/requests/1/act", fields)
    assert page.fields["next_action_time"] == "09:00"
    page = officer.post("/requests/1/act", page.fields | {"next_action_time": "09:30"})
    assert "This time is over. Choose a later one." in page.main


def test_a_plan_never_hides_somebody_whom_nobody_reached(deployment: Deployment, console: Console) -> None:
    officer = console.sign_in()
    fields = officer.get("/requests/1").fields | {"next_action_day": "2026-12-22"}
    officer.done("/requests/1/act", fields)
    deployment.clock.now += timedelta(days=3)
    officer = console.sign_in()
    assert "Overdue" in officer.get("/requests/1").main
    assert re.search(r'href="/requests/1[?"]', officer.get("/requests?due=overdue").text)
