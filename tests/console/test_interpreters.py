"""Interpreters by language and hour: a lead lists them, a call offers them, a call-back books one."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from resident_app.casework.calls import office_calls
from resident_app.casework.calls.office_calls import CallNumbers, NewCall
from resident_app.database import reading, writing
from resident_app.intake.call_tables import OfficeCallRow
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave
from tests.console.strict_console import ConsolePage, StrictConsole
from tests.console.test_database_writer import DatabaseWriter, is_refused

KIM = "+12065550144"
OFFICE_DAYS = {f"{end}-{day}": at for day in range(5) for end, at in (("from", "09:00"), ("until", "17:00"))}
FIELDS = {"name": "Kim", "phone": "206-555-0144", "languages": "ko"} | OFFICE_DAYS
TUESDAY = {"call_back_day": "2026-11-24", "call_back_time": "14:30"}
AT_NIGHT = datetime(2026, 11, 24, 4, tzinfo=UTC)
AT_NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    deployment.clock.now = datetime(2026, 11, 23, 20, tzinfo=UTC)
    leave(deployment)
    return open_console(clock=deployment.clock)


@pytest.fixture
def lead(console: Console) -> StrictConsole:
    return console.sign_in("lead", name="Lena Lead")


def add(lead: StrictConsole, **changes: Any) -> ConsolePage:
    return lead.done("/interpreters/new", FIELDS | changes)


def call(console: Console, by: StrictConsole) -> None:
    """Let an officer be in a call about request 1."""
    assert by.staff is not None
    new = NewCall("a" * 32, 1, by.staff, CallNumbers("+13605550111", "+12065550100"), "ko", "question", False)
    with writing(console.engine) as connection:
        office_calls.begin_call(connection, new, console.context.keys.current(), console.clock())


def rung_next(console: Console) -> str | None:
    """Return the number that the worker is asked to ring; None if no interpreter is wanted."""
    with reading(console.engine) as connection:
        row = connection.execute(select(OfficeCallRow.__table__)).one()
    return row.interpreter_phone if row.wants_interpreter else None


def book(by: StrictConsole, request: int = 1, **changes: str) -> ConsolePage:
    form = TUESDAY | {"form_token": "0" * 32, "interpreter": "1"} | changes
    return by.done(f"/requests/{request}/call-back", form)


def test_a_lead_lists_interpreters_and_the_audit_log_tells_it(console: Console, lead: StrictConsole) -> None:
    page = add(lead)
    assert "Kim Korean +12065550144 Mon–Fri 9:00 AM–5:00 PM" in page.main
    page = lead.done(
        "/interpreters/1", lead.get("/interpreters/1").fields | {"any_hour": "yes", "active": "yes"}
    )
    assert "At any hour" in page.main
    lead.done("/interpreters/1", FIELDS)
    assert "Not offered any more: 1" in lead.get("/interpreters").main
    log = lead.get("/audit").main
    assert "Lena Lead added the interpreter “Kim”." in log
    assert "Lena Lead changed the number, languages or hours of the interpreter “Kim”." in log
    assert "Lena Lead stopped offering the interpreter “Kim”." in log
    officer = console.sign_in()
    assert "Kim" in officer.get("/interpreters").main
    assert officer.raw("GET", "/interpreters/1").status_code == 403
    assert officer.send("/interpreters/new", FIELDS).status_code == 403


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": " "}, "Enter a name of up to 80 letters."),
        ({"phone": "911"}, "Enter a phone number with its area code"),
        ({"phone": "+1 900 555 0100"}, "Enter a phone number with its area code"),
        ({"languages": "klingon"}, "Choose at least one language."),
        ({"until-2": "08:00"}, "Wednesday: enter from when to a later time, or clear both."),
        ({"from-6": "10:00"}, "Sunday: enter from when to a later time, or clear both."),
        (dict.fromkeys(OFFICE_DAYS, ""), "Enter the hours of at least one day."),
    ],
    ids=["no name", "emergency", "special price", "no language", "backwards", "half a day", "never"],
)
def test_what_cannot_be_rung_is_not_saved(lead: StrictConsole, changes: dict[str, str], told: str) -> None:
    page = lead.post("/interpreters/new", FIELDS | changes)
    assert page.status == 422
    assert told in page.main
    assert "No interpreter is in the list." in lead.get("/interpreters").main


def test_a_call_offers_who_speaks_the_language_and_is_there(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    add(lead)
    add(lead, name="Any service", languages="any", any_hour="yes", phone="1-800-555-0133")
    add(lead, name="Sam", languages="so")
    deployment.clock.now = AT_NIGHT
    officer = console.sign_in()
    call(console, officer)
    panel = officer.get("/requests/1").words("call")
    assert "Add the interpreter Any service" in panel
    assert "Kim: not at this hour: Mon–Fri 9:00 AM–5:00 PM" in panel
    assert "Add the interpreter Kim" not in panel
    assert "Sam" not in panel
    page = officer.done("/requests/1/call/interpreter", {"interpreter": "1"})
    assert "Kim is not there at that hour: Mon–Fri 9:00 AM–5:00 PM." in page.main
    assert rung_next(console) is None
    officer.done("/requests/1/call/interpreter", {"interpreter": "2"})
    assert rung_next(console) == "+18005550133"
    assert "asked the interpreter “Any service” into a call" in console.sign_in("lead").get("/audit").main


def test_who_speaks_just_the_language_is_offered_first(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    add(lead, name="Any service", languages="any")
    add(lead)
    deployment.clock.now = AT_NOON
    officer = console.sign_in()
    call(console, officer)
    panel = officer.get("/requests/1").words("call")
    assert re.findall(r"Add the interpreter (Kim|Any service)", panel) == ["Kim", "Any service"]
    officer.done("/requests/1/call/interpreter", {"interpreter": "2"})
    assert rung_next(console) == KIM


@pytest.mark.parametrize("attack", ["changed", "put back"])
def test_a_number_that_somebody_wrote_into_the_database_is_not_rung(
    deployment: Deployment, console: Console, lead: StrictConsole, attack: str
) -> None:
    add(lead, any_hour="yes")
    writer = DatabaseWriter(console.context.settings.database)
    old = writer.row("office_interpreter", 1)
    with capture_logs() as events:
        if attack == "changed":
            writer.run("UPDATE office_interpreter SET phone = '+12065550199'")
        else:
            lead.done("/interpreters/1", FIELDS | {"active": "yes", "phone": "206-555-0145"})
            writer.put_back("office_interpreter", old)
        officer = console.sign_in()
        call(console, officer)
        assert "Kim" not in officer.get("/requests/1").words("call")
        page = officer.done("/requests/1/call/interpreter", {"interpreter": "1"})
        assert "This interpreter is not offered any more." in page.main
        assert rung_next(console) is None
        assert "1 interpreter is not offered: somebody else" in officer.get("/interpreters").main
    assert is_refused(console, events, "office_interpreter")
    writer.engine.dispose()


def test_a_call_back_books_an_interpreter(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    add(lead, name="Any service", languages="any", any_hour="yes")
    add(lead)
    officer = console.sign_in(name="Ana")
    page = book(officer, interpreter="2")
    assert "by Ana, with the interpreter Kim" in page.words("call")
    assert "with the interpreter Kim" in officer.get("/call-backs?week=2026-11-24").main
    page = officer.done("/requests/1/act", page.fields | {"next_action_time": "16:00"})
    assert "4:00 PM, by Ana, with the interpreter Kim" in page.words("call"), "it moves along"
    page = officer.done("/requests/1/act", page.fields | {"next_action_time": "17:30"})
    assert "5:30 PM, by Ana" in page.words("call")
    assert "with the interpreter" not in page.words("call"), "Kim is not there then"
    book(officer, interpreter="2", form_token="1" * 32)
    deployment.clock.now = AT_NOON
    officer = console.sign_in()
    call(console, officer)
    assert "Add the interpreter Kim (booked for this call)" in officer.get("/requests/1").words("call")


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("14:59", "This interpreter is booked for another call within 30 minutes of that time."),
        ("14:01", "This interpreter is booked for another call within 30 minutes of that time."),
        ("15:00", "Call-back: Nov 24, 2026, 3:00 PM."),
        ("08:30", "Kim is not there at that hour: Mon–Fri 9:00 AM–5:00 PM."),
    ],
)
def test_an_interpreter_is_booked_once_and_in_their_hours(
    deployment: Deployment, console: Console, lead: StrictConsole, at: str, told: str
) -> None:
    leave(deployment, message="다시 씁니다")
    add(lead)
    officer = console.sign_in()
    book(officer)
    page = book(officer, request=2, call_back_time=at, form_token="1" * 32)
    assert told in page.main
    assert ("Cancel the call-back" in page.words("call")) is told.startswith("Call-back")
