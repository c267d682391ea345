"""A lead sees how much each person read on each day."""

from datetime import UTC, datetime

from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from tests.console.conftest import Console
from tests.console.strict_console import ConsolePage


def record(console: Console, kind: Audited, actor: int | None, at: datetime, **fields: int) -> None:
    with writing(console.engine) as connection:
        audit_log.record(connection, kind, actor_id=actor, at=at, **fields)


def cells(page: ConsolePage, name: str) -> list[str]:
    """Return a person's cells, the newest day first."""
    for row in page.all("tr"):
        head, *rest = list(row)
        if "".join(head.itertext()) == name:
            return [" ".join("".join(cell.itertext()).split()) for cell in rest]
    return []


def test_an_officer_does_not_see_it(console: Console) -> None:
    assert console.sign_in("officer").raw("GET", "/audit/readings").status_code == 403


def test_readings_are_counted_by_person_and_day_at_the_office(console: Console) -> None:
    console.clock.now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    ana, bo = console.account(name="Ana"), console.account(name="Bo")
    midnight = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    before = datetime(2026, 11, 24, 7, 59, 59, tzinfo=UTC)
    record(console, Audited.REQUEST_READ, ana, before, request=1)
    for request in (1, 1, 2):
        record(console, Audited.REQUEST_READ, ana, midnight, request=request)
    record(console, Audited.REPLY_READ, ana, midnight, reply=2)
    record(console, Audited.REQUEST_READ, bo, midnight, request=9)
    record(console, Audited.REQUEST_READ, None, midnight, request=9)
    record(console, Audited.SEARCHED, bo, midnight, found=1)
    lead = console.sign_in("lead", name="Lee")
    page = lead.get("/audit/readings")
    assert cells(page, "Ana")[:3] == ["4 3 requests", "1 1 request", "0"]
    assert cells(page, "Bo")[:2] == ["1 1 request", "0"]
    assert cells(page, "Lee") == []
    link = next(one.get("href") for one in page.all("a") if one.get("aria-label", "").startswith("4 by Ana"))
    events = lead.get(link)
    assert len([head for head in events.all("th") if head.get("scope") == "row"]) == 4


def test_earlier_days_and_days_that_mean_nothing(console: Console) -> None:
    console.clock.now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    ana = console.account(name="Ana")
    record(console, Audited.REQUEST_READ, ana, datetime(2026, 11, 1, 20, 0, tzinfo=UTC), request=1)
    lead = console.sign_in("lead")
    assert "Nobody read a request" in lead.get("/audit/readings").main
    [earlier] = [one.get("href") for one in lead.get("/audit/readings").all("a") if one.get("rel") == "prev"]
    page = lead.get(earlier)
    assert "1 1 request" in cells(page, "Ana")
    assert any(one.get("rel") == "next" for one in page.all("a"))
    for until in ("never", "0001-01-01", "9999-12-31"):
        assert lead.get(f"/audit/readings?until={until}").status == 200
