"""Only what can work is offered on a request's page, and what cannot says why."""

import secrets

import pytest
from sqlalchemy import update

from resident_app.casework.messages import placement
from resident_app.casework.worker_tables import WorkerHeartbeatRow
from resident_app.contact_points import Channel
from resident_app.database import writing
from resident_app.intake import inbound_messages
from resident_app.intake.message_tables import InboundState
from tests.conftest import Deployment
from tests.console.conftest import Console
from tests.console.office import leave
from tests.console.strict_console import StrictConsole

EMAIL_ONLY = {"reach_by": "email", "phone": "", "email": "marked@example.org"}
NUMBER = "+12065550100"


def beat(console: Console, **columns: str) -> None:
    """Note that the worker has these, in place of what it said before."""
    with writing(console.engine) as connection:
        connection.execute(update(WorkerHeartbeatRow).values(**columns))


def test_without_a_number_no_call_can_be_made_or_noted(deployment: Deployment, console: Console) -> None:
    leave(deployment, **EMAIL_ONLY)
    officer = console.sign_in()
    page = officer.get("/requests/1")
    assert "No call. There is no phone number." in page.main
    assert "Spoke with the person" not in page.main
    assert "No text message. There is no phone number." in page.main
    refused = officer.done("/requests/1/call/outcome", {"outcome": "no-answer"})
    assert "There is no phone number, so no call can be noted." in refused.main
    assert "Call: No answer" not in refused.main
    assert refused.fields["version"] == page.fields["version"]


def test_a_number_that_said_stop_gets_no_text(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in()
    add_email(officer)
    assert "answered STOP" not in officer.get("/requests/1").main
    say_stop(console)
    page = officer.get("/requests/1")
    assert "No text message. This number answered STOP." in page.main
    assert page.fields["channel"] == "email"
    typed = page.fields | {"channel": "text", "message": "내일 전화드리겠습니다."}
    refused = officer.post("/requests/1/act", typed)
    assert refused.status == 422
    assert "This number answered STOP." in refused.words("channel-mistake")


def add_email(officer: StrictConsole) -> None:
    typed = officer.get("/requests/1/contact").fields | {"email": "marked@example.org"}
    assert "Contact details saved." in officer.done("/requests/1/contact", typed).main


def say_stop(console: Console) -> None:
    """A STOP that the worker has processed."""
    with writing(console.engine) as connection:
        inbound_messages.store_inbound(
            connection,
            console.context.keys.current().newest.public,
            channel=Channel.TEXT,
            sender=NUMBER,
            words="STOP",
            submission=secrets.token_bytes(16),
            at=console.clock(),
        )
        [row] = placement.in_state(connection, InboundState.NEW)
        placement.set_inbound_state(connection, row, InboundState.STOP)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"phone_company": "Carrier", "mail_server": ""}, "No email. No mail server is set up."),
        ({"phone_company": "", "mail_server": "mail.example"}, "No call. No phone company is set up."),
    ],
)
def test_what_is_not_set_up_is_not_offered(
    deployment: Deployment, console: Console, columns: dict[str, str], told: str
) -> None:
    leave(deployment)
    officer = console.sign_in()
    add_email(officer)
    assert told not in officer.get("/requests/1").main
    beat(console, **columns)
    assert told in officer.get("/requests/1").main


def test_a_form_sent_twice_says_so(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in(name="Ana")
    typed = officer.get("/requests/1").fields | {"note": "only once"}
    assert "Note saved." in officer.done("/requests/1/act", typed).main
    again = officer.done("/requests/1/act", typed)
    assert "This was saved before. Nothing was done twice." in again.main
    assert again.main.count("only once") == 1


def test_what_changes_nothing_says_so(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    officer = console.sign_in(name="Ana")
    mine = {"officer": str(officer.staff)}
    assert "Assigned to Ana." in officer.done("/requests/1/assign", mine).main
    again = officer.done("/requests/1/assign", mine)
    assert "Nothing changed: it is assigned to Ana already." in again.main
    typed = officer.get("/requests/1/contact").fields
    assert "Nothing was changed." in officer.done("/requests/1/contact", typed).main


def test_who_read_it_is_folded_below_the_timeline(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    console.sign_in(name="Ana").get("/requests/1")
    other = console.sign_in(name="Ben")
    other.get("/requests/1")
    page = other.get("/requests/1")
    [folded] = [one for one in page.all("details") if one.get("class") == "readings"]
    words = " ".join("".join(folded.itertext()).split())
    assert words.startswith("Read by 2 people")
    assert "Read by Ana" in words
    assert "Read by Ben" in words
    assert page.main.index("도와주세요") < page.main.index("Call ") < page.main.index("Note, message, status")
