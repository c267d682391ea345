"""Messages that nobody could place are read, put to a request, or removed."""

import secrets

import pytest

from resident_app.casework.messages import placement
from resident_app.contact_points import Channel
from resident_app.database import writing
from resident_app.intake import inbound_messages
from resident_app.intake.message_tables import InboundState
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
    page = officer.done("/replies/1/attach", {"request": reference if by_reference else "1"})
    assert "The person texted" in page.main
    assert "marked answer" in page.main
    assert "No replies wait here." in officer.get("/replies").main
    assert sender_state(deployment, reference) == "received", "a closed request waits for the office again"


@pytest.mark.parametrize("typed", ["", "99", "0000 0000 0000 0000", "nonsense"])
def test_a_request_that_is_not_there_is_told(deployment: Deployment, console: Console, typed: str) -> None:
    leave(deployment)
    come_in(console)
    page = console.sign_in().done("/replies/1/attach", {"request": typed})
    assert "No request has this number or reference." in page.main
    assert "marked answer" in page.main


def test_a_message_is_removed_once(console: Console) -> None:
    come_in(console)
    officer = console.sign_in()
    assert "No replies wait here." in officer.done("/replies/1/remove").main
    assert officer.send("/replies/1/remove").status_code == 404
