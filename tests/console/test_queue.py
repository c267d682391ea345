"""The queue: views and search."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from resident_app.database import reading
from resident_app.security.audit_log import AuditEvent
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave
from tests.console.strict_console import ConsolePage


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    return open_console(clock=deployment.clock)


def numbers(page: ConsolePage) -> list[int]:
    """Return the ids of the requests that a page lists, in order."""
    return [int(number) for number in re.findall(r'<th scope="row"><a href="/requests/(\d+)[?"]', page.text)]


def test_longest_without_contact_comes_first_and_overdue_is_marked(
    deployment: Deployment, console: Console
) -> None:
    leave(deployment)
    deployment.clock.now += timedelta(days=3)
    leave(deployment, spoken="vi", phone="206 555 0101")
    page = console.sign_in().get("/requests")
    assert numbers(page) == [1, 2]
    assert page.text.count(">Overdue</span>") == 1
    assert numbers(console.sign_in().get("/requests?due=overdue")) == [1]


def test_an_officer_sees_their_own_languages(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    leave(deployment, spoken="vi", written="es", phone="206 555 0101")
    officer = console.sign_in(languages=("es", "ru"))
    assert numbers(officer.get("/requests?language=mine")) == [2]
    assert numbers(officer.get("/requests?language=ko")) == [1]


@pytest.mark.parametrize(
    "query", ["state=nonsense&officer=x&from=2026-13-01&page=99999&sort=?", "language=,,"]
)
def test_values_that_mean_nothing_in_an_address_are_ignored(
    deployment: Deployment, console: Console, query: str
) -> None:
    leave(deployment)
    assert numbers(console.sign_in().get(f"/requests?{query}")) == [1]


def test_a_saved_view_is_its_officer_s_own(deployment: Deployment, console: Console) -> None:
    officer, other = console.sign_in(), console.sign_in()
    page = officer.done("/requests/views", {"query": "state=closed", "name": "Old ones"})
    assert "Old ones" in page.main
    assert "Old ones" not in other.get("/requests").main
    assert other.send("/requests/views/1/forget").status_code == 303
    assert "Old ones" in officer.get("/requests").main
    assert "Old ones" not in officer.done("/requests/views/1/forget").main


@pytest.mark.parametrize("words", ["marked na", "555-0100", "2065550100", "REFERENCE"])
def test_search_is_posted_and_finds(deployment: Deployment, console: Console, words: str) -> None:
    reference = leave(deployment)
    leave(deployment, phone="206 555 0199", name="Somebody Else")
    page = console.sign_in().post("/requests/search", {"words": words.replace("REFERENCE", reference)})
    assert numbers(page) == [1]
    assert page.by_id("words").get("value") == words.replace("REFERENCE", reference), "the term stays"
    assert "In name" in page.main or "In phone number" in page.main or "In reference" in page.main
    with reading(console.engine) as connection:
        events = connection.execute(select(AuditEvent.kind, AuditEvent.fields)).all()
    assert ("searched", '{"found": 1}') in [(event.kind, event.fields) for event in events]
    assert not any("marked" in event.fields.lower() or "555" in event.fields for event in events)


def test_the_queue_shows_no_name_or_number(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    text = console.sign_in().get("/requests").text
    assert "Marked" not in text
    assert not [number for number in ("555-0100", "555 0100", "5550100") if number in text]


def test_leads_see_what_ends_in_config_within_six_months(console: Console) -> None:
    ends = "config/organizations.toml: “El Centro de la Raza”, read on 2026-11-22, ends on 2027-11-22"
    console.clock.now = datetime(2027, 5, 21, 20, 0, tzinfo=UTC)
    assert "config/" not in console.sign_in("lead").get("/requests").main
    console.clock.now += timedelta(days=1)
    assert ends in console.sign_in("lead").get("/requests").main
    assert ends in console.sign_in("admin").get("/requests").main
    assert "config/" not in console.sign_in("officer").get("/requests").main
    console.clock.now = datetime(2027, 12, 1, 20, 0, tzinfo=UTC)
    assert "ended on 2027-11-22" in console.sign_in("lead").get("/requests").main


def test_the_rows_alone_for_an_open_page(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    rows = console.sign_in().raw("GET", "/requests/rows?state=open", headers={"X-Background": "true"})
    assert rows.status_code == 200
    assert rows.get_data(as_text=True).strip().startswith("<tr data-row>")
