"""The audit log, retention and the office's keys in the console."""

import secrets
from datetime import timedelta

from sqlalchemy import insert, select, update

from resident_app.casework.key_rotation import add_key
from resident_app.casework.resealing import reseal_some
from resident_app.casework.retention.purge import purge
from resident_app.console.admin import audit as audit_page
from resident_app.console.admin import retention as retention_page
from resident_app.database import reading, writing
from resident_app.intake.erasure_tables import PurgeReceiptRow
from resident_app.intake.help_request import HelpRequest, seal_request
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.security import audit_log
from resident_app.security.audit_heads import take_head
from resident_app.security.audit_log import Audited, AuditEvent
from tests.console.conftest import Console
from tests.console.strict_console import ConsolePage


def record(console: Console, kind: Audited, staff: int | None = None, **fields: int | str) -> None:
    with writing(console.engine) as connection:
        audit_log.record(connection, kind, actor_id=staff, at=console.clock(), **fields)


def numbers(page: ConsolePage) -> list[int]:
    """Return the numbers of the events that a page shows."""
    heads = ("".join(head.itertext()) for head in page.all("th") if head.get("scope") == "row")
    return [int(text) for text in heads]


def leave(console: Console, **columns: object) -> int:
    request = HelpRequest("site", "phone", "+12065550100", "", "ko", "ko", "question", name="Marked")
    submission = secrets.token_bytes(16)
    box = seal_request(request, "000", console.context.keys.current().newest.public, submission)
    values = {
        "submission": submission,
        "secret_hash": "",
        "reference_attempt": 0,
        "origin": "site",
        "spoken_language": "ko",
        "topic": "question",
        "channel": "phone",
        "state": RequestState.RECEIVED.value,
        "received_at": console.clock(),
        "last_contact_at": console.clock(),
        "sealed": box.sealed,
        "sealed_to": box.sealed_to,
        **columns,
    }
    with writing(console.engine) as connection:
        made = connection.execute(insert(HelpRequestRow).values(**values)).inserted_primary_key
    assert made is not None
    return int(made[0])


def test_who_may_see_what(console: Console) -> None:
    clients = {role: console.sign_in(role) for role in ("officer", "lead", "admin")}
    for path, allowed in (
        ("/audit", {"lead", "admin"}),
        ("/retention", {"lead", "admin"}),
        ("/keys", {"admin"}),
    ):
        for role, client in clients.items():
            assert client.get(path).status == (200 if role in allowed else 403), (path, role)
    assert clients["officer"].send("/audit/verify").status_code == 403


def test_the_keys_page_needs_reauthentication(console: Console) -> None:
    admin = console.sign_in("admin")
    assert "In use" in admin.get("/keys").main
    console.clock.pass_by(6 * 60)
    assert "In use" not in admin.get("/keys").main


def test_events_by_kind_person_and_day_page_by_page(console: Console) -> None:
    lead = console.sign_in("lead", name="Lee Ada")
    for number in range(audit_page.PAGE + 30):
        record(console, Audited.REQUEST_READ if number % 2 else Audited.SEARCHED, staff=lead.staff)
    console.clock.pass_by(24 * 3600)
    lead = console.sign_in("lead", staff=lead.staff)
    record(console, Audited.CALLED, request=leave(console), outcome="reached")
    first = lead.get("/audit")
    assert "Lee Ada" in first.main
    assert "outcome reached" in first.main
    assert any(link.get("href") == "/requests/1" for link in first.all("a"))
    seen, page = numbers(first), first
    while older := [link.get("href") for link in page.all("a") if link.get("rel") == "next"]:
        page = lead.get(older[0])
        seen += numbers(page)
    assert seen == list(range(audit_page.PAGE + 31, 0, -1))
    assert len(numbers(lead.get("/audit?kind=request-read"))) == 65
    assert numbers(lead.get("/audit?officer=none")) == [audit_page.PAGE + 31]
    assert len(numbers(lead.get(f"/audit?officer={lead.staff}&kind=searched"))) == 65
    assert numbers(lead.get("/audit?day=2026-11-23")) == [audit_page.PAGE + 31]
    assert "No event matches" in lead.get("/audit?day=2026-11-25").main
    assert len(numbers(lead.get("/audit?kind=nothing&officer=x&day=never&before=y"))) == audit_page.PAGE


def test_verifying_the_chain_finds_a_changed_event(console: Console) -> None:
    lead = console.sign_in("lead")
    for _ in range(5):
        record(console, Audited.SEARCHED, staff=1)
    assert "Nobody has verified" in lead.get("/audit").words("verified")
    assert "every event up to number 5" in lead.done("/audit/verify").main
    assert "Verified up to number 5" in lead.get("/audit").words("verified")
    with writing(console.engine) as connection:
        connection.execute(update(AuditEvent).where(AuditEvent.number == 3).values(actor_id=2))
    page = lead.done("/audit/verify")
    assert "Event 3: it is not what was recorded" in page.main
    assert "Not whole" in page.words("verified")


def test_verifying_uses_the_heads_on_this_machine(console: Console) -> None:
    lead = console.sign_in("lead")
    record(console, Audited.SEARCHED, staff=1)
    take_head(console.engine, console.clock(), console.context.settings.audit_heads_path)
    with writing(console.engine) as connection:
        connection.execute(AuditEvent.__table__.delete().where(AuditEvent.number == 2))
    assert "Event 2: a kept head names it" in lead.done("/audit/verify").main


def test_the_schedule_legal_holds_and_receipts(console: Console) -> None:
    lead = console.sign_in("lead")
    old = console.clock() - timedelta(days=91)
    leave(console, state=RequestState.CLOSED.value, closed_at=old)
    held = leave(
        console, state=RequestState.CLOSED.value, closed_at=old, legal_hold=True, erasure_requested_at=old
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
    assert "contact1 contact_days" in page.words("receipts")
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
    assert lead.get(older).words("receipts").count("call_days") == 5


def test_the_keys_page_follows_a_key_rotation_to_its_end(console: Console) -> None:
    admin = console.sign_in("admin")
    for _ in range(3):
        leave(console)
    lost = leave(console, sealed_to="0123456789abcdef")
    add_key(console.context.settings.office_private_key_path)
    keys = console.context.keys.current()
    page = admin.get("/keys")
    assert all(id in page.main for id in keys.ids)
    assert "0 of 4 boxes" in page.words("progress")
    reseal_some(console.engine, keys)
    page = admin.get("/keys")
    assert "3 of 4 boxes" in page.words("progress")
    assert "1 box is sealed to a key that this office does not have" in page.main
    with writing(console.engine) as connection:
        connection.execute(HelpRequestRow.__table__.delete().where(HelpRequestRow.id == lost))
    assert "All 3 boxes" in admin.get("/keys").words("progress")
    with reading(console.engine) as connection:
        assert set(connection.execute(select(HelpRequestRow.sealed_to)).scalars()) == {keys.ids[0]}
