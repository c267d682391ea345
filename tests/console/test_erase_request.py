"""Erasing a request takes a reason and two people."""

import json

import pytest
from sqlalchemy import select, text

from resident_app.database import reading, writing
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security.audit_log import AuditEvent
from tests.conftest import Deployment
from tests.console.conftest import Console
from tests.console.office import leave, sender_state
from tests.console.strict_console import StrictConsole

ASK = {"reason": "asked-by-phone"}


@pytest.fixture
def lead(console: Console) -> StrictConsole:
    return console.sign_in("lead", name="Lee Lead")


@pytest.fixture
def second(console: Console) -> StrictConsole:
    return console.sign_in("lead", name="Sam Second")


def state(console: Console) -> str:
    with reading(console.engine) as connection:
        return str(connection.execute(select(HelpRequestRow.state)).scalar_one())


def erasing_events(console: Console) -> list[tuple[int | None, str, str]]:
    with reading(console.engine) as connection:
        rows = connection.execute(
            select(AuditEvent.actor_id, AuditEvent.fields)
            .where(AuditEvent.kind == "request-changed")
            .order_by(AuditEvent.number)
        ).all()
    found = [(row.actor_id, json.loads(row.fields)) for row in rows]
    return [(actor, each["what"], each["reason"]) for actor, each in found if "reason" in each]


def test_one_person_asks_with_a_reason_and_another_one_erases(
    deployment: Deployment, console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    reference = leave(deployment)
    page = lead.done("/requests/1/erase", ASK)
    assert "A second person must allow it" in page.main
    assert "asked for it" in lead.get("/requests/1/erase").main
    assert state(console) == "received"
    for browser in (lead, console.sign_in("officer"), console.sign_in("lead", second_factor=False)):
        browser.send("/requests/1/erase/decide", {"does": "allow"})
        assert state(console) == "received"
    approvals = second.get("/approvals").main
    assert "Lee Lead asked for it" in approvals
    assert "The person asked by phone" in approvals
    assert "Who may allow it: Sam Second" in approvals
    page = second.done("/requests/1/erase/decide", {"does": "allow"})
    assert "Request 1 is erased." in page.main
    assert sender_state(deployment, reference) == "unknown"
    assert erasing_events(console) == [
        (lead.staff, "erase-asked", "asked-by-phone"),
        (second.staff, "erased", "asked-by-phone"),
    ]
    assert "Nothing waits for a decision." in second.get("/approvals").main
    assert "asked to erase" in second.get("/audit").main


def test_one_person_alone_is_told_so_and_asked_twice(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    reference = leave(deployment)
    page = lead.get("/requests/1/erase")
    assert "A second person" not in page.main
    assert "you decide alone" in page.main
    page = lead.post("/requests/1/erase", ASK)
    assert "There is no second person who could stop this." in page.main
    assert "The person asked by phone" in page.main
    assert state(console) == "received"
    assert erasing_events(console) == [], "nothing was done alone"
    page = lead.done("/requests/1/erase", {**ASK, "alone": "yes"})
    assert "Request 1 is erased." in page.main
    assert sender_state(deployment, reference) == "unknown"
    assert erasing_events(console)[-1] == (lead.staff, "erased", "asked-by-phone")


def test_what_was_erased_says_by_whom_and_is_not_what_never_was(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    reference = leave(deployment)
    leave(deployment, phone="206 555 0188")
    leave(deployment, phone="206 555 0189")
    deployment.client.post("/en/help/erase", {"reference": reference, "confirmed": "yes"})
    lead.done("/requests/2/erase", {**ASK, "alone": "yes"})
    for path in ("/requests/1", "/requests/1/erase"):
        page = lead.get(path)
        assert page.status == 404
        assert "Request 1 was erased by its sender" in page.main
    assert "Request 2 was erased by Lee Lead" in lead.get("/requests/2").main
    page = lead.get("/requests/99")
    assert page.status == 404
    assert "There is no such page" in page.main
    assert "Request 1 was erased by its sender" in lead.done("/requests/3/merge", {"other": "1"}).main
    assert "There is no request 99." in lead.done("/requests/3/merge", {"other": "99"}).main


def test_saying_that_one_is_alone_does_not_make_it_so(
    deployment: Deployment, console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    leave(deployment)
    assert "A second person must allow it" in lead.done("/requests/1/erase", {**ASK, "alone": "yes"}).main
    assert state(console) == "received"


@pytest.mark.parametrize("who", ["lead", "second"])
def test_it_is_refused_or_taken_back_and_may_be_asked_again(
    deployment: Deployment, console: Console, lead: StrictConsole, second: StrictConsole, who: str
) -> None:
    leave(deployment)
    lead.done("/requests/1/erase", ASK)
    browser = {"lead": lead, "second": second}[who]
    assert "Request 1 is not erased." in browser.done("/requests/1/erase/decide", {"does": "refuse"}).main
    assert "not open to you" in second.done("/requests/1/erase/decide", {"does": "allow"}).main
    assert state(console) == "received"
    lead.done("/requests/1/erase", ASK)
    second.done("/requests/1/erase/decide", {"does": "allow"})
    assert state(console) == "erased"


def test_who_made_the_account_of_the_second_person_alone_is_not_enough(
    deployment: Deployment, console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    leave(deployment)
    puppet = console.sign_in("lead", name="Puppet", made_by=lead.staff)
    lead.done("/requests/1/erase", ASK)
    assert "Puppet" not in puppet.get("/approvals").main.partition("Who may allow it")[2].partition(".")[0]
    assert "not open to you" in puppet.done("/requests/1/erase/decide", {"does": "allow"}).main
    assert state(console) == "received"


def test_what_somebody_else_wrote_or_put_back_erases_nothing(
    deployment: Deployment, console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    leave(deployment)
    lead.done("/requests/1/erase", ASK)
    with reading(console.engine) as connection:
        row = connection.execute(text("SELECT * FROM erasure_approval")).one()._asdict()
    lead.done("/requests/1/erase/decide", {"does": "refuse"})
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    with writing(console.engine) as connection:
        connection.execute(text(f"INSERT INTO erasure_approval ({names}) VALUES ({values})"), row)  # noqa: S608
    assert "Nothing waits for a decision." in second.get("/approvals").main
    assert "not open to you" in second.done("/requests/1/erase/decide", {"does": "allow"}).main
    assert state(console) == "received"
    lead.done("/requests/1/erase", ASK)
    with writing(console.engine) as connection:
        connection.execute(text("UPDATE erasure_approval SET asked_by = 99"))
    assert "not open to you" in second.done("/requests/1/erase/decide", {"does": "allow"}).main
    assert state(console) == "received"


def test_what_its_sender_erased_meanwhile_waits_no_more(
    deployment: Deployment, console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    reference = leave(deployment)
    lead.done("/requests/1/erase", ASK)
    deployment.client.post("/en/help/erase", {"reference": reference, "confirmed": "yes"})
    assert "Nothing waits for a decision." in second.get("/approvals").main
