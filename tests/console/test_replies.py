"""Messages that nobody could place are read, put to a request, or removed."""

import secrets

import pytest
from sqlalchemy import update

from resident_app.casework.messages import placement
from resident_app.contact_points import Channel
from resident_app.database import writing
from resident_app.intake import inbound_messages
from resident_app.intake.message_tables import InboundState
from resident_app.intake.request_tables import HelpRequestRow, TimelineRow
from tests.conftest import Deployment
from tests.console.conftest import Console, OpenConsole
from tests.console.office import leave, sender_state


@pytest.fixture
def console(deployment: Deployment, open_console: OpenConsole) -> Console:
    return open_console(clock=deployment.clock)


def come_in(console: Console, words: str = "marked answer") -> None:
    """A text message from a number that no request has."""
    key = console.context.keys.current().newest.public
    with writing(console.engine) as connection:
        inbound_messages.store_inbound(
            connection,
            key,
            channel=Channel.TEXT,
            sender="+12065550199",
            words=words,
            submission=secrets.token_bytes(16),
            at=console.clock(),
        )
        [row] = placement.in_state(connection, InboundState.NEW)
        placement.set_inbound_state(connection, row, InboundState.UNPLACED)


@pytest.mark.parametrize("by_reference", [False, True])
def test_a_message_is_put_to_a_request(deployment: Deployment, console: Console, by_reference: bool) -> None:
    reference = leave(deployment)
    officer = console.sign_in()
    officer.done(
        "/requests/1/act",
        officer.get("/requests/1").fields | {"state": "closed:helped", "note": "at the desk"},
    )
    come_in(console)
    assert "marked answer" in officer.get("/replies").main
    question = officer.post("/replies/1/compare", {"request": reference if by_reference else "1"})
    assert "Marked Name" in question.main
    assert "marked answer" in question.main
    assert "This may be somebody else’s message." in question.main
    assert sender_state(deployment, reference) == "closed", "nothing is attached before the question"
    page = officer.done("/replies/1/attach/1")
    assert "A text message from +12065550199, attached by" in page.main
    assert "marked answer" in page.main
    assert "No replies wait here." in officer.get("/replies").main
    assert sender_state(deployment, reference) == "received", "a closed request waits for the office again"


@pytest.mark.parametrize("typed", ["", "99", "0000 0000 0000 0000", "nonsense"])
def test_a_request_that_is_not_there_is_told(deployment: Deployment, console: Console, typed: str) -> None:
    leave(deployment)
    come_in(console)
    page = console.sign_in().done("/replies/1/compare", {"request": typed})
    assert "No request has this number or reference." in page.main
    assert "marked answer" in page.main


def test_a_message_is_removed_once(console: Console) -> None:
    come_in(console)
    officer = console.sign_in()
    assert "No replies wait here." in officer.done("/replies/1/remove").main
    assert officer.send("/replies/1/remove").status_code == 404


def test_a_message_at_the_wrong_request_goes_back_and_the_request_is_as_before(
    deployment: Deployment, console: Console
) -> None:
    reference = leave(deployment)
    officer = console.sign_in()
    closing = {"state": "closed:helped", "note": "helped at the desk"}
    officer.done("/requests/1/act", officer.get("/requests/1").fields | closing)
    come_in(console)
    page = officer.done("/replies/1/attach/1")
    assert sender_state(deployment, reference) == "received"
    [undo] = [form.get("action") for form in page.all("form") if "/detach/" in form.get("action", "")]
    replies = officer.done(undo)
    assert "marked answer" in replies.main
    assert "+12065550199" in replies.main
    assert sender_state(deployment, reference) == "closed"
    shown = officer.get("/requests/1").main
    assert "marked answer" not in shown
    assert "They wrote on" not in shown
    assert "It could not be moved back" in officer.done(undo).main
    [compare] = [form.get("action") for form in replies.all("form") if "/compare" in form.get("action", "")]
    again = officer.done(compare.replace("compare", "attach/1"))
    assert "marked answer" in again.main, "it can be attached again"


def test_a_message_from_the_persons_own_number_is_asked_without_a_warning(
    deployment: Deployment, console: Console
) -> None:
    leave(deployment, phone="206 555 0199")
    come_in(console)
    question = console.sign_in().post("/replies/1/compare", {"request": "1"})
    assert "It came from this person’s number." in question.main
    assert "somebody else’s message" not in question.main


def test_what_came_by_itself_and_what_is_under_legal_hold_is_not_moved_back(
    deployment: Deployment, console: Console
) -> None:
    leave(deployment)
    come_in(console)
    officer = console.sign_in("lead")
    page = officer.done("/replies/1/attach/1")
    [undo] = [form.get("action") for form in page.all("form") if "/detach/" in form.get("action", "")]
    with writing(console.engine) as connection:
        connection.execute(update(HelpRequestRow).values(legal_hold=True))
    assert "It could not be moved back" in officer.done(undo).main
    with writing(console.engine) as connection:
        connection.execute(update(HelpRequestRow).values(legal_hold=False))
        connection.execute(update(TimelineRow).values(actor_id=None))
    assert "It could not be moved back" in officer.done(undo).main
    assert "marked answer" in officer.get("/requests/1").main
