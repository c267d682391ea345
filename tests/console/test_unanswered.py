"""A request's page begins with all that the person wrote since the office last answered."""

from datetime import timedelta

from sqlalchemy import update

from resident_app.database import writing
from resident_app.intake.message_tables import OutgoingRow, OutgoingState
from tests.console.conftest import Console
from tests.console.office import insert_request, write


def test_all_unanswered_words_are_shown_and_a_reaction_takes_no_words_place(console: Console) -> None:
    """As seen: a 👍 stood where "please call me" had been, and of eight mails only the last was shown."""
    insert_request(console)
    officer = console.sign_in()
    write(console, "The first question")
    write(console, "PLEASE call me, I was arrested")
    write(console, "👍", "acknowledgment")
    person = officer.get("/requests/1").words("person")
    assert "The first question" in person
    assert "PLEASE call me" in person
    assert "👍" not in person


def test_what_was_written_before_an_answer_that_arrived_is_no_longer_shown(console: Console) -> None:
    insert_request(console)
    officer = console.sign_in()
    write(console, "What I asked first")
    write(console, "Answered long ago")
    words = {"message": "내일 다시 전화드리겠습니다. 감사합니다.", "channel": "text"}
    console.clock.now += timedelta(minutes=1)
    officer.done("/requests/1/act", officer.get("/requests/1").fields | words)
    write(console, "And now this")
    person = officer.get("/requests/1").words("person")
    assert "Answered long ago" in person, "the answer has not gone out"
    with writing(console.engine) as connection:
        connection.execute(update(OutgoingRow).values(state=OutgoingState.SENT))
    person = officer.get("/requests/1").words("person")
    assert "And now this" in person
    assert "Answered long ago" not in person
