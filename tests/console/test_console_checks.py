"""`flask doctor --role console` finds wrong keys, a worker that does not run, and stranded requests."""

import secrets
from datetime import timedelta
from pathlib import Path

import pytest

from resident_app.casework.messages.outbox import queue_message
from resident_app.casework.office_keys import make_office_keys
from resident_app.casework.worker_status import note_heartbeat
from resident_app.clock import utc_now
from resident_app.commands import create_app
from resident_app.contact_points import Channel
from resident_app.database import writing
from resident_app.web.accounts import account_store
from tests.conftest import Deployment
from tests.console.conftest import SECRET_KEY, Console
from tests.console.office import insert_request, leave


def doctor() -> tuple[int, str]:
    result = create_app().test_cli_runner().invoke(args=["doctor", "--role", "console"])
    return result.exit_code, result.output


def test_a_console_that_works_passes_and_each_fault_is_named(
    deployment: Deployment, console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path / "instance"))
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    leave(deployment)
    account = console.account(name="Ana")
    now = utc_now()

    def beat(at: timedelta, mail_server: str) -> None:
        with writing(console.engine) as connection:
            note_heartbeat(
                connection,
                "worker-of-the-tests",
                now + at,
                phone_company="Twilio",
                mail_server=mail_server,
                problem="",
            )

    beat(timedelta(0), "mail.example.gov")
    status, told = doctor()
    assert status == 0, told
    assert told.count("ok ") == 5

    beat(timedelta(0), "")
    insert_request(console, assigned_to=account)
    with writing(console.engine) as connection:
        account_store.close(connection, account, now)
        queue_message(
            connection,
            console.context.keys.current(),
            request=1,
            channel=Channel.EMAIL,
            to="a@example.org",
            body="words",
            language="en",
            actor_id=account,
            at=now - timedelta(hours=1),
            key=secrets.token_hex(16),
        )
    status, told = doctor()
    assert status == 1
    assert "warn  worker: the worker runs, but no mail server is set (SMTP_URL)" in told
    assert "fail  messages: 1 emails wait, the oldest since" in told
    assert "warn  requests: 1 open requests are assigned to closed accounts (Ana)" in told

    beat(-timedelta(minutes=5), "")
    monkeypatch.setenv("SECRET_KEY", "t" * 32)
    private = tmp_path / "instance" / "office.private.key"
    private.write_text(make_office_keys()[0])
    status, told = doctor()
    assert status == 1
    assert "fail  worker: the worker has not run since" in told
    assert "fail  office key: OFFICE_PRIVATE_KEY_FILE has not the key that the site seals to" in told
    assert "fail  accounts: SECRET_KEY is not the one" in told
