"""Notices in the console: who is told of what, unread counts, and what came of replies and lost messages."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from resident_app.casework.notices.notice_addresses import authorized_address
from resident_app.database import reading, writing
from resident_app.intake.message_tables import DeliveryError, OutgoingRow, OutgoingState, TextDelivery
from resident_app.intake.notice_tables import NoticeAddressRow, NoticeRow
from resident_app.intake.request_tables import HelpRequestRow
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import insert_request, leave, sender_state
from tests.console.strict_console import StrictConsole


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    return open_console(clock=deployment.clock)


def wrote(console: Console, number: int) -> None:
    with writing(console.engine) as connection:
        own = update(HelpRequestRow).where(HelpRequestRow.id == number)
        connection.execute(own.values(wrote_at=console.clock()))


def navigation(officer: StrictConsole) -> str:
    """Return the words of the navigation."""
    (found,) = [nav for nav in officer.get("/notices").all("nav") if nav.get("aria-label") == "Pages"]
    return " ".join("".join(found.itertext()).split())


def assign(officer: StrictConsole, number: int, to: int) -> None:
    officer.done(f"/requests/{number}/assign", {"officer": str(to)})


def test_a_colleague_is_told_of_what_is_theirs(console: Console) -> None:
    ana, kim = console.sign_in(name="Ana Ruiz"), console.sign_in(name="Kim")
    first, second = insert_request(console), insert_request(console)
    assign(ana, first, kim.staff)
    assign(ana, second, ana.staff)
    ana.done(f"/requests/{second}/act", ana.get(f"/requests/{second}").fields | {"note": "@kim, please call"})
    assert "unread: </span>2<" in kim.get("/").text
    page = kim.get("/notices")
    assert f"Request {first}: Ana Ruiz assigned it to you." in page.main
    assert f"Request {second}: Ana Ruiz named you in a note." in page.main
    assert page.main.count("Unread") == 2
    assert "please call" not in page.text, "a notice holds no words"
    assert "You have no notices." in ana.get("/notices").main, "nobody is told of what they did"
    kim.get(f"/requests/{first}")
    assert "unread: </span>1<" in kim.get("/notices").text, "whoever opens the request has read its notice"
    kim.done("/notices/read", {})
    assert "unread:" not in kim.get("/notices").text


def test_they_wrote_is_in_the_navigation_the_queue_and_the_page(console: Console) -> None:
    officer = console.sign_in()
    other, number = insert_request(console), insert_request(console)
    assert "They wrote" not in navigation(officer)
    wrote(console, number)
    assert "They wrote 1" in navigation(officer)
    assert next(re.finditer(r'"/requests/(\d+)[?"]', officer.get("/requests").text))[1] == str(number)
    assert f"/requests/{other}" not in officer.get("/requests?wrote=1").text
    assert "They wrote" in officer.get(f"/requests/{number}").main


def test_what_was_read_waits_no_longer_and_what_came_since_does(console: Console) -> None:
    officer, number = console.sign_in(name="Ana"), insert_request(console)
    wrote(console, number)
    seen = officer.get(f"/requests/{number}").fields["seen"]
    console.clock.pass_by(60)
    wrote(console, number)
    officer.done(f"/requests/{number}/answered", {"seen": seen})
    assert "They wrote" in officer.get(f"/requests/{number}").main, "another message came meanwhile"
    again = officer.get(f"/requests/{number}").fields["seen"]
    page = officer.done(f"/requests/{number}/answered", {"seen": again})
    assert "Mark as read" not in page.main
    assert "no answer needed" in page.main
    assert officer.post(f"/requests/{number}/answered", {"seen": "yesterday"}).status == 422


def test_a_note_on_the_site_is_due_at_once(deployment: Deployment, console: Console) -> None:
    """Before 0.6.0 what the sender added stood in the timeline alone."""
    reference, officer = leave(deployment), console.sign_in()
    page = officer.get("/requests/1")
    officer.done("/requests/1/act", page.fields | {"state": "closed:answered", "note": "Told by phone"})
    assert sender_state(deployment, reference) == "closed"
    deployment.client.post("/en/help/add", {"reference": reference, "note": "One more question"})
    assert sender_state(deployment, reference) == "received"
    page = officer.get("/requests/1")
    assert "They wrote" in page.main
    assert "Answered" in page.main, "the timeline keeps the outcome"


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (
            {"delivery": TextDelivery.UNDELIVERED, "delivery_error": 30003},
            "The phone is off or cannot be reached.",
        ),
        ({"delivery": TextDelivery.UNDELIVERED, "delivery_error": 30005}, "There is no such number."),
        ({"delivery": TextDelivery.UNDELIVERED, "delivery_error": 30006}, "This number is a landline,"),
        ({"delivery": TextDelivery.FAILED, "delivery_error": 30007}, "The phone company took it for spam."),
        ({"delivery": TextDelivery.FAILED, "delivery_error": 30034}, "Our number is not registered"),
        ({"delivery": TextDelivery.FAILED, "delivery_error": 39999}, "The phone company’s code is 39999."),
        ({"state": OutgoingState.FAILED, "error": DeliveryError.OPTED_OUT}, "This number answered STOP"),
    ],
)
def test_the_page_says_why_a_message_did_not_arrive(
    deployment: Deployment, console: Console, columns: dict[str, object], why: str
) -> None:
    leave(deployment)
    officer = console.sign_in()
    fields = officer.get("/requests/1").fields
    officer.done(
        "/requests/1/act", fields | {"message": "내일 다시 전화드리겠습니다. 감사합니다.", "channel": "text"}
    )
    with writing(console.engine) as connection:
        connection.execute(update(OutgoingRow).values({"state": OutgoingState.SENT} | columns))
        connection.execute(update(HelpRequestRow).values(undelivered_at=console.clock()))
    page = officer.get("/requests/1")
    assert "did not arrive." in page.main
    assert why in page.main
    assert "Call the person." in page.main
    assert "Not delivered" in officer.get("/requests?undelivered=1").main


def test_the_email_can_be_turned_off(console: Console) -> None:
    officer = console.sign_in()
    officer.get("/")
    with reading(console.engine) as connection:
        found = authorized_address(connection, officer.staff)
    assert found is not None
    assert found.wants_email
    assert found.link.endswith("/notices")
    page = officer.done("/notices/email", {"wants_email": "no"})
    assert "No email tells you of notices." in page.main
    officer.get("/")
    with reading(console.engine) as connection:
        found = authorized_address(connection, officer.staff)
        assert found is not None
        assert not found.wants_email
        assert len(connection.execute(select(NoticeAddressRow.account_id)).all()) == 1


def test_an_erased_requests_notices_are_gone(deployment: Deployment, console: Console) -> None:
    reference, ana, kim = leave(deployment), console.sign_in(), console.sign_in()
    assign(ana, 1, kim.staff)
    deployment.client.post("/en/help/erase", {"reference": reference, "confirmed": "yes"})
    with reading(console.engine) as connection:
        assert connection.execute(select(NoticeRow.id)).all() == []
    assert "You have no notices." in kim.get("/notices").main


def test_an_old_plan_lets_a_browser_send_the_form(console: Console) -> None:
    """With its day before the first that can be chosen, a browser would refuse to send a note."""
    officer = console.sign_in()
    for days in (-9, 99):
        number = insert_request(console, next_action_at=console.clock() + timedelta(days=days))
        field = officer.get(f"/requests/{number}").by_id("next_action_day")
        assert field.get("min") <= field.get("value") <= field.get("max")
