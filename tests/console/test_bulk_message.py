"""A message to many: who gets which words, who does not and why, sent once, and cancelled while it waits."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.message_tables import OutgoingRow, OutgoingState
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.worker.unattended import open_message
from tests.casework.office import Office
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.strict_console import ConsolePage, StrictConsole
from tests.console.test_every_reading import unplaced_reply

ENGLISH = "We will call you on {day}. Call {number} if you need us before."
KOREAN = "{day}에 전화드리겠습니다. 그 전에 필요하시면 {number}번으로 전화해 주십시오."
KOREAN_SAYS = "We will call on {day}. If you need us before that, please call {number}."
SPANISH = "Le llamaremos el {day}. Si nos necesita antes, llame al {number}."


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    return open_console(clock=deployment.clock)


@pytest.fixture
def office(console: Console) -> Office:
    return Office(console.engine, console.context.keys, now=console.clock())


@pytest.fixture
def officer(console: Console) -> StrictConsole:
    """An officer, with a template that is reviewed in English and Korean, and not in Spanish."""
    lead, second = console.sign_in("lead", name="Lena Lead"), console.sign_in("lead", name="Sam Second")
    lead.done("/templates/new", {"title": "We will call", "channel": "", "english": ENGLISH})
    for code, words, says in (("ko", KOREAN, KOREAN_SAYS), ("es", SPANISH, ENGLISH)):
        fields = {"language": code, "translation": words, "read_back": says, "of_number": "1"}
        lead.done("/templates/1/translate", fields)
    second.done("/templates/1/review", {"text": "1", "read_back": ""})
    second.done("/templates/1/review", {"text": "2", "read_back": KOREAN_SAYS})
    return console.sign_in(name="Minji Park")


def text(office: Office, last: int, language: str = "ko", **changes: object) -> int:
    """Leave a request of somebody who wants texts."""
    phone = f"+1206555{last:04}"
    values = {"reach_by": "text", "phone": phone, "spoken": language, "written": language}
    return office.leave(**(values | {"channel": Channel.TEXT} | changes))


def preview(officer: StrictConsole, numbers: list[int], day: str = "2026-12-01") -> ConsolePage:
    fields = {"numbers": "-".join(map(str, numbers)), "template": "own-1", "choose": "yes"}
    return officer.post("/requests/bulk-message", fields | ({"day": day} if day else {}))


def send(officer: StrictConsole, page: ConsolePage) -> ConsolePage:
    return officer.done("/requests/bulk-message/send", page.fields)


def outgoing(console: Console) -> list[tuple[str, str, OutgoingState]]:
    """Return to whom, the words and the state of each message, as the worker opens them."""
    keys: OfficeKeysFile = console.context.keys
    with reading(console.engine) as connection:
        rows = connection.execute(
            select(OutgoingRow.sealed, OutgoingRow.key, OutgoingRow.state).order_by(OutgoingRow.id)
        ).all()
    opened = [(open_message(row.sealed, keys.current(), row.key), row.state) for row in rows]
    return [(message.to, message.body, state) for message, state in opened]


def test_each_gets_it_in_their_own_language_and_the_others_are_named_with_the_reason(
    office: Office, console: Console, officer: StrictConsole
) -> None:
    korean, other, english = text(office, 101), text(office, 102), text(office, 103, "en")
    email = text(office, 104, reach_by="email", email="a@example.org", channel=Channel.EMAIL)
    reasons = {
        text(office, 105, "vi"): "No translation in their language",
        text(office, 106, "es"): "Not reviewed by a second person in their language",
        text(office, 107, reach_by="phone"): "They want to be contacted another way",
        text(office, 108, phone=""): "No number or address, or it was removed",
        text(office, 101): "Another request with the same number or address gets it",
        text(office, 109, state=RequestState.CLOSED): "It is closed",
        text(office, 110, merged_into=korean): "It is a part of another request",
        text(office, 111, erasure_requested_at=office.now): "They asked to erase it: do not contact them",
        text(office, 112, contact_removed_at=office.now): "No number or address, or it was removed",
        text(office, 113, state=RequestState.ERASED): "There is no such request, or it was erased",
        999: "There is no such request, or it was erased",
    }
    everybody = [korean, other, english, email, *reasons]
    page = preview(officer, everybody)
    assert "4 people get it, 11 do not" in page.main
    assert "Korean: 3 people" in page.main
    assert "English: 1 person" in page.main
    assert "2026년 12월 1일에 전화드리겠습니다" in page.main
    assert "In English it says: We will call on December 1, 2026." in page.main
    # Korean has 70 characters in a part: with its end it is two texts for each.
    assert "By text: 2 × 2 = 4 text messages to pay. By email: 1." in page.main
    for number, why in reasons.items():
        row = next(row for row in page.all("tr") if why in "".join(row.itertext()))
        assert str(number) in "".join(row.itertext()), why
    assert outgoing(console) == []
    sent = send(officer, page)
    assert "A message to 4 people" in sent.main
    line = console.context.configuration.office.line_in_words
    in_korean = f"2026년 12월 1일에 전화드리겠습니다. 그 전에 필요하시면 {line}번으로 전화해 주십시오."
    in_english = f"We will call you on December 1, 2026. Call {line} if you need us before."
    assert outgoing(console) == [
        ("+12065550101", in_korean, OutgoingState.WAITING),
        ("+12065550102", in_korean, OutgoingState.WAITING),
        ("+12065550103", in_english, OutgoingState.WAITING),
        ("a@example.org", in_korean, OutgoingState.WAITING),
    ]
    timeline = officer.get(f"/requests/{korean}").main
    assert "Template: We will call, version 1" in timeline
    assert in_korean in timeline


def test_it_waits_and_is_cancelled(office: Office, console: Console, officer: StrictConsole) -> None:
    numbers = [text(office, 101), text(office, 102)]
    sent = send(officer, preview(officer, numbers))
    with reading(console.engine) as connection:
        times = connection.scalars(select(OutgoingRow.not_before)).all()
    assert min(each for each in times if each) >= console.clock() + timedelta(minutes=4)
    assert "Nothing goes out before Nov 22, 2026, 12:05 PM." in sent.main
    assert "has not all gone out" in officer.get("/requests").main
    assert "has not all gone out" in officer.get("/outbox").main
    stranger = console.sign_in()
    assert "has not all gone out" not in stranger.get("/requests").main
    assert stranger.send("/requests/bulk-message/1/cancel").status_code == 404
    cancelled = officer.done("/requests/bulk-message/1/cancel", sent.fields)
    assert "Cancelled: 2." in cancelled.main
    assert {state for _, _, state in outgoing(console)} == {OutgoingState.CANCELLED}
    assert "has not all gone out" not in officer.get("/requests").main


def test_texts_wait_for_the_morning_and_emails_do_not(
    office: Office, console: Console, officer: StrictConsole
) -> None:
    console.clock.pass_by(11 * 3600 - 120)
    email = text(office, 102, reach_by="email", email="a@example.org", channel=Channel.EMAIL)
    officer = console.sign_in(name="Late Officer")
    sent = send(officer, preview(officer, [text(office, 101), email]))
    assert "Nothing goes out before Nov 22, 2026, 11:03 PM." in sent.main
    assert "The last wait until Nov 23, 2026, 8:00 AM, because of quiet hours." in sent.main


def test_sending_the_form_twice_sends_once(office: Office, console: Console, officer: StrictConsole) -> None:
    page = preview(officer, [text(office, 101), text(office, 102)])
    send(officer, page)
    send(officer, page)
    assert len(outgoing(console)) == 2
    # Nor does it bring back what was cancelled.
    officer.done("/requests/bulk-message/1/cancel")
    send(officer, page)
    assert {state for _, _, state in outgoing(console)} == {OutgoingState.CANCELLED}


def test_what_changed_since_the_preview_is_shown_again(
    office: Office, console: Console, officer: StrictConsole
) -> None:
    numbers = [text(office, 101), text(office, 102)]
    page = preview(officer, numbers)
    with writing(console.engine) as connection:
        connection.execute(
            update(HelpRequestRow)
            .where(HelpRequestRow.id == numbers[0])
            .values(state=RequestState.CLOSED, outcome="answered")
        )
    again = officer.post("/requests/bulk-message/send", page.fields)
    assert again.status == 422
    assert "changed since you looked" in again.main
    assert "1 person gets it, 1 does not" in again.main
    assert outgoing(console) == []
    send(officer, again)
    assert [to for to, _, _ in outgoing(console)] == ["+12065550102"]


def test_new_words_are_shown_again(office: Office, console: Console, officer: StrictConsole) -> None:
    page = preview(officer, [text(office, 103, "en")])
    lead, second = console.sign_in("lead"), console.sign_in("lead")
    changed = {"title": "We will call", "channel": "", "english": ENGLISH + " Thank you."}
    lead.done("/templates/1", changed)
    second.done("/templates/1/review", {"text": "4", "read_back": ""})
    again = officer.post("/requests/bulk-message/send", page.fields)
    assert again.status == 422
    assert "Thank you." in again.main
    assert outgoing(console) == []


def test_the_day_is_asked_for(office: Office, officer: StrictConsole, console: Console) -> None:
    number = text(office, 101)
    page = preview(officer, [number], day="")
    assert page.fields["day"] == ""
    assert "Send to" not in page.main
    again = officer.post("/requests/bulk-message", page.fields)
    assert again.status == 422
    assert "Choose the day that the message names." in again.main
    assert "Choose the day" not in preview(officer, [number]).main
    for day, why in (
        ("2020-01-01", "This day is over."),
        ("2031-01-02", "This day is too far ahead."),
        ("2026-11-28", "The office is closed on Nov 28, 2026, a Saturday."),
    ):
        page = preview(officer, [number], day)
        assert why in page.main
        assert "Send to" not in page.main
    assert (
        "Choose the message."
        in officer.post("/requests/bulk-message", {"numbers": str(number), "choose": "yes"}).main
    )
    assert outgoing(console) == []


def test_it_begins_at_the_queue_and_is_bounded(
    office: Office, console: Console, officer: StrictConsole
) -> None:
    number = text(office, 101)
    page = officer.post("/requests/bulk-message", {"chosen": str(number), "query": "state=open"})
    assert "A message to the people of 1 request" in page.main
    page = officer.post("/requests/bulk-message", {"every": "yes", "query": "state=open"})
    assert page.fields["numbers"] == str(number)
    assert officer.post("/requests/bulk-message", {}).status == 422
    most = console.context.configuration.casework.bulk_message.most
    many = "-".join(map(str, range(1, most + 2)))
    assert (
        f"Choose between one and {most} requests."
        in officer.post("/requests/bulk-message", {"numbers": many}).main
    )


def test_a_number_that_opted_out_gets_none(
    deployment: Deployment, office: Office, console: Console, officer: StrictConsole
) -> None:
    number = text(office, 101)
    opt_out(console, "+12065550101")
    page = preview(officer, [number])
    assert "Their number opted out of texts" in page.main
    assert "Send to" not in page.main


def opt_out(console: Console, number: str) -> None:
    """Keep a STOP from a number, as the worker does."""
    unplaced_reply(console, "STOP", number)
    with writing(console.engine) as connection:
        connection.exec_driver_sql("UPDATE inbound_message SET state = 'stop', channel = 'text'")
