"""Failures are told: the worker, the phone company and the mail server, before anybody waits for them."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from resident_app.casework.messages.outbox import queue_message
from resident_app.casework.worker_status import note_heartbeat
from resident_app.casework.worker_tables import WorkerHeartbeatRow
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.call_tables import OfficeCallRow
from resident_app.intake.message_tables import DeliveryError, OutgoingRow, OutgoingState
from tests.conftest import Deployment
from tests.console.conftest import Console
from tests.console.office import leave

PHONE = {"phone": "+12065550123"}


def set_worker(console: Console, seen: timedelta | None, **columns: str | bool) -> None:
    """Replace the worker of the tests by one that was seen so long ago; None: it never ran."""
    values: dict[str, str | bool] = {
        "phone_company": "Twilio",
        "mail_server": "mail.example.gov",
        "problem": "",
        **columns,
    }
    with writing(console.engine) as connection:
        connection.execute(delete(WorkerHeartbeatRow))
        if seen is not None:
            note_heartbeat(connection, "worker", console.clock() - seen, **values)


def queue(console: Console, channel: Channel, at: timedelta, **columns: object) -> None:
    with writing(console.engine) as connection:
        number = queue_message(
            connection,
            console.context.keys.current(),
            request=1,
            channel=channel,
            to="+12065550100" if channel is Channel.TEXT else "a@example.org",
            body="words",
            language="en",
            actor_id=1,
            at=console.clock() - at,
            key=f"key-{channel.value}-{int(at.total_seconds())}",
        )
        if columns:
            connection.execute(update(OutgoingRow).where(OutgoingRow.id == number).values(**columns))


@pytest.mark.parametrize(
    ("seen", "columns", "words"),
    [
        (None, {}, "The worker has not run yet: calls and messages wait."),
        (timedelta(minutes=5), {}, "The worker has not run since"),
        (timedelta(0), {"has_stopped": True}, "The worker has not run since"),
        (timedelta(0), {"problem": "OFFICE_PRIVATE_KEY_FILE is wrong"}, "OFFICE_PRIVATE_KEY_FILE is wrong"),
        (timedelta(0), {"phone_company": ""}, "No phone company is set up."),
    ],
)
def test_nobody_waits_for_a_phone_that_never_rings(
    deployment: Deployment,
    console: Console,
    seen: timedelta | None,
    columns: dict[str, str | bool],
    words: str,
) -> None:
    leave(deployment)
    officer = console.sign_in(**PHONE)
    assert "Call +1 206" in officer.get("/requests/1").main or "Call +1206" in officer.get("/requests/1").main
    set_worker(console, seen, **columns)
    page = officer.get("/requests/1")
    assert "No call." in page.main
    assert words in page.main
    assert "/requests/1/call" not in page.actions
    assert words in officer.done("/requests/1/call").main
    with reading(console.engine) as connection:
        assert connection.execute(select(func.count()).select_from(OfficeCallRow)).scalar_one() == 0
    assert page.actions.count("/requests/1/call/outcome") == 1, "a call from one's own phone can be noted"


def test_every_page_says_that_the_worker_does_not_run(console: Console) -> None:
    officer = console.sign_in()
    for address in ("/requests", "/outbox", "/account"):
        assert "The worker" not in officer.get(address).main
    set_worker(console, timedelta(minutes=2))
    for address in ("/requests", "/outbox", "/account"):
        assert "The worker has not run since" in officer.get(address).main
    assert "The worker" not in console.anybody().get("/sign-in").main


def test_the_outbox_names_the_phone_company_and_the_mail_server(
    deployment: Deployment, console: Console
) -> None:
    leave(deployment)
    officer = console.sign_in()
    failed = {"state": OutgoingState.FAILED, "ended_at": console.clock()}
    queue(console, Channel.TEXT, timedelta(0), error=DeliveryError.NOT_LET_IN, **failed)
    queue(console, Channel.EMAIL, timedelta(0), error=DeliveryError.UNREACHABLE, **failed)
    page = officer.get("/outbox").main
    assert "The phone company (Twilio) does not accept our password." in page
    assert "The mail server (mail.example.gov) cannot be reached." in page
    set_worker(console, timedelta(0), mail_server="")
    assert "No mail server is set up, so emails wait." in officer.get("/outbox").main


def test_everybody_is_told_when_nothing_has_gone_out_for_long(
    deployment: Deployment, console: Console
) -> None:
    leave(deployment)
    lead = console.sign_in("lead")
    queue(console, Channel.TEXT, timedelta(minutes=29), attempts=4, error=DeliveryError.NOT_LET_IN)
    later = console.clock() + timedelta(hours=9)
    queue(console, Channel.EMAIL, timedelta(hours=2), not_before=later)
    assert "has gone out for half an hour" not in lead.get("/requests").main
    queue(console, Channel.TEXT, timedelta(minutes=31), attempts=5, error=DeliveryError.NOT_LET_IN)
    page = lead.get("/requests").main
    assert "No text message has gone out for half an hour, and 2 text messages wait" in page
    assert "The phone company (Twilio) does not accept our password." in page
    assert "No email" not in page, "it is not its time yet"
    sent = {"state": OutgoingState.SENT, "ended_at": console.clock() - timedelta(minutes=1)}
    queue(console, Channel.TEXT, timedelta(minutes=2), **sent)
    assert "has gone out for half an hour" not in lead.get("/requests").main
