"""Exports of requests: on terms, with a second person, once, within a day. No cell of a file is a formula."""

import csv
import json
import threading
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from resident_app.casework.reports import export_requests
from resident_app.casework.reports.export_requests import ExportRefused, ExportRow, ExportState, ExportTerms
from resident_app.database import reading, writing
from resident_app.security.audit_log import AuditEvent
from resident_app.security.row_authentication import RowKeys, with_row_keys
from tests.casework.served import Request, store
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.strict_console import StrictConsole

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TERMS = {
    "reason": "The yearly report <to> the board",
    "purpose": "The board sees totals by language",
    "columns": ["id", "received_at", "spoken_language"],
    "kept_days": "30",
}
OPEN = {"kind": "requests", "query": "state=open", **TERMS}


def lines(response_text: bytes) -> list[list[str]]:
    assert response_text.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in response_text
    return list(csv.reader(StringIO(response_text.decode("utf-8-sig"), newline="")))


def asked(client: StrictConsole, **changes: Any) -> None:
    client.done("/exports", {**OPEN, **changes})


def states(console: Console) -> list[ExportState]:
    with reading(console.engine) as connection:
        return [one.state for one in export_requests.every_export(connection, console.clock())]


@pytest.fixture
def lead(console: Console) -> StrictConsole:
    return console.sign_in("lead", name="Ana First")


@pytest.fixture
def second(console: Console) -> StrictConsole:
    return console.sign_in("lead", name="Ben Second")


def test_an_export_needs_terms_and_a_second_person(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    store(console.engine, [Request(NOW - DAY, language="ko")] * 3)
    form = lead.get("/exports?kind=requests&state=open").fields
    lead.done("/exports", {**form, **TERMS})
    shown = second.get("/exports").words("export-1")
    for words in (
        "Ana First",
        TERMS["reason"],
        TERMS["purpose"],
        "Request number, When it came, Language spoken",
        "30 days",
    ):
        assert words in shown
    second.done("/exports/1/decide", {"does": "allow"})
    assert "Download file 1" in lead.get("/exports").main
    response = lead.send("/exports/1/take")
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"] == 'attachment; filename="requests-2026-11-22.csv"'
    head, *rows = lines(response.data)
    assert head == ["id", "received_at", "spoken_language"]
    assert [row[2] for row in rows] == ["ko"] * 3
    assert states(console) == [ExportState.TAKEN]
    assert "Erase it by Dec 22, 2026" in lead.get("/exports").words("export-1")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": "x" * 401}, "reason"),
        ({"purpose": " "}, "purpose"),
        ({"purpose": "x" * 401}, "purpose"),
        ({"columns": []}, "columns"),
        ({"columns": ["sealed", "secret_hash"]}, "columns"),
        ({"kept_days": ""}, "kept_days"),
        ({"kept_days": "9999"}, "kept_days"),
    ],
)
def test_no_export_without_each_of_its_terms(
    console: Console, lead: StrictConsole, changes: dict[str, Any], field: str
) -> None:
    page = lead.post("/exports", {**OPEN, **changes})
    assert page.status == 422
    assert [link.get("href") for link in page.all("a") if link.get("href") == f"#{field}"]
    assert page.fields["query"] == OPEN["query"], "what was typed is kept"
    assert not states(console)


def test_a_file_never_holds_a_column_that_was_not_asked_for(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    store(console.engine, [Request(NOW - DAY, language="ko")])
    asked(lead, columns=["state", "sealed", "spoken_language"])
    second.done("/exports/1/decide", {"does": "allow"})
    assert lines(lead.send("/exports/1/take").data) == [["spoken_language", "state"], ["ko", "received"]]


def test_terms_that_somebody_changes_in_the_database_count_for_nothing(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    asked(lead)
    second.done("/exports/1/decide", {"does": "allow"})
    with writing(console.engine) as connection:
        connection.execute(update(ExportRow).values(columns="id,topic,outcome,channel"))
    assert "cannot be downloaded" in lead.done("/exports/1/take").main
    assert not states(console)


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


@pytest.mark.parametrize(
    "changes",
    [{"kind": "register"}, {"kind": ""}, {"kind": "figures"}],
)
def test_an_unknown_kind_is_refused(lead: StrictConsole, changes: dict[str, str]) -> None:
    assert lead.post("/exports", {**OPEN, **changes}).status == 400


def test_an_export_of_requests_has_no_names_or_messages(
    console: Console, lead: StrictConsole, second: StrictConsole
) -> None:
    store(console.engine, [Request(NOW - DAY, language="ko")] * 3)
    store(console.engine, [Request(NOW - DAY, language="ru", closed=(HOUR,), outcome="helped")], first=4)
    form = lead.get("/exports?kind=requests&language=ko&officer=me&state=open").fields
    assert f"officer={lead.staff}" in form["query"], "the second person sees whose"
    every = [
        "id", "received_at", "spoken_language", "written_language", "topic", "origin", "channel", "state",
        "last_contact_at", "next_action_at", "closed_at", "outcome", "assigned_to",
    ]  # fmt: skip
    asked(lead, query="language=ko", columns=every)
    asked(lead, query="state=closed", columns=every)
    for number in (1, 2):
        second.done(f"/exports/{number}/decide", {"does": "allow"})
    head, *rows = lines(lead.send("/exports/1/take").data)
    assert head == every
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
    asked(lead, query="state=open")
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
        assert officer.send(path, {**OPEN, "does": "allow"}).status_code == 403
    assert states(console) == [ExportState.ASKED]


def test_no_cell_is_a_formula() -> None:
    harmful = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
    found = lines(export_requests.csv_bytes([harmful, ['a "quoted", word', "두 번째", 5, ""]]))
    assert found == [[f"'{cell}" for cell in harmful], ['a "quoted", word', "두 번째", "5", ""]]


def test_two_requests_at_once_take_the_file_once(engine: Engine) -> None:
    engine = with_row_keys(engine, RowKeys("a secret key", "console"))
    with writing(engine) as connection:
        terms = ExportTerms("why", "what for", ("id",), 30)
        number = export_requests.ask(connection, "", terms, 1, NOW)
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
