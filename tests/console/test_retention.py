"""The retention page: the schedule, legal holds, and receipts of what was purged."""

from datetime import timedelta

from sqlalchemy import insert

from resident_app.casework.retention.purge import purge
from resident_app.console.admin import retention as retention_page
from resident_app.database import writing
from resident_app.intake.erasure_tables import PurgeReceiptRow
from resident_app.intake.request_tables import RequestState
from tests.console.conftest import Console
from tests.console.office import insert_request


def test_the_schedule_legal_holds_and_receipts(console: Console) -> None:
    lead = console.sign_in("lead")
    old = console.clock() - timedelta(days=91)
    insert_request(console, state=RequestState.CLOSED, closed_at=old)
    held = insert_request(
        console, state=RequestState.CLOSED, closed_at=old, legal_hold=True, erasure_requested_at=old
    )
    page = lead.get("/retention")
    assert "closed request90 dayscontact_days1" in page.words("due")
    assert f"Request {held}" in page.words("on-hold")
    assert "Erased when the hold ends" in page.words("on-hold")
    assert "Nothing was removed yet" in page.main
    purge(
        console.engine,
        console.context.keys.current(),
        console.context.configuration.retention,
        console.clock(),
    )
    page = lead.get("/retention")
    assert "closed request1Their time was over" in page.words("receipts")
    assert "closed request90 dayscontact_days0" in page.words("due")


def test_receipts_page_by_page(console: Console) -> None:
    lead = console.sign_in("lead")
    rows = [
        {"at": console.clock(), "kind": "call", "rule": "call_days", "count": 1000 + number}
        for number in range(retention_page.PAGE + 5)
    ]
    with writing(console.engine) as connection:
        connection.execute(insert(PurgeReceiptRow), rows)
    page = lead.get("/retention")
    assert "1,104" in page.words("receipts")
    [older] = [link.get("href") for link in page.all("a") if link.get("rel") == "next"]
    assert lead.get(older).words("receipts").count("Their time was over") == 5
