"""Sent is not delivered: a message is contact once it arrives, and is told where it did not."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Row, select, update

from ivr.simulator import FakeCarrier
from resident_app.casework.cases.actions import CaseAction, NewMessage
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.message_tables import OutgoingRow, TextDelivery
from resident_app.intake.notice_tables import NoticeKind, NoticeRow
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from tests.casework.office import CONFIGURATION
from tests.worker.mail_server import MailServer
from tests.worker.office import ADDRESS, NUMBER, Desk

UNDELIVERED, DELIVERED = TextDelivery.UNDELIVERED, TextDelivery.DELIVERED
OFFICER = 7


def notices(desk: Desk) -> list[tuple[int, NoticeKind, int]]:
    with reading(desk.office.engine) as connection:
        rows = connection.execute(select(NoticeRow.account_id, NoticeRow.kind, NoticeRow.request_id))
        return [(row.account_id, row.kind, row.request_id) for row in rows]


def text(desk: Desk, number: int) -> int:
    """Send a text message to the sender of a request. Return its id."""
    message = desk.queue(number)
    desk.work()
    return message


def contacts(desk: Desk, number: int) -> tuple[datetime, datetime | None]:
    row = desk.request(number)
    return row.last_contact_at, row.undelivered_at


def act(desk: Desk, number: int, action: CaseAction) -> int:
    """Do something with a request. Return the id of the newest message."""
    desk.office.now = desk.clock()
    desk.office.casework.perform(number, action, desk.office.actor(OFFICER))
    with reading(desk.office.engine) as connection:
        newest = select(OutgoingRow.id).order_by(OutgoingRow.id.desc()).limit(1)
        return connection.execute(newest).scalar_one()


def test_a_text_is_contact_once_it_has_arrived(desk: Desk, provider: FakeCarrier) -> None:
    """Before 0.6.0 it was when it was sent. Without a report, nobody knows, so it is not."""
    number = desk.office.leave(phone=NUMBER)
    before = desk.request(number).last_contact_at
    desk.clock.pass_by(3600)
    sent_at, message = desk.clock(), text(desk, number)
    assert contacts(desk, number) == (before, None)
    desk.report(message, TextDelivery.SENT)
    desk.work(86_400)
    assert contacts(desk, number) == (before, None)
    desk.report(message, DELIVERED)
    assert contacts(desk, number) == (sent_at, None)
    assert notices(desk) == []


@pytest.mark.parametrize("failure", [UNDELIVERED, TextDelivery.FAILED])
def test_a_text_that_did_not_arrive_is_told(desk: Desk, provider: FakeCarrier, failure: TextDelivery) -> None:
    number = desk.office.leave(phone=NUMBER, assigned_to=OFFICER)
    before = desk.request(number).last_contact_at
    desk.clock.pass_by(3600)
    written_at, message = desk.clock(), text(desk, number)
    desk.clock.pass_by(5)
    for _ in range(2):
        desk.report(message, failure, 30006)
    assert contacts(desk, number) == (before, written_at)
    assert notices(desk) == [(OFFICER, NoticeKind.UNDELIVERED, number)]


def test_what_counted_before_the_report_came_counts_no_longer(desk: Desk, provider: FakeCarrier) -> None:
    """As versions before 0.6.0 stored it, with a call before it."""
    number = desk.office.leave(phone=NUMBER)
    no_answer = CONFIGURATION.casework.call[3]
    desk.clock.pass_by(3600)
    desk.office.now = called_at = desk.clock()
    desk.office.casework.record_call(number, None, no_answer, desk.office.actor())
    desk.clock.pass_by(86_400)
    message = act(desk, number, CaseAction(message=NewMessage("text", "We will call."), state=None))
    desk.work()
    with writing(desk.office.engine) as connection:
        connection.execute(update(HelpRequestRow).values(last_contact_at=desk.row(message).ended_at))
    desk.report(message, UNDELIVERED, 30003)
    assert contacts(desk, number)[0] == called_at


def test_the_day_that_the_sender_sees_is_that_of_before(desk: Desk, provider: FakeCarrier) -> None:
    number = desk.office.leave(phone=NUMBER)
    tried = CaseAction(message=NewMessage("text", "We tried."), state=RequestState.TRIED)
    first = act(desk, number, tried)
    desk.work()
    assert desk.request(number).tried_on == date(2026, 11, 22)
    desk.report(first, UNDELIVERED, 30005)
    assert desk.request(number).tried_on is None
    desk.office.casework.record_call(number, None, CONFIGURATION.casework.call[3], desk.office.actor())
    desk.clock.pass_by(86_400 * 3)
    second = act(desk, number, CaseAction(message=NewMessage("text", "Again."), state=RequestState.IN_HAND))
    third = act(desk, number, tried)
    desk.work()
    desk.report(third, UNDELIVERED, 30005)
    assert desk.request(number).tried_on == date(2026, 11, 22), "the call's"
    desk.report(second, DELIVERED)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_texts_one_arrives(desk: Desk, provider: FakeCarrier, order: tuple[int, int]) -> None:
    """In whichever order the reports come. If the newest arrives, the other one asks for nothing."""
    lost_first = desk.office.leave(phone=NUMBER)
    messages, times = [], []
    for _ in range(2):
        desk.clock.pass_by(60)
        times.append(desk.clock())
        messages.append(text(desk, lost_first))
    for which in order:
        desk.report(messages[which], DELIVERED if which else UNDELIVERED)
    assert contacts(desk, lost_first) == (times[1], None)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_texts_the_newest_is_lost(desk: Desk, provider: FakeCarrier, order: tuple[int, int]) -> None:
    number = desk.office.leave(phone=NUMBER)
    messages, times = [], []
    for _ in range(2):
        desk.clock.pass_by(60)
        times.append(desk.clock())
        messages.append(text(desk, number))
    for which in order:
        desk.report(messages[which], UNDELIVERED if which else DELIVERED)
    assert contacts(desk, number) == (times[0], times[1])


def test_a_returned_email_is_no_contact(desk: Desk, mail: MailServer) -> None:
    """Before 0.6.0 the person sank in the queue all the same."""
    desk.set_up(None, mail)
    number = desk.office.leave(reach_by="email", phone="", email=ADDRESS)
    before = desk.request(number).last_contact_at
    desk.clock.pass_by(3600)
    written_at, message = desk.clock(), desk.queue_email(number)
    desk.work()
    assert contacts(desk, number) == (written_at, None), "a mail server took it"
    desk.clock.pass_by(60)
    desk.reply("", "", channel=Channel.EMAIL, answers=(desk.row(message).key,), returned=True)
    desk.follow_up()
    assert contacts(desk, number) == (before, written_at)
    assert notices(desk) == [(1, NoticeKind.UNDELIVERED, number)], "who wrote it, as it is nobody's"


def test_a_part_of_a_merged_request_tells_the_whole(desk: Desk, provider: FakeCarrier) -> None:
    part, whole = desk.office.leave(phone=NUMBER), desk.office.leave(phone=NUMBER, assigned_to=OFFICER)
    message = text(desk, part)
    desk.office.casework.merge(part, whole, desk.office.actor())
    desk.report(message, UNDELIVERED, 30007)
    assert desk.request(whole).undelivered_at is not None
    assert desk.request(part).undelivered_at is None
    assert notices(desk) == [(OFFICER, NoticeKind.UNDELIVERED, whole)]


def test_a_closed_request_says_that_its_last_message_was_lost(desk: Desk, provider: FakeCarrier) -> None:
    number = desk.office.leave(phone=NUMBER, assigned_to=OFFICER)
    closing = CaseAction(
        message=NewMessage("text", "It is done."),
        note="Told by phone",
        state=RequestState.CLOSED,
        outcome="answered",
    )
    message = act(desk, number, closing)
    desk.work()
    desk.report(message, UNDELIVERED, 30003)
    row = desk.request(number)
    assert (row.state, row.outcome) == (RequestState.CLOSED, "answered")
    assert row.undelivered_at is not None
    assert notices(desk) == [(OFFICER, NoticeKind.UNDELIVERED, number)]


def test_an_erased_request_is_told_nothing(desk: Desk, provider: FakeCarrier) -> None:
    number = desk.office.leave(phone=NUMBER)
    message = text(desk, number)
    with writing(desk.office.engine) as connection:
        erased = update(HelpRequestRow).where(HelpRequestRow.id == number)
        connection.execute(erased.values(state=RequestState.ERASED, sealed=b""))
    before: Row[tuple[object, ...]] = desk.request(number)
    desk.report(message, UNDELIVERED, 30003)
    assert desk.request(number) == before
    assert notices(desk) == []


def test_an_answer_that_arrives_ends_the_wait_for_it(desk: Desk, provider: FakeCarrier) -> None:
    """What they wrote since the answer was written still waits."""
    number = desk.office.leave(phone=NUMBER)
    for wrote_since in (True, False):
        desk.reply("When do you call?")
        desk.clock.pass_by(60)
        message = text(desk, number)
        assert desk.request(number).wrote_at is not None, "it may not arrive"
        if wrote_since:
            desk.clock.pass_by(1)
            desk.reply("Please?")
        desk.report(message, DELIVERED)
        assert (desk.request(number).wrote_at is not None) is wrote_since


def test_officers_are_told_once_each_time_that_the_sender_writes(desk: Desk) -> None:
    number = desk.office.leave(phone=NUMBER, assigned_to=OFFICER)
    desk.office.leave(phone="+12065550188")
    told = [(OFFICER, NoticeKind.WROTE, number)]
    for _ in range(2):
        desk.reply("Call me", NUMBER)
        desk.follow_up()
        desk.follow_up()
        desk.clock.pass_by(timedelta(minutes=5).total_seconds())
    assert notices(desk) == told, "an unread notice is renewed"
    with writing(desk.office.engine) as connection:
        connection.execute(update(NoticeRow).values(read_at=desk.clock()))
    desk.follow_up()
    assert notices(desk) == told
    desk.reply("Again", NUMBER)
    desk.follow_up()
    assert notices(desk) == told * 2
