"""The worker as a process: it sends what is queued, and stores and logs no plaintext."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ivr.simulator import FakeCarrier
from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.casework.office_keys import make_office_keys
from resident_app.casework.worker_status import WorkerStatus, worker_status
from resident_app.clock import utc_now
from resident_app.contact_points import Channel
from resident_app.database import open_database, reading
from resident_app.intake.message_tables import InboundRow, InboundState, OutgoingRow, OutgoingState
from resident_app.intake.request_tables import TimelineRow
from resident_app.migrations.state import upgrade
from resident_app.worker.process import WorkerId
from tests.casework.office import open_office
from tests.worker.mail_server import MailServer
from tests.worker.office import ADDRESS, NUMBER, OFFICE_ADDRESS, Desk
from tests.worker.running import RunningWorker, workers

WORDS = "우리는 내일 전화합니다"
REPLY = "오후 세 시에 전화해 주세요"
LETTER = "I am at home on Friday"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    engine = open_database(f"sqlite:///{tmp_path / 'resident.db'}")
    upgrade(engine)
    yield Desk(open_office(engine, tmp_path))
    engine.dispose()


def test_nothing_is_in_the_clear(desk: Desk, tmp_path: Path, provider: FakeCarrier, mail: MailServer) -> None:
    (tmp_path / "private.key").rename(tmp_path / "office.private.key")
    desk.clock.now = utc_now()
    number = desk.office.leave(phone=NUMBER)
    desk.queue(number, body=WORDS)
    desk.queue_email(number, body=WORDS)
    desk.queue(number, to="+525512345678", body=WORDS)
    desk.receive(REPLY)
    desk.receive(LETTER, ADDRESS, channel=Channel.EMAIL)
    desk.receive("STOP", "+12065550178")
    worker = RunningWorker(tmp_path, provider, {"SMTP_URL": mail.url, "MAIL_FROM": OFFICE_ADDRESS})
    with workers(worker):
        worker.start()
        _until_done(desk)
        stored = _bytes(tmp_path)
        with reading(desk.office.engine) as connection:
            status = worker_status(connection, utc_now())
        assert (status.runs, status.phone_company, status.mail_server) == (
            True,
            "the demonstration’s",
            "127.0.0.1",
        )
        assert status.can_call
        assert status.can_mail
        assert worker.stop() == 0
    with reading(desk.office.engine) as connection:
        status = worker_status(connection, utc_now())
    assert status.seen_at is not None
    assert not status.runs
    assert [text.form["To"] for text in provider.sent] == [NUMBER]
    assert [to for to, _ in mail.taken] == [ADDRESS]
    assert [line.words for line in desk.office.opened(number).lines if line.kind == "text-in"] == [REPLY]
    for secret in (WORDS, REPLY, LETTER, NUMBER[2:], "2065550178", "5512345678", ADDRESS):
        for where, contents in (*stored.items(), *_bytes(tmp_path).items()):
            assert secret.encode() not in contents, f"{secret} in {where}"
            assert secret.encode("unicode_escape") not in contents, f"{secret} in {where}"
    assert "jobs.db" in stored
    assert b'"failed"' not in worker.log.read_bytes()


def test_with_a_wrong_private_key_nothing_is_tried_and_nothing_fails(
    desk: Desk, tmp_path: Path, provider: FakeCarrier
) -> None:
    right, wrong = tmp_path / "office.private.key", tmp_path / "wrong.key"
    (tmp_path / "private.key").rename(right)
    wrong.write_text(make_office_keys()[0])
    wrong.chmod(0o600)
    desk.clock.now = utc_now()
    number = desk.office.leave(phone=NUMBER)
    worker = RunningWorker(tmp_path, provider)
    with workers(worker):
        worker.start()
        _until(lambda: _status(desk).runs)
        kept = right.read_bytes()
        wrong.replace(right)
        _until(lambda: b"opens none of the newest requests" in worker.log.read_bytes())
        desk.queue(number, body=WORDS)
        _until(lambda: _status(desk).problem != "")
        assert worker.stop() == 0
        worker.start()
        assert worker.process is not None
        assert worker.process.wait(60) == 1, "it does not start"
        assert worker.log.read_bytes().count(b"Error: OFFICE_PRIVATE_KEY_FILE opens none") == 1
        assert not provider.sent
        right.write_bytes(kept)
        worker.start()
        _until(lambda: bool(provider.sent))


def _status(desk: Desk) -> WorkerStatus:
    with reading(desk.office.engine) as connection:
        return worker_status(connection, utc_now())


def _until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _until_done(desk: Desk) -> None:
    over = (OutgoingState.SENT, OutgoingState.FAILED)
    deadline = time.monotonic() + 60
    while True:
        with reading(desk.office.engine) as connection:
            waits = connection.execute(
                select(func.count()).where(OutgoingRow.state.not_in(over))
            ).scalar_one()
            new = connection.execute(
                select(func.count()).where(InboundRow.state == InboundState.NEW)
            ).scalar_one()
            lines = connection.execute(select(func.count()).select_from(TimelineRow)).scalar_one()
        if not waits and not new and lines:
            return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _bytes(folder: Path) -> dict[str, bytes]:
    """The files of both databases, and what the worker wrote."""
    return {
        file.name: file.read_bytes()
        for file in folder.iterdir()
        if ".db" in file.name or file.suffix == ".log"
    }


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SMTP_URL": "smtp://127.0.0.1", "MAIL_FROM": "nobody"}, "MAIL_FROM"),
        ({"SMTP_URL": "http://127.0.0.1"}, "SMTP_URL"),
        ({"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
    ],
)
def test_a_setting_that_is_not_right_is_named(
    tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], named: str
) -> None:
    from resident_app.commands import create_app

    monkeypatch.delenv("CONFIG_FILE", raising=False)
    everything = {
        "INSTANCE_DIR": str(tmp_path),
        "PUBLIC_BASE_URL": "https://records.example.gov",
        "OFFICE_PRIVATE_KEY_FILE": str(tmp_path / "private.key"),
        **settings,
    }
    for name, value in everything.items():
        monkeypatch.setenv(name, value)
    result = create_app().test_cli_runner().invoke(args=["worker"])
    assert result.exit_code == 1
    assert named in result.output


def test_a_worker_id_is_held_by_one_worker_and_then_by_the_next(tmp_path: Path) -> None:
    first, second = WorkerId(tmp_path), WorkerId(tmp_path)
    assert first.text != second.text
    first.release()
    third = WorkerId(tmp_path)
    assert third.text == first.text
    for name in (second, third):
        name.release()
