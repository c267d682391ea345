"""The audit log page: events by view, and verifying the chain."""

from sqlalchemy import update

from resident_app.console.admin import audit as audit_page
from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_heads import take_head
from resident_app.security.audit_log import Audited, AuditEvent
from tests.console.conftest import Console
from tests.console.office import insert_request
from tests.console.strict_console import ConsolePage


def record(console: Console, kind: Audited, staff: int | None = None, **fields: int | str) -> None:
    with writing(console.engine) as connection:
        audit_log.record(connection, kind, actor_id=staff, at=console.clock(), **fields)


def numbers(page: ConsolePage) -> list[int]:
    """Return the numbers of the events that a page shows."""
    heads = ("".join(head.itertext()) for head in page.all("th") if head.get("scope") == "row")
    return [int(text) for text in heads]


def test_an_officer_cannot_verify(console: Console) -> None:
    assert console.sign_in("officer").send("/audit/verify").status_code == 403


def test_events_by_kind_person_and_day_page_by_page(console: Console) -> None:
    lead = console.sign_in("lead", name="Lee Ada")
    for number in range(audit_page.PAGE + 30):
        record(console, Audited.REQUEST_READ if number % 2 else Audited.SEARCHED, staff=lead.staff)
    console.clock.pass_by(24 * 3600)
    lead = console.sign_in("lead", staff=lead.staff)
    record(console, Audited.CALLED, request=insert_request(console), outcome="reached")
    first = lead.get("/audit?notes=1")
    assert "Lee Ada" in first.main
    assert "The system called the person of request 1." in first.main
    assert any(link.get("href") == "/requests/1" for link in first.all("a"))
    seen, page = numbers(first), first
    while older := [link.get("href") for link in page.all("a") if link.get("rel") == "next"]:
        page = lead.get(older[0])
        seen += numbers(page)
    total = audit_page.PAGE + 31 + len(numbers(lead.get("/audit?kind=row-version")))
    assert "Note of a change" in lead.get("/audit").main
    assert "so that no older copy of it counts" not in lead.get("/audit").main
    assert seen == list(range(total, 0, -1))
    assert len(numbers(lead.get("/audit?kind=request-read"))) == 65
    assert numbers(lead.get("/audit?officer=none&kind=called")) == [total]
    assert len(numbers(lead.get(f"/audit?officer={lead.staff}&kind=searched"))) == 65
    assert numbers(lead.get("/audit?day=2026-11-23&notes=1")) == [total, total - 1], "a session, and a call"
    assert numbers(lead.get("/audit?day=2026-11-23")) == [total], "a call"
    assert "No event matches" in lead.get("/audit?day=2026-11-25").main
    assert len(numbers(lead.get("/audit?kind=nothing&officer=x&day=never&before=y"))) == audit_page.PAGE


def test_events_about_one_request_with_its_messages_and_calls(console: Console) -> None:
    officer = console.sign_in("officer", name="Ben")
    mine, other = insert_request(console), insert_request(console)
    officer.done(f"/requests/{mine}/assign", {"officer": str(officer.staff)})
    record(console, Audited.REQUEST_READ, officer.staff, request=other, page="request.show")
    record(console, Audited.SEARCHED, officer.staff, found=mine)
    lead = console.sign_in("lead")
    page = lead.get(f"/audit?request={mine}")
    assert f"Ben took request {mine}." in page.main
    assert f"request {other}" not in page.main
    assert "searched" not in page.main
    assert f"Ben opened request {other}." in lead.get(f"/audit?request={other}").main


def test_verifying_the_chain_finds_a_changed_event(console: Console) -> None:
    lead = console.sign_in("lead")
    for _ in range(5):
        record(console, Audited.SEARCHED, staff=1)
    assert "Nobody has verified here yet" in lead.get("/audit").words("verified")
    last = numbers(lead.get("/audit"))[0]
    assert f"nobody has changed the log. It ends with event {last}" in lead.done("/audit/verify").main
    assert f"up to event {last}" in lead.get("/audit").words("verified")
    with writing(console.engine) as connection:
        connection.execute(update(AuditEvent).where(AuditEvent.number == last).values(actor_id=2))
    page = lead.done("/audit/verify")
    assert f"Event {last}: it is not what was recorded" in page.main
    assert "The log was changed" in page.words("verified")


def test_verifying_uses_the_heads_on_this_machine(console: Console) -> None:
    lead = console.sign_in("lead")
    record(console, Audited.SEARCHED, staff=1)
    head = take_head(console.engine, console.clock(), console.context.settings.audit_heads_path)
    with writing(console.engine) as connection:
        connection.execute(AuditEvent.__table__.delete().where(AuditEvent.number == head.number))
    assert f"Event {head.number}: a kept head names it" in lead.done("/audit/verify").main
