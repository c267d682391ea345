"""Single messages: what goes out, what is tried again, and what fails."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ivr.simulator import FakeCarrier
from ivr.simulator.rest_rules import CarrierRefusal
from resident_app.casework.key_rotation import add_key
from resident_app.casework.messages import outbox
from resident_app.casework.office_keys import make_office_keys
from resident_app.database import writing
from resident_app.intake import erasure
from resident_app.intake.erasure import erase_request
from resident_app.intake.message_tables import DeliveryError, OutgoingState
from resident_app.worker.dispatching import LOST_AFTER
from resident_app.worker.sending import MOST_ATTEMPTS, pause_after
from tests.casework.office import CONFIGURATION
from tests.conftest import BASE_URL
from tests.worker.office import NUMBER, Desk, always, once

WAITING, QUEUED = OutgoingState.WAITING, OutgoingState.QUEUED
SENT, FAILED = OutgoingState.SENT, OutgoingState.FAILED
UNCERTAIN = DeliveryError.UNCERTAIN
on_one_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def test_a_text_goes_out_with_its_last_sentence(desk: Desk, provider: FakeCarrier) -> None:
    message = desk.queue(language="es")
    desk.work()
    [text] = provider.sent
    assert (text.form["To"], text.key) == (NUMBER, desk.row(message).key)
    assert text.form["Body"].startswith("We will call you tomorrow. ")
    assert "STOP" in text.form["Body"]
    assert "Reply STOP" not in text.form["Body"]
    row = desk.row(message)
    assert (row.state, row.provider_id, row.ended_at, row.error) == (SENT, text.sid, desk.clock(), None)


def test_pauses_grow_and_end_after_about_a_day(desk: Desk, provider: FakeCarrier) -> None:
    message, began = desk.queue(), desk.clock()
    provider.at = always(CarrierRefusal(503, 20503, "down"))
    pauses = []
    desk.work()
    while (row := desk.row(message)).state == QUEUED:
        pauses.append((row.not_before - desk.clock()).total_seconds())
        desk.work(pauses[-1] - 0.1)
        assert desk.row(message).attempts == row.attempts, "not before its time"
        desk.work(0.1)
    assert (row.state, row.attempts, row.error) == (FAILED, MOST_ATTEMPTS, UNCERTAIN)
    assert 4 <= pauses[0] <= 6
    assert all(later > earlier for earlier, later in pairwise(pauses[:9]))
    assert max(pauses) <= 3600 * 1.2
    assert timedelta(hours=20) < desk.clock() - began < timedelta(hours=28)
    assert not provider.sent


def test_pauses_differ_between_messages() -> None:
    assert len({pause_after(5) for _ in range(20)}) > 10


@on_one_database
@pytest.mark.parametrize(
    ("status", "code", "error", "state"),
    [
        (429, 20429, DeliveryError.TOO_BUSY, QUEUED),
        (500, 20500, DeliveryError.UNCERTAIN, QUEUED),
        (503, 20503, DeliveryError.UNCERTAIN, QUEUED),
        (401, 20003, DeliveryError.NOT_LET_IN, QUEUED),
        (403, 20403, DeliveryError.NOT_LET_IN, QUEUED),
        (400, 21211, DeliveryError.NOT_A_NUMBER, FAILED),
        (400, 21408, DeliveryError.NOT_A_NUMBER, FAILED),
        (400, 21614, DeliveryError.NOT_A_NUMBER, FAILED),
        (400, 21610, DeliveryError.OPTED_OUT, FAILED),
        (400, 21617, DeliveryError.REFUSED, FAILED),
        (404, 20404, DeliveryError.REFUSED, FAILED),
    ],
)
def test_what_the_provider_answers(
    desk: Desk, provider: FakeCarrier, status: int, code: int, error: DeliveryError, state: str
) -> None:
    message = desk.queue()
    provider.at = once("asked", CarrierRefusal(status, code, "no"))
    desk.work()
    assert desk.state(message) == (state, error)
    assert (desk.row(message).ended_at is not None) is (state == FAILED)
    desk.work(60)
    assert len(provider.sent) == (state == QUEUED)


def test_a_failed_message_goes_out_when_a_person_retries_it(desk: Desk, provider: FakeCarrier) -> None:
    message = desk.queue()
    provider.at = once("asked", CarrierRefusal(400, 21617, "no"))
    desk.work()
    with writing(desk.office.engine) as connection:
        assert [one.id for one in outbox.failed(connection)] == [message]
        assert outbox.retry(connection, desk.office.keys.current(), message, 1, desk.clock())
        assert not outbox.retry(connection, desk.office.keys.current(), message, 1, desk.clock()), "once"
    desk.work()
    assert desk.state(message) == (SENT, None)
    assert len(provider.sent) == 1


def test_a_provider_that_cannot_be_reached(desk: Desk) -> None:
    with FakeCarrier("", "").serving() as gone:
        pass
    desk.set_up(gone)
    message = desk.queue()
    desk.work()
    assert desk.state(message) == (QUEUED, DeliveryError.UNREACHABLE), "it was never asked"


def test_without_a_provider_it_waits_and_says_so(desk: Desk, provider: FakeCarrier) -> None:
    desk.set_up(None)
    text, email = desk.queue(), desk.queue_email()
    desk.work()
    for message in (text, email):
        assert desk.state(message) == (WAITING, DeliveryError.NOT_SET_UP)
    desk.set_up(provider)
    desk.work()
    assert desk.state(text) == (SENT, None)
    assert desk.state(email)[0] == WAITING


def test_stop_holds_until_start(desk: Desk, provider: FakeCarrier) -> None:
    message = desk.queue()
    desk.receive("Stop")
    desk.work()
    assert desk.state(message) == (FAILED, DeliveryError.OPTED_OUT)
    other = desk.queue(to="+12065550178")
    desk.work()
    assert desk.state(other) == (SENT, None)
    desk.receive("START")
    with writing(desk.office.engine) as connection:
        outbox.retry(connection, desk.office.keys.current(), message, 1, desk.clock())
    desk.work()
    assert desk.state(message) == (SENT, None)
    assert len(provider.sent) == 2


@on_one_database
@pytest.mark.parametrize("number", ["+18765550100", "+525512345678", "+12065550100;ext=7", "anonymous"])
def test_only_numbers_that_can_be_texted_are(desk: Desk, provider: FakeCarrier, number: str) -> None:
    message = desk.queue(to=number)
    desk.work()
    assert desk.state(message) == (FAILED, DeliveryError.NOT_A_NUMBER)
    assert not provider.sent


def test_a_message_is_sent_once_its_key_is_back(desk: Desk, provider: FakeCarrier, tmp_path: Path) -> None:
    """A message that does not open fails. With the key back in its file, a person retries it."""
    private = tmp_path / "private.key"
    kept = private.read_text()
    message = desk.queue()
    private.write_text(make_office_keys()[0])
    desk.work()
    assert desk.state(message) == (FAILED, DeliveryError.CANNOT_OPEN)
    private.write_text(kept)
    add_key(private)
    with writing(desk.office.engine) as connection:
        outbox.retry(connection, desk.office.keys.current(), message, 1, desk.clock())
    desk.work()
    assert desk.state(message) == (SENT, None)


def test_nothing_goes_out_for_an_erased_request(desk: Desk, provider: FakeCarrier) -> None:
    number = desk.office.leave()
    desk.queue(number)
    desk.dispatcher.enqueue_due()
    assert desk.queued.tries, "a worker has it already"
    with writing(desk.office.engine) as connection:
        assert erase_request(connection, number, desk.clock())
    desk.work(600)
    assert not provider.sent


def test_nothing_goes_out_for_one_that_is_erased_but_held(desk: Desk, provider: FakeCarrier) -> None:
    number = desk.office.leave(legal_hold=True)
    message = desk.queue(number)
    desk.dispatcher.enqueue_due()
    with writing(desk.office.engine) as connection:
        assert not erase_request(connection, number, desk.clock())
    desk.work(600)
    assert desk.state(message)[0] == OutgoingState.CANCELLED
    assert not provider.sent


def test_what_is_cancelled_while_the_provider_is_asked_is_out(desk: Desk, provider: FakeCarrier) -> None:
    number = desk.office.leave()
    message = desk.queue(number)

    def cancel(moment: str, _request: str) -> None:
        if moment == "taken":
            with writing(desk.office.engine) as connection:
                erasure.cancel_for_request(connection, number, desk.clock())

    provider.at = cancel
    desk.work()
    assert desk.state(message) == (SENT, None)


def test_a_long_queue_is_not_taken_for_lost(desk: Desk, provider: FakeCarrier) -> None:
    messages = [desk.queue() for _ in range(210)]
    desk.dispatcher.enqueue_due()
    assert len(desk.queued.tries) == 200, "the others follow in the next round"
    desk.work(LOST_AFTER.total_seconds() + 1)
    desk.work()
    assert {(desk.row(message).state, desk.row(message).round) for message in messages} == {(SENT, 0)}
    assert len(provider.sent) == len(messages)


def test_a_later_message_is_not_sent_before_its_time(desk: Desk, provider: FakeCarrier) -> None:
    desk.queue(not_before=desk.clock() + timedelta(hours=1))
    desk.work(3599)
    assert not provider.sent
    desk.work(1)
    assert len(provider.sent) == 1


def test_the_same_key_is_the_same_message(desk: Desk, provider: FakeCarrier) -> None:
    assert desk.queue(key="the-same-key") == desk.queue(key="the-same-key", body="Something else.")
    desk.work()
    assert len(provider.sent) == 1


def test_a_text_message_asks_for_reports_of_its_delivery(desk: Desk, provider: FakeCarrier) -> None:
    """To the public process, which takes them; with the language that the number is answered in."""
    desk.queue(language="ko", body="내일 전화하겠습니다.")
    desk.work()
    assert [one.form["StatusCallback"] for one in provider.sent] == [f"{BASE_URL}/text/status/ko"]


def test_no_text_goes_out_in_quiet_hours_not_even_one_that_failed_before(
    desk: Desk, provider: FakeCarrier
) -> None:
    """It fails at half past seven while the carrier is down, and goes out in the morning, once."""
    desk = Desk(desk.office, provider, hours=CONFIGURATION.contact_hours)
    provider.clock = desk.clock
    desk.clock.pass_by(7.9 * 3600)
    provider.at = always(CarrierRefusal(503, 20503, "down"))
    message = desk.queue()
    desk.work()
    provider.at = lambda _moment, _request: None
    desk.work(1800)
    assert (desk.state(message)[0], provider.sent) == (QUEUED, [])
    desk.work(11 * 3600)
    assert provider.sent == []
    desk.work(3600)
    assert len(provider.sent) == 1


def test_a_text_queued_by_night_says_that_it_waits_for_the_morning(desk: Desk, provider: FakeCarrier) -> None:
    desk = Desk(desk.office, provider, hours=CONFIGURATION.contact_hours)
    provider.clock = desk.clock
    desk.clock.pass_by(9 * 3600)
    message = desk.queue()
    desk.work()
    assert desk.state(message) == (QUEUED, DeliveryError.QUIET_HOURS)
    desk.work(11 * 3600)
    assert desk.state(message) == (SENT, None)
