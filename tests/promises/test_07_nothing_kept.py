"""Promise 7: nothing about who checked is kept: not in a file, a log, an address or a cookie."""

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from ivr.simulator import Phone
from resident_app.database import Base, reading
from tests.conftest import Deployment
from tests.load.servers import BASE_URL, TOKEN, Server, serving
from tests.made_up import NEVER, NINE, ONCE, Card, form_of, keys_of

MARKED = Card("x", "WDLMARK98765", date(1967, 8, 9), date(2016, 5, 4), ())
MARKS = [
    "WDLMARK98765",
    "935627598765",
    "08091967",
    "1967-08-09",
    "2016-05-04",
    "Marked Name",
    "marked words",
    "marked@example.org",
    "2065550147",
    "203.0.113.77",
    "MarkedBrowser",
    "WDLABC123456",
    "935222123456",
]
BROWSER = {"User-Agent": "MarkedBrowser/1.0", "X-Forwarded-For": "203.0.113.77", "Accept-Language": "es"}
HELP = {
    "name": "Marked Name",
    "message": "marked words",
    "reach_by": "email",
    "email": "marked@example.org",
    "phone": "2065550147",
}
NOTE = {"reference": "000 000 000 000", "note": "marked words"}


@pytest.fixture
def server(deployment: Deployment) -> Iterator[Server]:
    with serving(deployment.context.settings.instance_dir) as running:
        yield running


def test_no_mark_is_found_after_a_full_run(deployment: Deployment, server: Server) -> None:
    answers = []
    for card in (MARKED, ONCE, NEVER, NINE):
        status, headers, body = server.request("POST", "/en/check", form_of(card), BROWSER)
        answers.append((status, headers, body))
    answers += [
        server.request("POST", "/es/help", HELP, BROWSER),
        server.request("POST", "/es/help", HELP | {"email": "not one", "reach_by": "x"}, BROWSER),
        server.request("POST", "/en/check?mark=MarkedBrowser", {"card_number": "WDLMARK98765"}, BROWSER),
        server.request("GET", "/en/MarkedBrowser", headers=BROWSER),
        server.request("POST", "/voice/start", {"From": "+12065550147"}, BROWSER),
        server.request("POST", "/en/help/status", {"reference": "WDLMARK98765"}, BROWSER),
        server.request("POST", "/en/help/add", NOTE, BROWSER),
        server.request("POST", "/en/help/add", {**NOTE, "reference": "WDLMARK98765"}, BROWSER),
        server.request("POST", "/en/help/erase", {"reference": "WDLMARK98765"}, BROWSER),
        server.request("POST", "/en/letter", {"code": "WDLMARK98765"}, BROWSER),
        server.request("POST", "/en/letter/file", {"answer": "WDLMARK98765"}, BROWSER),
    ]
    for _, headers, _ in answers:
        assert "Set-Cookie" not in headers
        assert not any(mark in value for mark in MARKS for value in headers.values())
    for card in (MARKED, ONCE):
        phone = Phone(server.post, BASE_URL, TOKEN, "+12065550147").ring().press("1")
        for keys in keys_of(card):
            phone.press(keys)
            assert not any(mark in phone.last_request[0] for mark in MARKS)
        phone.press("2").press("1").press("3").press("1")
        phone.hang_up()
    unfinished = Phone(server.post, BASE_URL, TOKEN, "+12065550147").ring().press("1").press("1")
    unfinished.press("935627598765#").press("08091967#")
    for sent in (
        b"GET /MarkedBrowser\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /en/check HTTP/1.1\r\nHost: x\r\nContent-Length: WDLMARK98765\r\n\r\nWDLMARK98765",
        b"MarkedBrowser\r\n\r\n",
        b"GET /en/ HTTP/1.1\r\nHost: x\r\nMarkedBrowser WDLMARK98765\r\n\r\n",
        b"POST /en/help HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nWDLMARK98765\r\n",
    ):
        server.raw(sent)
    _nothing_is_kept(deployment.context.settings.instance_dir, server)


def _nothing_is_kept(instance: Path, server: Server) -> None:
    kept = {path: path.read_bytes() for path in instance.rglob("*") if path.is_file()}
    kept[server.log] = server.log.read_bytes()
    assert any(path.name.endswith("-wal") for path in kept), "the journal is looked at too"
    for path, contents in kept.items():
        for mark in MARKS:
            assert mark.encode() not in contents, f"{mark} in {path.name}"
    assert b"failed" not in kept[server.log], kept[server.log]


def test_a_check_changes_nothing_in_the_database(deployment: Deployment) -> None:
    """Neither a match nor wrong tries up to a pause leave a row: the evaluator counts them in its memory."""
    before = _rows(deployment)
    assert deployment.client.post("/en/check", form_of(ONCE)).answer == "shared"
    for _ in range(6):
        page = deployment.client.post("/en/check", form_of(ONCE, issued_on=date(2019, 3, 5)))
    assert page.answer == "paused"
    assert _rows(deployment) == before


def _rows(deployment: Deployment) -> dict[str, list[tuple[object, ...]]]:
    """All that is in the database."""
    with reading(deployment.engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in Base.metadata.sorted_tables
        }


def test_a_call_between_two_servers_with_repeats_completes(deployment: Deployment, server: Server) -> None:
    """A signed caller repeats a third of its requests and moves between two servers."""
    chance = random.Random(7)
    with serving(deployment.context.settings.instance_dir) as other:

        def either(path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
            return chance.choice([server, other]).post(path, form, headers)

        for card, words in ((ONCE, "Yes. Our records"), (NEVER, "do not show"), (NINE, "not listed here: 1")):
            phone = Phone(either, BASE_URL, TOKEN).ring()
            for keys in ["1", *keys_of(card)]:
                phone.press(keys)
                if chance.random() < 0.34:
                    assert phone.repeat_last()
            assert words in phone.text
    assert server.request("POST", "/voice/start", {"CallSid": "CA1"})[0] == 403


def test_a_start_with_a_wrong_setting_stops_and_says_so(deployment: Deployment) -> None:
    wrong = serving(deployment.context.settings.instance_dir, TRUSTED_PROXIES="many")
    with pytest.raises(AssertionError, match="TRUSTED_PROXIES is not right"), wrong:
        pass
