"""Inbound messages: each is once in the timeline of its sender's request, or waits for the office."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from resident_app.casework.cases.queue_query import (
    DueState,
    QueueClock,
    QueueOrder,
    QueueView,
    due_state,
    queue_page,
)
from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.cases.timeline import TimelineLine
from resident_app.casework.messages import placement
from resident_app.casework.office_keys import OfficeKeysFile, make_office_keys
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.message_tables import InboundState
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.worker.inbound import InboundProcessor
from tests.casework.office import CONFIGURATION
from tests.worker.office import ADDRESS, NUMBER, Desk

OTHER = "+12065550188"


def lines(desk: Desk, number: int) -> list[TimelineLine]:
    """Return the inbound messages of a request's timeline, the oldest first."""
    found = [line for line in desk.office.opened(number).lines if line.kind in ("text-in", "email-in")]
    return list(reversed(found))


def words(desk: Desk, number: int) -> list[str]:
    return [line.words for line in lines(desk, number)]


def test_a_text_joins_the_newest_open_request_of_its_number(desk: Desk) -> None:
    older, open_one = desk.office.leave(phone=NUMBER), desk.office.leave(phone=NUMBER)
    closed = desk.office.leave(phone=NUMBER, state=RequestState.CLOSED)
    other = desk.office.leave(phone=OTHER)
    desk.clock.pass_by(60)
    desk.reply("내일 전화해 주세요")
    assert words(desk, open_one) == ["내일 전화해 주세요"]
    assert lines(desk, open_one)[0].at == desk.clock()
    assert not any(lines(desk, number) for number in (older, closed, other))
    assert desk.inbound_states() == []


def test_an_email_joins_the_request_of_its_address(desk: Desk) -> None:
    by_phone = desk.office.leave(phone=NUMBER)
    by_email = desk.office.leave(reach_by="email", phone="", email="Resident@Example.com")
    desk.reply("Mañana a las 3", ADDRESS, channel=Channel.EMAIL)
    assert words(desk, by_email) == ["Mañana a las 3"]
    assert lines(desk, by_email)[0].kind == "email-in"
    assert not lines(desk, by_phone)


def test_an_email_joins_the_request_of_the_message_it_answers(desk: Desk) -> None:
    """From any address. A merged request's messages go to the request it was merged into."""
    whole = desk.office.leave(reach_by="email", phone="", email="one@example.com")
    part = desk.office.leave(reach_by="email", phone="", email="two@example.com", merged_into=whole)
    newest = desk.office.leave(reach_by="email", phone="", email=ADDRESS)
    desk.queue_email(part, key="key-of-a-message")
    desk.reply("Yes", ADDRESS, channel=Channel.EMAIL, answers=("key-of-a-message",))
    assert words(desk, whole) == ["Yes"]
    assert not lines(desk, newest)


def test_a_closed_request_waits_for_the_office_again(desk: Desk) -> None:
    number = desk.office.leave(
        phone=NUMBER, state=RequestState.CLOSED, closed_at=desk.clock(), outcome="answered"
    )
    desk.reply("I have another question")
    row = desk.request(number)
    assert (row.state, row.closed_at, row.outcome) == (RequestState.RECEIVED, None, "")
    assert row.version == 1, "an officer who has it open learns of it"


def test_what_comes_in_is_due_at_once_whatever_is_planned(desk: Desk) -> None:
    """Before 0.6.0 a text or an e-mail to an open request changed nothing in the queue."""
    waiting = desk.office.leave(last_contact_at=desk.clock() - timedelta(days=9))
    planned = desk.office.leave(phone=NUMBER, next_action_at=desk.clock() + timedelta(days=9))
    clocks = QueueClock(desk.clock(), CONFIGURATION.calendar, CONFIGURATION.casework.overdue)

    def queue(**view: Any) -> list[int]:
        with reading(desk.office.engine) as connection:
            return [row.id for row in queue_page(connection, QueueView(**view), clocks)]

    assert queue() == [waiting, planned]
    assert due_state(desk.request(planned), clocks) is None
    desk.reply("Can you call today?")
    assert desk.request(planned).wrote_at == desk.clock()
    assert desk.request(planned).version == 1, "an officer who is closing it now learns of it"
    assert due_state(desk.request(planned), clocks) is DueState.NOW
    assert queue() == queue(order=QueueOrder.NEXT_ACTION) == [planned, waiting]
    assert queue(wrote=True) == queue(due="now") == [planned]


@pytest.mark.parametrize("words_", ["Liked “We will call you tomorrow.”", "👍", "Ok", "gracias", "谢谢"])
def test_a_reaction_reopens_no_request_and_is_shown(desk: Desk, words_: str) -> None:
    """Before 0.6.0 it wiped the outcome of a closed request."""
    number = desk.office.leave(
        phone=NUMBER, state=RequestState.CLOSED, closed_at=desk.clock(), outcome="answered"
    )
    desk.reply(words_)
    row = desk.request(number)
    assert (row.state, row.closed_at, row.outcome) == (RequestState.CLOSED, desk.clock(), "answered")
    assert row.wrote_at is None
    assert words(desk, number) == [words_]
    assert [line.code for line in lines(desk, number)] == ["acknowledgment"]


def test_an_ok_in_an_open_request_may_be_an_answer(desk: Desk) -> None:
    number = desk.office.leave(phone=NUMBER)
    desk.reply("Ok")
    assert desk.request(number).wrote_at == desk.clock()


@pytest.mark.parametrize("state", [RequestState.CLOSED, RequestState.TRIED])
def test_an_automatic_reply_is_shown_and_changes_nothing(desk: Desk, state: RequestState) -> None:
    number = desk.office.leave(reach_by="email", phone="", email=ADDRESS, state=state, outcome="answered")
    before = desk.request(number)
    desk.reply("I am away until Monday.", ADDRESS, channel=Channel.EMAIL, automatic=True)
    assert desk.request(number) == before
    assert [(line.words, line.code) for line in lines(desk, number)] == [
        ("I am away until Monday.", "automatic")
    ]


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("Ok", RequestState.CLOSED),
        ("Re: A message for you\n\nOk", RequestState.CLOSED),
        ("Thank you\n\nSent from my iPhone", RequestState.CLOSED),
        (
            "Ok\n\nOn Fri, Nov 27, 2026 at 3:00 PM DOL <a@example.gov> wrote:\n> We called",
            RequestState.CLOSED,
        ),
        ("Help me\n\nOk", RequestState.RECEIVED),
        ("Re: A message for you", RequestState.RECEIVED),
        ("Re: A message for you\n\nOk, but I was arrested", RequestState.RECEIVED),
        ("Sent from my iPhone", RequestState.RECEIVED),
    ],
)
def test_a_reaction_by_email_reopens_no_request(desk: Desk, written: str, state: RequestState) -> None:
    """Whatever a mail program puts around it: the subject, the quoted message, a line below."""
    number = desk.office.leave(
        reach_by="email", phone="", email=ADDRESS, state=RequestState.CLOSED, closed_at=desk.clock()
    )
    desk.reply(written, ADDRESS, channel=Channel.EMAIL)
    assert desk.request(number).state is state
    assert lines(desk, number)[0].code == ("acknowledgment" if state is RequestState.CLOSED else "")


def test_a_mail_without_a_sender_waits_for_a_person(desk: Desk) -> None:
    desk.office.leave(phone=NUMBER)
    desk.reply("NOFROMWORD help me", "", channel=Channel.EMAIL)
    assert desk.inbound_states() == [InboundState.UNPLACED]


def test_an_automatic_reply_of_a_stranger_is_dropped(desk: Desk) -> None:
    desk.reply("I am away.", ADDRESS, channel=Channel.EMAIL, automatic=True)
    assert desk.inbound_states() == []


@pytest.mark.parametrize(("word", "is_noted"), [("STOP", False), ("START", False), ("help", True)])
def test_a_keyword_in_an_open_request(desk: Desk, word: str, is_noted: bool) -> None:
    """Nobody may answer a STOP. Who writes HELP may mean the office."""
    number = desk.office.leave(phone=NUMBER)
    desk.reply(word)
    assert (desk.request(number).wrote_at is not None) is is_noted


def test_a_plea_reopens_a_request(desk: Desk) -> None:
    number = desk.office.leave(phone=NUMBER, state=RequestState.CLOSED, closed_at=desk.clock())
    desk.reply("Help, please")
    assert desk.request(number).state == RequestState.RECEIVED


@pytest.mark.parametrize("word", ["STOP", "START"])
def test_a_keyword_from_a_withheld_number_is_a_message_for_the_office(desk: Desk, word: str) -> None:
    desk.reply(word, "")
    desk.reply(word, "")
    assert desk.inbound_states() == [InboundState.UNPLACED] * 2


@pytest.mark.parametrize("word", ["STOP", "START", "help"])
def test_a_keyword_reopens_no_request(desk: Desk, word: str) -> None:
    number = desk.office.leave(phone=NUMBER, state=RequestState.CLOSED)
    desk.reply(word)
    assert desk.request(number).state == RequestState.CLOSED
    assert words(desk, number) == [word]


def test_a_message_from_an_unknown_sender_is_left_to_the_office(desk: Desk) -> None:
    number = desk.office.leave(phone=NUMBER)
    desk.reply("Hello?", OTHER)
    desk.reply("Hello?", "anonymous")
    desk.reply("Hello?", "", channel=Channel.EMAIL)
    assert desk.inbound_states() == [InboundState.UNPLACED] * 3
    assert not lines(desk, number)


def test_nothing_joins_an_erased_request(desk: Desk) -> None:
    number = desk.office.leave(phone=NUMBER)
    desk.queue(number, key="key-of-a-message")
    with writing(desk.office.engine) as connection:
        erased = update(HelpRequestRow).where(HelpRequestRow.id == number)
        connection.execute(erased.values(state=RequestState.ERASED, sealed=b""))
    desk.reply("Hello?")
    desk.reply("Hello?", ADDRESS, channel=Channel.EMAIL, answers=("key-of-a-message",))
    assert desk.inbound_states() == [InboundState.UNPLACED] * 2


def test_a_message_that_is_delivered_twice_is_one_line(desk: Desk) -> None:
    number = desk.office.leave(phone=NUMBER)
    mark = secrets.token_bytes(16)
    assert desk.receive("Call me", submission=mark)
    assert not desk.receive("Call me", submission=mark)
    desk.inbound.process()
    desk.reply("Call me", submission=mark)
    assert words(desk, number) == ["Call me"]
    assert desk.inbound_states() == []


def test_two_workers_place_a_message_once(desk: Desk) -> None:
    number = desk.office.leave(phone=NUMBER)
    desk.receive("Call me")
    engine, keys = desk.office.engine, desk.office.keys

    class OvertakenIndex(RequestIndex):
        """Lets the other worker process the message while this one looks for its request."""

        def with_sender(self, sender: str) -> list[int]:
            desk.inbound.process()
            return super().with_sender(sender)

    InboundProcessor(engine, keys, OvertakenIndex(engine, keys), CONFIGURATION.keywords).process()
    assert words(desk, number) == ["Call me"]


def test_stop_and_start(desk: Desk) -> None:
    number = desk.office.leave(phone=NUMBER)
    desk.reply("Stop!")
    desk.reply("STOPALL")
    assert desk.inbound_states() == [InboundState.STOP], "one mark for a number"
    assert [line.code for line in lines(desk, number)] == ["stop", "stop"]
    for worker in (desk.inbound, _another(desk)):
        assert worker.has_opted_out(NUMBER)
        assert not worker.has_opted_out(OTHER)
    desk.reply("Start")
    assert desk.inbound_states() == []
    assert not desk.inbound.has_opted_out(NUMBER)
    assert [line.code for line in lines(desk, number)][-1] == "start"


def test_a_stop_that_cannot_be_processed_counts_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_arguments: object) -> bool:
        raise OSError

    desk.receive("STOP")
    monkeypatch.setattr(placement, "set_inbound_state", breaks)
    assert desk.inbound.has_opted_out(NUMBER)
    assert not desk.inbound.has_opted_out("+12065550100")


def test_stop_of_a_number_that_nobody_left(desk: Desk) -> None:
    desk.reply("STOP", OTHER)
    assert desk.inbound.has_opted_out(OTHER)
    desk.reply("START", OTHER)
    desk.reply("help", OTHER)
    assert desk.inbound_states() == [], "a keyword is not kept"


def test_stop_in_an_email_is_for_a_person(desk: Desk) -> None:
    number = desk.office.leave(reach_by="email", phone="", email=ADDRESS, state=RequestState.CLOSED)
    desk.reply("stop", ADDRESS, channel=Channel.EMAIL)
    assert desk.request(number).state == RequestState.RECEIVED
    assert desk.inbound_states() == []


def test_a_message_that_does_not_open_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = desk.office.leave(phone=NUMBER)
    private = tmp_path / "other.key"
    private.write_text(make_office_keys()[0])
    with monkeypatch.context() as patched:
        patched.setattr(desk.office, "keys", OfficeKeysFile(private))
        desk.receive("sealed to another key")
    desk.reply("Call me")
    assert words(desk, number) == ["Call me"]
    assert desk.inbound_states() == [InboundState.UNPLACED]


def test_an_error_with_one_message_stops_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again in the next round."""
    number = desk.office.leave(phone=NUMBER)
    place = placement.attach_to_request

    def breaks(*arguments: object) -> bool:
        if "breaks" in arguments[3].words:  # type: ignore[attr-defined]
            raise OSError
        return place(*arguments)  # type: ignore[arg-type]

    for _ in range(60):
        desk.receive("breaks")
    desk.receive("Call me")
    with monkeypatch.context() as patched:
        patched.setattr(placement, "attach_to_request", breaks)
        desk.inbound.process()
        assert words(desk, number) == ["Call me"]
        assert not desk.inbound.has_opted_out(NUMBER)
    desk.inbound.process()
    assert len(words(desk, number)) == 61


def test_a_reply_does_not_count_as_contact_by_the_office(desk: Desk) -> None:
    number = desk.office.leave(phone=NUMBER)
    before = desk.request(number).last_contact_at
    desk.clock.pass_by(timedelta(days=1).total_seconds())
    desk.reply("Call me")
    assert desk.request(number).last_contact_at == before


def _another(desk: Desk) -> InboundProcessor:
    return Desk(desk.office, clock=desk.clock).inbound


def test_what_was_taken_for_a_keyword_when_it_came_is_one(desk: Desk) -> None:
    """The carrier may know a STOP that our words do not say."""
    number = desk.office.leave(phone=NUMBER)
    desk.reply("Ya déjenme en paz", keyword="stop")
    assert desk.inbound.has_opted_out(NUMBER)
    assert [(line.code, line.words) for line in lines(desk, number)] == [("stop", "Ya déjenme en paz")]
    desk.reply("Dừng")
    desk.reply("bắt đầu, cảm ơn")
    assert not desk.inbound.has_opted_out(NUMBER)
    assert [line.code for line in lines(desk, number)] == ["stop", "stop", "start"]


def test_help_with_a_please_from_a_number_of_no_request_waits_for_a_person(desk: Desk) -> None:
    for words in ("HELP", "info", "Ayuda"):
        desk.reply(words)
    assert desk.inbound_states() == []
    desk.reply("please help")
    desk.reply("?!", keyword="help")
    assert desk.inbound_states() == [InboundState.UNPLACED, InboundState.UNPLACED]
