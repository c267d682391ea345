"""Exports: a reason, a second person, once, within a day. The file has no small counts and no formulas."""

import csv
import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import Engine, select

from resident_app.casework.reports import export_requests
from resident_app.casework.reports.export_requests import ExportKind, ExportRefused, ExportRow, ExportState
from resident_app.database import reading, writing
from resident_app.security.audit_log import AuditEvent
from resident_app.security.row_authentication import RowKeys, with_row_keys
from tests.casework.served import Request, store
from tests.casework.test_service_report import reached
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.strict_console import StrictConsole

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIGURES = {"kind": "figures", "query": "from=2026-11-01&to=2026-11-22"}
REASON = "The yearly report <to> the board"


def lines(response_text: bytes) -> list[list[str]]:
    assert response_text.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in response_text
    return list(csv.reader(StringIO(response_text.decode("utf-8-sig"), newline="")))


def asked(client: StrictConsole, **changes: str) -> None:
    client.done("/exports", {**FIGURES, "reason": REASON, **changes})


def states(console: Console) -> list[ExportState]:
    with reading(console.engine) as connection:
        return [one.state for one in export_requests.every_export(connection, console.clock())]


@pytest.fixture
def lead(console: Console) -> StrictConsole:
    return console.sign_in("lead", name="Ana First")


@pytest.fixture
def second(console: Console) -> StrictConsole:
    return console.sign_in("lead", name="Ben Second")


def test_an_export_needs_a_reason_and_a_second_person(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    store(console.engine, [Request(NOW - DAY, language="en", called=reached(HOUR))] * 20)
    store(console.engine, [Request(NOW - DAY, language="ko")] * 3, first=21)
    form = lead.get("/exports?kind=figures&from=2026-11-01&to=2026-11-22").fields
    lead.done("/exports", {**form, "reason": REASON})
    page = second.get("/exports")
    assert REASON in page.words("export-1")
    assert "Ana First" in page.words("export-1")
    second.done("/exports/1/decide", {"does": "allow"})
    assert "Download file 1" in lead.get("/exports").main
    response = lead.send("/exports/1/take")
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"] == 'attachment; filename="figures-2026-11-22.csv"'
    head, *rows = lines(response.data)
    named = {row[2]: dict(zip(head, row, strict=True)) for row in rows}
    assert named["Everyone"]["came"] == "23"
    assert named["Korean"]["came"] == "fewer than 5"
    assert named["English"]["came"] == "not shown"
    assert named["English"]["median hours to first contact"] == "1.0"
    assert named["Korean"]["median hours to first contact"] == ""
    assert states(console) == [ExportState.TAKEN]


def test_nobody_approves_their_own_export(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    asked(lead)
    assert "Allow 1" not in lead.get("/exports").main
    assert "not open to you" in lead.done("/exports/1/decide", {"does": "allow"}).main
    elsewhere = console.sign_in(staff=lead.staff)
    elsewhere.done("/exports/1/decide", {"does": "allow"})
    assert states(console) == [ExportState.ASKED]
    assert "cannot be downloaded" in lead.done("/exports/1/take").main


def test_a_file_is_taken_once(console: Console, lead: StrictConsole, second: StrictConsole) -> None:
    asked(lead)
    second.done("/exports/1/decide", {"does": "allow"})
    assert lead.send("/exports/1/take").status_code == 200
    assert "cannot be downloaded" in lead.done("/exports/1/take").main


def test_only_the_person_who_asked_takes_it(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    asked(lead)
    second.done("/exports/1/decide", {"does": "allow"})
    for other in (second, console.sign_in("admin")):
        assert "Download file" not in other.get("/exports").main
        assert "cannot be downloaded" in other.done("/exports/1/take").main
    assert states(console) == [ExportState.ALLOWED]


def test_an_approval_expires_after_a_day(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    asked(lead)
    second.done("/exports/1/decide", {"does": "allow"})
    console.clock.now += timedelta(hours=24)
    late = console.sign_in(staff=lead.staff)
    assert "Allowed, not downloaded in time" in late.get("/exports").main
    assert "cannot be downloaded" in late.done("/exports/1/take").main


def test_a_refusal_is_final(console: Console, lead: StrictConsole, second: StrictConsole) -> None:
    asked(lead)
    second.done("/exports/1/decide", {"does": "refuse"})
    second.done("/exports/1/decide", {"does": "allow"})
    assert states(console) == [ExportState.REFUSED]
    assert "cannot be downloaded" in lead.done("/exports/1/take").main


def test_deciding_and_taking_need_reauthentication(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    asked(lead)
    console.clock.now += timedelta(minutes=6)
    assert second.send("/exports/1/decide", {"does": "allow"}).status_code == 401
    assert lead.send("/exports/1/take").status_code == 401
    assert states(console) == [ExportState.ASKED]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 401])
def test_no_export_without_a_reason(console: Console, lead: StrictConsole, reason: str) -> None:
    page = lead.post("/exports", {**FIGURES, "reason": reason})
    assert page.status == 422
    assert page.fields["query"] == FIGURES["query"]
    assert not states(console)


@pytest.mark.parametrize(
    "changes",
    [{"kind": "register"}, {"kind": ""}, {"query": "from=x"}, {"query": "period=dates"}],
)
def test_an_unknown_kind_or_query_is_refused(lead: StrictConsole, changes: dict[str, str]) -> None:
    assert lead.post("/exports", {**FIGURES, "reason": REASON, **changes}).status == 400


def test_an_export_of_requests_has_no_names_or_messages(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    store(console.engine, [Request(NOW - DAY, language="ko")] * 3)
    store(console.engine, [Request(NOW - DAY, language="ru", closed=(HOUR,), outcome="helped")], first=4)
    form = lead.get("/exports?kind=requests&language=ko&officer=me&state=open").fields
    assert f"officer={lead.staff}" in form["query"], "the second person sees whose"
    asked(lead, kind="requests", query="language=ko")
    asked(lead, kind="requests", query="state=closed")
    for number in (1, 2):
        second.done(f"/exports/{number}/decide", {"does": "allow"})
    head, *rows = lines(lead.send("/exports/1/take").data)
    assert head == [
        "id", "received_at", "spoken_language", "written_language", "topic", "origin", "channel", "state",
        "last_contact_at", "next_action_at", "closed_at", "outcome", "assigned_to",
    ]  # fmt: skip
    assert [row[:3] for row in rows] == [
        [str(number), "2026-11-21T12:00-08:00", "ko"] for number in (1, 2, 3)
    ]
    _, closed = lines(lead.send("/exports/2/take").data)
    assert closed[-3:-1] == ["2026-11-21T13:00-08:00", "helped"]


def test_an_export_keeps_the_filters_of_the_view(lead: StrictConsole) -> None:
    """From the queue's link, with every filter that figures use."""
    shown = "state=closed&spoken=ko&reached=1&reopened=1&from=2026-11-01&to=9999-12-31"
    page = lead.get(f"/requests?{shown}")
    (link,) = [one.get("href") for one in page.all("a") if one.text == "Export this view"]
    form = lead.get(link).fields
    assert form["query"] == "state=closed&spoken=ko&reached=1&reopened=1&from=2026-11-01"


def test_the_audit_log_records_each_step_without_the_reason(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    store(console.engine, [Request(NOW - DAY)] * 7)
    asked(lead, kind="requests", query="state=open")
    second.done("/exports/1/decide", {"does": "allow"})
    lead.send("/exports/1/take")
    with reading(console.engine) as connection:
        events = connection.execute(
            select(AuditEvent.kind, AuditEvent.actor_id, AuditEvent.fields)
            .where(AuditEvent.kind.startswith("export"))
            .order_by(AuditEvent.number)
        ).all()
    assert [(event.kind, event.actor_id, json.loads(event.fields)) for event in events] == [
        ("export-asked", lead.staff, {"export": 1, "what": "requests"}),
        ("export-decided", second.staff, {"export": 1, "allowed": 1}),
        ("exported", lead.staff, {"export": 1, "lines": 7}),
    ]


def test_an_officer_cannot_export(console: Console, lead: StrictConsole, second: StrictConsole) -> None:
    asked(lead)
    officer = console.sign_in("officer")
    assert officer.get("/exports").status == 403
    for path in ("/exports", "/exports/1/decide", "/exports/1/take"):
        assert officer.send(path, {**FIGURES, "does": "allow", "reason": REASON}).status_code == 403
    assert states(console) == [ExportState.ASKED]


def test_no_cell_is_a_formula() -> None:
    harmful = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
    found = lines(export_requests.csv_bytes([harmful, ['a "quoted", word', "두 번째", 5, ""]]))
    assert found == [[f"'{cell}" for cell in harmful], ['a "quoted", word', "두 번째", "5", ""]]


def test_two_requests_at_once_take_the_file_once(engine: Engine) -> None:
    engine = with_row_keys(engine, RowKeys("a secret key", "console"))
    with writing(engine) as connection:
        number = export_requests.ask(connection, ExportKind.FIGURES, "", REASON, 1, NOW)
        export_requests.decide(connection, number, True, 2, NOW, is_second_person=lambda _: True)
    went: list[bool] = []

    def take() -> None:
        try:
            with writing(engine) as connection:
                export_requests.take(connection, number, 1, NOW)
            went.append(True)
        except ExportRefused:
            went.append(False)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(went) == [False, False, False, True]
    with reading(engine) as connection:
        assert connection.execute(select(ExportRow.taken_at)).scalar_one() == NOW
