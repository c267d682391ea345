"""A lead writes a template, it is translated and reviewed, an officer sends it, and nobody slips one in."""

from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from resident_app.database import reading
from resident_app.intake.message_tables import OutgoingRow
from resident_app.worker.unattended import open_message
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave
from tests.console.strict_console import ConsolePage, StrictConsole
from tests.console.test_database_writer import DatabaseWriter, is_refused

ENGLISH = "{officer} will call you on {day} at {time}. You can also call {number}."
KOREAN = "{day} {time}에 {officer} 담당자가 전화드리겠습니다. {number}번으로 전화하셔도 됩니다."
SAYS = "On {day} at {time} the officer {officer} will call you. You may also call {number}."
FIELDS = {"title": "Appointment", "purpose": "When a call is planned", "channel": "", "english": ENGLISH}


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    return open_console(clock=deployment.clock)


@pytest.fixture
def lead(console: Console) -> StrictConsole:
    return console.sign_in("lead", name="Lena Lead")


def write(lead: StrictConsole, **fields: str) -> ConsolePage:
    return lead.done("/templates/new", FIELDS | fields)


def translate(lead: StrictConsole, words: str = KOREAN, says: str = SAYS) -> ConsolePage:
    fields = {"language": "ko", "translation": words, "read_back": says}
    return lead.done("/templates/1/translate", lead.get("/templates/1").fields | fields)


def act(officer: StrictConsole, **fields: str) -> ConsolePage:
    form = officer.get("/requests/1").fields | fields | {"show": "yes"}
    return officer.post("/requests/1/act", form)


def messages(console: Console) -> list[str]:
    """Return the words of every message in the outbox, as the worker opens them."""
    with reading(console.engine) as connection:
        rows = connection.execute(select(OutgoingRow.sealed, OutgoingRow.key)).all()
    return [open_message(row.sealed, console.context.keys.current(), row.key).body for row in rows]


def test_a_template_in_korean_from_the_lead_to_the_outbox(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    leave(deployment)
    officer = console.sign_in(languages=("ko",), name="Minji Park")
    page = write(lead)
    assert "Not reviewed by a second person" in page.main
    assert "You wrote this. Somebody else must review it." in page.main
    # Without Korean it is named, and not offered.
    assert "Not translated into Korean, so not offered: Appointment." in officer.get("/requests/1").main
    page = translate(lead)
    assert "2026년 12월 30일 오후 2:30에 Alexandra 담당자가" in page.main
    shown = act(officer, template="own-1", day="2026-12-01", time="09:05")
    assert "Not reviewed by a second person." in shown.words("not-reviewed")
    # The officer who reads Korean reviews it, and corrects what it says in English.
    theirs = officer.get("/templates/1")
    [text] = [one.get("value") for one in theirs.all("input") if one.get("name") == "text"]
    said = SAYS.replace("may also", "can also")
    officer.done("/templates/1/review", {"text": text, "read_back": said})
    shown = act(officer, template="own-1", day="2026-12-01", time="09:05")
    assert shown.by_id("not-reviewed") is None
    assert (
        "In English it says: On December 1, 2026 at 9:05 AM the officer Minji will call you. You can also"
        in shown.main
    )
    done = officer.done("/requests/1/act", shown.fields)
    number = console.context.configuration.office.line_in_words
    assert messages(console) == [
        f"2026년 12월 1일 오전 9:05에 Minji 담당자가 전화드리겠습니다. {number}번으로 전화하셔도 됩니다."
    ]
    assert "Template: Appointment, version 1" in done.main


def test_a_template_asks_for_its_day_and_its_time(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    leave(deployment)
    write(lead)
    translate(lead)
    officer = console.sign_in(name="Minji Park")
    shown = act(officer, template="own-1")
    assert shown.fields["time"] == ""
    refused = officer.post("/requests/1/act", shown.fields | {"day": "2026-12-01"})
    assert refused.status == 422
    assert "Choose the time that the message names." in refused.main
    at_night = officer.post("/requests/1/act", shown.fields | {"day": "2026-12-01", "time": "03:00"})
    assert at_night.status == 422
    assert "Nobody is called at 3:00 AM. Choose a time from" in at_night.main
    # Another time than the one that was shown is read once more.
    read = act(officer, template="own-1", day="2026-12-01", time="09:05")
    moved = officer.post("/requests/1/act", read.fields | {"time": "10:00"})
    assert moved.status == 422
    assert "at 10:00 AM" in moved.main
    assert messages(console) == []


def test_new_words_are_shown_before_they_are_sent(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    leave(deployment)
    write(lead)
    translate(lead)
    officer = console.sign_in(name="Minji Park")
    shown = act(officer, template="own-1", day="2026-12-01", time="09:05")
    translate(lead, KOREAN + " 감사합니다.", SAYS + " Thank you.")
    again = officer.post("/requests/1/act", shown.fields)
    assert again.status == 422
    assert "감사합니다" in again.fields["message"]
    assert "Thank you." in again.main
    assert messages(console) == []
    done = officer.done("/requests/1/act", again.fields)
    assert messages(console)[0].endswith("감사합니다.")
    assert "Template: Appointment, version 2" in done.main


def test_new_english_takes_the_translations_away(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    leave(deployment)
    write(lead)
    translate(lead)
    page = lead.done("/templates/1", FIELDS | {"english": ENGLISH + " Thank you."})
    assert "Of an older English: not offered" in page.main
    officer = console.sign_in()
    assert "so not offered: Appointment." in officer.get("/requests/1").main
    # A translator who began before that is told, and nothing is lost.
    late = lead.send(
        "/templates/1/translate",
        {"language": "ko", "translation": KOREAN, "read_back": SAYS, "of_number": "1"},
    )
    assert late.status_code == 303
    assert "Somebody changed this template" in lead.get("/templates/1").text
    translate(lead, KOREAN + " 감사합니다.", SAYS + " Thank you.")
    assert "so not offered" not in officer.get("/requests/1").main
    assert "All versions: 4" in lead.get("/templates/1").main


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        ("/templates/new", {"title": ""}, "Give the template a title"),
        ("/templates/new", {"english": "Hello {name}, call {number}."}, "There is no variable {name}."),
        ("/templates/new", {"english": "It is about your license and ICE."}, "leave out what it is about"),
        (
            "/templates/new",
            {"english": "Le llamaremos mañana por la tarde, gracias."},
            "not in this language",
        ),
        ("/templates/new", {"english": "word " * 300, "channel": "text"}, "10 messages. Use at most 8"),
        (
            "/templates/1/translate",
            {"translation": "{day} 전화드리겠습니다."},
            "{number}, {officer}, {time} is missing",
        ),
        ("/templates/1/translate", {"translation": ENGLISH}, "not in the script of this language"),
        ("/templates/1/translate", {"read_back": KOREAN}, "Write in English what the translation says."),
        ("/templates/1/translate", {"read_back": "They will call you."}, "is missing"),
    ],
)
def test_what_is_not_kept(lead: StrictConsole, path: str, fields: dict[str, str], told: str) -> None:
    write(lead)
    typed = {"language": "ko", "translation": KOREAN, "read_back": SAYS, "of_number": "1"} | FIELDS | fields
    page = lead.post(path, typed)
    assert page.status == 422
    assert told in page.main
    # What was typed is still there.
    assert next(iter(fields.values())).strip() in page.text.replace("&#39;", "'")


def test_nobody_reviews_their_own_words(console: Console, lead: StrictConsole) -> None:
    write(lead)
    page = lead.done("/templates/1/review", {"text": "1", "read_back": ""})
    assert "You wrote this. Somebody else must review it." in page.main
    assert "Not reviewed by a second person" in page.main
    # Somebody who does not have the language cannot either.
    translate(lead)
    stranger = console.sign_in(languages=("es",))
    stranger.done("/templates/1/review", {"text": "2", "read_back": SAYS})
    assert lead.get("/templates/1").main.count("Not reviewed by a second person") >= 2
    second = console.sign_in("lead", name="Second Lead")
    page = second.done("/templates/1/review", {"text": "1", "read_back": ""})
    assert "Reviewed by Second Lead" in page.main


def test_only_leads_write(console: Console, lead: StrictConsole) -> None:
    write(lead)
    officer = console.sign_in()
    for path in ("new", "1", "1/translate", "1/retire", "1/copy"):
        assert officer.send(f"/templates/{path}", FIELDS).status_code == 403, path


def test_a_retired_template_is_not_offered(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    leave(deployment)
    write(lead)
    translate(lead)
    officer = console.sign_in()
    shown = act(officer, template="own-1", day="2026-12-01", time="09:05")
    lead.done("/templates/1/retire", {"does": "retire"})
    again = officer.post("/requests/1/act", shown.fields)
    assert again.status == 422
    assert "no longer offered" in again.main
    assert messages(console) == []
    assert "Retired: 1" in lead.get("/templates").main
    lead.done("/templates/1/retire", {"does": "offer"})
    assert act(officer, template="own-1").fields["template"] == "own-1"


def test_a_built_in_template_is_copied_with_its_translations(console: Console, lead: StrictConsole) -> None:
    page = lead.get("/templates/built-in/WILL_CALL")
    assert "2026" not in page.main
    assert "{day}" in page.main
    form = lead.get("/templates/new?copy=WILL_CALL").fields
    page = lead.done("/templates/new", form | {"title": "We will call"})
    assert "2026년 12월 30일에 전화드리겠습니다" in page.main
    assert "Not translated yet" not in page.main
    copied = lead.done("/templates/1/copy")
    assert "We will call (copy)" in copied.main
    assert copied.main.count("Not reviewed by a second person") >= len(console.context.languages)


ATTACKS = {
    "unreadable": "UPDATE office_template_text SET written_at = 'never'",
    "other words": "UPDATE office_template_text SET words = 'Call 206-555-0123 about ICE' WHERE id = 2",
    "a review": "UPDATE office_template_text SET reviewed_by = 7, reviewed_at = '2026-11-01' WHERE id = 2",
    "other English": "UPDATE office_template_text SET read_back = 'Hello' WHERE id = 2",
    "no longer retired": "UPDATE office_template SET retired_at = '2026-11-01' WHERE id = 1",
    "another text": "UPDATE office_template SET texts = '1' WHERE id = 1",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_database_writer_made_is_not_offered(
    deployment: Deployment, console: Console, lead: StrictConsole, attack: str
) -> None:
    leave(deployment)
    write(lead)
    translate(lead)
    officer = console.sign_in()
    shown = act(officer, template="own-1", day="2026-12-01", time="09:05")
    writer = DatabaseWriter(console.context.settings.database)
    with capture_logs() as events:
        writer.run(ATTACKS[attack])
        again = officer.post("/requests/1/act", shown.fields)
        assert again.status == 422
        assert "own-1" not in officer.get("/requests/1").text
    assert messages(console) == []
    assert "1 template is not offered" in lead.get("/templates").main
    assert is_refused(
        console, events, "office_template" if "template SET" in ATTACKS[attack] else "office_template_text"
    )
    writer.engine.dispose()


def test_an_older_version_that_is_put_back_is_not_offered(
    deployment: Deployment, console: Console, lead: StrictConsole
) -> None:
    leave(deployment)
    write(lead)
    translate(lead)
    writer = DatabaseWriter(console.context.settings.database)
    before: dict[str, Any] = writer.row("office_template", 1)
    lead.done("/templates/1/retire", {"does": "retire"})
    writer.put_back("office_template", before)
    assert "own-1" not in console.sign_in().get("/requests/1").text
    assert "1 template is not offered" in lead.get("/templates").main
    writer.engine.dispose()
