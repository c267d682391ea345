"""Quiet hours: nobody is called at night or on a holiday without being asked twice, and texts wait."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from resident_app.configuration import load_configuration
from resident_app.configuration.contact_hours import ContactMoment
from resident_app.database import reading
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.message_tables import OutgoingRow
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave

CONFIGURATION = load_configuration()
THANKSGIVING_NIGHT = datetime(2026, 11, 27, 7, 40, tzinfo=UTC)
"""11:40 PM on Thursday, November 26, at the office."""
TUESDAY_NIGHT = datetime(2026, 11, 25, 7, 40, tzinfo=UTC)
WORDS = "내일 다시 전화드리겠습니다. 감사합니다."


def moment(local: str, time_zone: str = "", best_time: str = "") -> ContactMoment:
    """Return a moment that is given in the office's time."""
    at = datetime.fromisoformat(local).replace(tzinfo=CONFIGURATION.calendar.zone)
    return CONFIGURATION.contact_hours.at(at, time_zone, best_time)


@pytest.mark.parametrize(
    ("local", "time_zone", "allowed"),
    [
        ("2026-11-24T08:00", "", "2026-11-24T08:00"),
        ("2026-11-24T07:59", "", "2026-11-24T08:00"),
        ("2026-11-24T19:59", "", "2026-11-24T19:59"),
        ("2026-11-24T20:00", "", "2026-11-25T08:00"),
        ("2026-11-25T23:40", "", "2026-11-28T08:00"),
        ("2026-11-26T12:00", "", "2026-11-28T08:00"),
        ("2026-11-29T12:00", "", "2026-11-29T12:00"),
        ("2026-11-24T18:00", "America/New_York", "2026-11-25T05:00"),
        ("2026-11-24T06:00", "America/New_York", "2026-11-24T06:00"),
        ("2026-11-24T20:30", "Pacific/Honolulu", "2026-11-24T20:30"),
        ("2026-11-24T21:00", "Mars/Base", "2026-11-25T08:00"),
    ],
    ids=[
        "from 8",
        "before 8",
        "until 8",
        "from 8 in the evening",
        "the night before Thanksgiving",
        "Thanksgiving and the day after it",
        "Sunday",
        "9 PM in New York",
        "9 AM in New York",
        "half past 6 in Hawaii",
        "no such zone",
    ],
)
def test_a_person_is_contacted_in_their_own_daytime(local: str, time_zone: str, allowed: str) -> None:
    at = datetime.fromisoformat(allowed).replace(tzinfo=CONFIGURATION.calendar.zone)
    found = moment(local, time_zone)
    assert found.allowed_at == at
    assert found.is_quiet == (local != allowed)


def test_the_time_that_they_asked_for_is_compared_where_they_are() -> None:
    assert moment("2026-11-24T09:00", best_time="morning").is_good_time is True
    assert moment("2026-11-24T09:00", "America/New_York", "morning").is_good_time is False
    assert moment("2026-11-24T09:00", best_time="any").is_good_time is None


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    leave(deployment, best_time="morning", reach_by="phone")
    return open_console(clock=deployment.clock)


def calls(console: Console) -> int:
    with reading(console.engine) as connection:
        return len(connection.execute(select(OfficeCallRow.id)).all())


def outgoing(console: Console) -> list[datetime | None]:
    with reading(console.engine) as connection:
        return list(connection.execute(select(OutgoingRow.not_before).order_by(OutgoingRow.id)).scalars())


def test_a_call_at_night_on_thanksgiving_is_asked_for_twice(deployment: Deployment, console: Console) -> None:
    deployment.clock.now = THANKSGIVING_NIGHT
    officer = console.sign_in(phone="+13605550123")
    assert "Nobody should be called now." in officer.get("/requests/1").words("call")
    page = officer.done("/requests/1/call", {"form_token": "0" * 32})
    assert "It is 11:40 PM for this person. Today is Thanksgiving Day. Call anyway?" in page.words("call")
    assert calls(console) == 0
    page = officer.done("/requests/1/call", {"form_token": "0" * 32, "anyway": "yes"})
    assert calls(console) == 1
    assert "Your phone will ring in a moment." in page.words("call")


def test_a_call_by_day_is_made_at_once_and_names_the_time_they_asked_for(console: Console) -> None:
    officer = console.sign_in(phone="+13605550123")
    assert "It is 12:00 PM for this person. They asked for: Morning" in officer.get("/requests/1").words(
        "call"
    )
    officer.done("/requests/1/call", {"form_token": "0" * 32})
    assert calls(console) == 1


def test_a_text_at_night_waits_until_morning_and_an_email_does_not(
    deployment: Deployment, console: Console
) -> None:
    deployment.clock.now = TUESDAY_NIGHT
    officer = console.sign_in()
    page = officer.get("/requests/1")
    assert "A text message waits. It goes out tomorrow at 8:00 AM." in page.main
    page = officer.done("/requests/1/act", page.fields | {"message": WORDS})
    assert "It goes out tomorrow at 8:00 AM." in page.main
    assert outgoing(console) == [datetime(2026, 11, 25, 16, tzinfo=UTC)]
    assert "Nobody is texted in quiet hours." in officer.get("/outbox").main
    fields = officer.get("/requests/1/contact").fields | {"email": "somebody@example.com"}
    officer.done("/requests/1/contact", fields)
    page = officer.get("/requests/1")
    officer.done("/requests/1/act", page.fields | {"message": WORDS, "channel": "email"})
    assert outgoing(console)[1:] == [None]


def test_the_persons_time_zone_is_set_by_an_officer_and_sealed(
    deployment: Deployment, console: Console
) -> None:
    officer = console.sign_in(phone="+13605550123")
    fields = officer.get("/requests/1/contact").fields
    page = officer.done("/requests/1/contact", fields | {"time_zone": "America/New_York"})
    assert "3:00 PM, Eastern" in page.main
    deployment.clock.now = datetime(2026, 11, 25, 2, tzinfo=UTC)
    officer = console.sign_in(phone="+13605550123")
    page = officer.done("/requests/1/call", {"form_token": "0" * 32})
    assert "It is 9:00 PM for this person. Call anyway?" in page.words("call")
