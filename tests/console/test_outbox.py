"""What has not gone out is seen, tried again under its own key, or cancelled."""

import pytest
from sqlalchemy import select, update

from resident_app.casework.worker_status import WorkerStatus
from resident_app.console.failures import WorkingParts
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.message_tables import DeliveryError, OutgoingRow, OutgoingState
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave
from tests.console.strict_console import StrictConsole

WAITING, FAILED = OutgoingState.WAITING, OutgoingState.FAILED


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    return open_console(clock=deployment.clock)


def write(deployment: Deployment, officer: StrictConsole, count: int = 1) -> None:
    leave(deployment)
    for number in range(count):
        form = officer.get("/requests/1").fields | {"message": f"{number} 전화 주십시오. 감사합니다."}
        officer.done("/requests/1/act", form)


def fail(console: Console, error: DeliveryError) -> None:
    with writing(console.engine) as connection:
        connection.execute(update(OutgoingRow).values(state=OutgoingState.FAILED, error=error, attempts=9))


def rows(console: Console) -> list[tuple[OutgoingState, int, int]]:
    with reading(console.engine) as connection:
        found = connection.execute(
            select(OutgoingRow.state, OutgoingRow.round, OutgoingRow.attempts).order_by(OutgoingRow.id)
        )
        return [(row.state, row.round, row.attempts) for row in found]


def test_what_waits_says_why_and_can_be_cancelled(deployment: Deployment, console: Console) -> None:
    officer = console.sign_in(name="Officer Kim")
    assert "Everything has gone out." in officer.get("/outbox").main
    write(deployment, officer)
    assert "Waiting: 1" in officer.get("/outbox").main
    assert "It waits for its turn." in officer.get("/outbox").main
    with writing(console.engine) as connection:
        connection.execute(update(OutgoingRow).values(error=DeliveryError.NOT_SET_UP))
    assert "This cannot be sent yet" in officer.get("/outbox").main
    assert "It will not be sent." in officer.done("/outbox/1/cancel").main
    assert "Cancelled" in officer.get("/requests/1").main


def test_what_failed_is_tried_again_one_by_one_or_all_that_match(
    deployment: Deployment, console: Console
) -> None:
    officer = console.sign_in()
    write(deployment, officer, 3)
    fail(console, DeliveryError.UNREACHABLE)
    page = officer.get("/outbox")
    assert "Not sent: 3" in page.main
    assert "cannot be reached" in page.main
    officer.done("/outbox/2/retry")
    assert rows(console) == [(FAILED, 0, 9), (WAITING, 1, 0), (FAILED, 0, 9)]
    page = officer.done("/outbox/retry", {"channel": "text", "error": DeliveryError.UNREACHABLE})
    assert "2 will be tried again." in page.main
    assert rows(console) == [(WAITING, 1, 0)] * 3
    assert officer.send("/outbox/2/retry").status_code == 404, "it has not failed"


def test_every_error_is_shown_in_words(deployment: Deployment, console: Console) -> None:
    officer = console.sign_in()
    write(deployment, officer)
    words = WorkingParts(WorkerStatus(phone_company="Twilio"), "")
    for error in DeliveryError:
        fail(console, error)
        assert words.error(error, Channel.TEXT) in officer.get("/outbox").main


def test_nothing_goes_out_for_a_held_request_that_its_sender_erased(
    deployment: Deployment, console: Console
) -> None:
    officer = console.sign_in("lead")
    write(deployment, officer)
    officer.send("/requests/1/hold", {"reason": "a court case"})
    officer.send("/requests/1/erase", {"reason": "asked-by-phone", "alone": "yes"})
    assert rows(console) == [(OutgoingState.CANCELLED, 0, 0)]
