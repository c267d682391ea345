"""Promise 7: nothing about who checked is kept: not in a file, a log, an address or a cookie."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from twilio.request_validator import RequestValidator

from ivr.simulator import FakeCarrier, Phone
from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.database import Base, open_database, reading
from resident_app.intake.reference import derived_reference
from resident_app.intake.request_tables import HelpRequestRow, NoteRow
from resident_app.register.evaluator.evaluator_client import EvaluatorClient
from resident_app.register.evaluator.protocol import Evaluate, Reply
from resident_app.short_lived import FILE_NAME, ShortLivedBase
from tests.conftest import Deployment, DeployWith
from tests.load.servers import BASE_URL, TOKEN, Server, serving
from tests.made_up import CARDS, NEVER, NINE, ONCE, Card, form_of, keys_of
from tests.promises.durable_files import (
    dump,
    found_in,
    short_lived_file,
    sqlite_files,
    wal_position,
    wal_since,
)

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
NOTE = {"reference": "0000 0000 0000 0000", "note": "marked words"}


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


DAYS_NUMBER = "+12065550168"
STOPPED_NUMBER = "+12065550169"
DAYS_ADDRESS = "203.0.113.168"
DAYS_MARKS = [
    "WDLMARK98765",
    "935627598765",
    "08091967",
    "1967-08-09",
    "2065550168",
    "2065550169",
    DAYS_ADDRESS,
]


@dataclass
class Day:
    """A day of use of a real server, and what the short-lived store held meanwhile."""

    server: Server
    short_lived: Engine
    seen: set[str | bytes] = field(default_factory=set)

    def look(self) -> None:
        """Note every mark, salt, id and sealed call that is in the short-lived store now."""
        with reading(self.short_lived) as connection:
            for table in ShortLivedBase.metadata.sorted_tables:
                values = [value for row in connection.execute(select(table)) for value in row]
                self.seen |= {one for one in values if isinstance(one, str | bytes) and len(one) >= 16}

    def post(self, path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
        answer = self.server.post(path, form, {**headers, "X-Forwarded-For": DAYS_ADDRESS})
        self.look()
        return answer

    def page(self, path: str, form: dict[str, str]) -> str:
        status, body = self.post(path, form, {})
        assert status in (200, 422), status
        return body

    def text(self, body: str, sid: str) -> None:
        form = {"From": STOPPED_NUMBER, "To": "+13603594454", "Body": body, "MessageSid": sid}
        signature = RequestValidator(TOKEN).compute_signature(f"{BASE_URL}/text", form)
        assert self.post("/text", form, {"X-Twilio-Signature": signature})[0] == 200

    def use(self) -> None:
        """Use everything that a limit counts, or that a call or a text leaves."""
        for card in (ONCE, MARKED):
            self.page("/en/check", form_of(card))
        wanted = {
            "reach_by": "phone",
            "phone": DAYS_NUMBER[2:],
            "topic": "question",
            "message": "marked words",
        }
        reference = re.search(r'id="reference"[^>]*>([^<]+)<', self.page("/en/help", wanted))
        assert reference is not None
        right, wrong = {"reference": reference[1]}, {"reference": str(derived_reference(bytes(32), 0))}
        for one in (right, wrong):
            self.page("/en/help/status", one)
            self.page("/en/help/add", {**one, "note": "marked words"})
        self.text("STOP", "SM-marked-stop")
        self.text("help", "SM-marked-help")
        phone = Phone(self.post, BASE_URL, TOKEN, DAYS_NUMBER, attestation="A").ring().press("7")
        for keys in [*keys_of(ONCE), "4", "1"]:
            phone.press(keys)
        phone.hang_up()
        unfinished = Phone(self.post, BASE_URL, TOKEN, DAYS_NUMBER).ring().press("1").press("1")
        unfinished.press("935627598765#").press("08091967#")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_day_of_use_leaves_nothing_of_a_check_or_an_attempt(
    kind: str,
    deploy: DeployWith,
    provider: FakeCarrier,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Search the database, its journals, its write-ahead log and a backup for what limits and calls held."""
    url, server_url, first = "", "", ""
    if kind == "postgresql":
        url, server_url = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_server")
        first = wal_position(server_url)
    made = deploy(CARDS, database_url=url)
    instance = made.context.settings.instance_dir
    marks = _evaluator_marks(made, monkeypatch)
    made.short_lived.dispose()
    as_public = made.context.settings.database
    carrier = {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_API_BASE": provider.address,
        "DATABASE_URL": as_public,
    }
    provider.token = TOKEN
    with serving(instance, **carrier) as server:
        day = Day(server, _store_of(made))
        day.use()
        assert len(provider.texts) == 1, "the answer to a call was a text"
        held = [ShortLivedBase.metadata.tables[name] for name in ("attempt", "limit_salt", "texted_language")]
        with reading(day.short_lived) as connection:
            assert all(connection.execute(select(table)).first() for table in held)
        if kind == "sqlite":
            files, control = sqlite_files(instance, tmp_path / "backup.db"), short_lived_file(instance)
        else:
            files = wal_since(server_url, first) | {"dump": dump(url, "--no-unlogged-table-data")}
            control = dump(url)
        files["log"] = server.log.read_bytes()
        day.short_lived.dispose()
    kept = _submissions(made)
    assert len(day.seen) > 20
    assert found_in({"the short-lived store": control}, day.seen), "the search finds what is there"
    for name in ("resident.db-wal", "backup.db") if kind == "sqlite" else ("dump",):
        assert found_in({name: files[name]}, kept), f"and what lasts, in {name}"
    assert found_in(files, kept)
    assert not found_in(files, [*day.seen, *marks, *DAYS_MARKS])
    if kind == "sqlite":
        with serving(instance):
            everything = {path.name: path.read_bytes() for path in instance.rglob("*") if path.is_file()}
            assert not found_in(everything, [*day.seen, *marks, *DAYS_MARKS]), "after a start, nowhere"


def _evaluator_marks(made: Deployment, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return what the evaluator is sent of the day's cards and network, under this deployment's keys."""
    sent: list[bytes] = []
    evaluate = EvaluatorClient.evaluate

    def spy(client: EvaluatorClient, asked: Evaluate) -> Reply:
        sent.extend(mark for _, mark in asked.marks)
        return evaluate(client, asked)

    monkeypatch.setattr(EvaluatorClient, "evaluate", spy)
    for card in (ONCE, MARKED):
        made.client.post("/en/check", form_of(card), address=DAYS_ADDRESS)
    assert len(set(sent)) > 4
    return sent


def _store_of(made: Deployment) -> Engine:
    """Return an engine on the short-lived store that a real server uses, without a lock of its own."""
    if made.engine.dialect.name == "postgresql":
        return open_database(made.context.settings.database)
    return open_database(f"sqlite:///{made.context.settings.instance_dir / FILE_NAME}")


def _submissions(made: Deployment) -> list[bytes]:
    """Return what lasts of help requests and notes: 16 bytes each."""
    with reading(made.engine) as connection:
        return [
            *connection.execute(select(HelpRequestRow.submission)).scalars(),
            *connection.execute(select(NoteRow.submission)).scalars(),
        ]


def test_a_call_between_two_servers_with_repeats_completes(deployment: Deployment, server: Server) -> None:
    """A signed caller repeats a third of its requests and moves between two servers."""
    chance = random.Random(7)
    with serving(deployment.context.settings.instance_dir) as other:

        def either(path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
            return chance.choice([server, other]).post(path, form, headers)

        for card, words in (
            (ONCE, "Yes. DOL shared your information with ICE."),
            (NEVER, "do not show"),
            (NINE, "not listed here: 1"),
        ):
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
