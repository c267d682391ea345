"""E-mail to residents through a mail server: in their language, and recognizable if it arrives twice."""

from email.message import EmailMessage

import pytest

from resident_app.casework.messages.templates import EMAIL_END, EMAIL_SUBJECT
from resident_app.contact_points import Channel
from resident_app.intake.message_tables import DeliveryError, OutgoingState
from resident_app.languages import load_languages
from tests.worker.mail_server import MailServer
from tests.worker.office import ADDRESS, OFFICE_ADDRESS, Desk

SENT, QUEUED, FAILED = OutgoingState.SENT, OutgoingState.QUEUED, OutgoingState.FAILED
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def body_of(letter: EmailMessage) -> str:
    return str(letter.get_content())


@pytest.mark.parametrize(
    ("code", "words"), [("ko", "내일 전화드리겠습니다."), ("ar", "سنتصل بك غدًا."), ("en", "We will call.")]
)
def test_an_email_is_in_the_residents_language(desk: Desk, mail: MailServer, code: str, words: str) -> None:
    language = load_languages()[code]
    message = desk.queue_email(language=code, body=words)
    desk.work()
    [(to, letter)] = mail.taken
    assert (to, letter["To"], letter["From"]) == (ADDRESS, ADDRESS, OFFICE_ADDRESS)
    assert letter["Subject"] == language.text(EMAIL_SUBJECT)
    assert body_of(letter).split("\n\n") == [words, language.text(EMAIL_END) + "\n"]
    assert letter["Content-Language"] == code
    assert letter["Auto-Submitted"] == "auto-generated"
    row = desk.row(message)
    assert (row.state, row.provider_id) == (SENT, letter["Message-ID"])
    assert row.key in letter["Message-ID"]


@pytest.mark.parametrize(
    ("at", "says", "error", "state"),
    [
        ("RCPT", "450 mailbox busy", DeliveryError.TOO_BUSY, QUEUED),
        (".", "451 later", DeliveryError.TOO_BUSY, QUEUED),
        ("RCPT", "550 no such user", DeliveryError.NO_SUCH_ADDRESS, FAILED),
        ("RCPT", "552 mailbox full", DeliveryError.REFUSED, FAILED),
        (".", "554 spam", DeliveryError.REFUSED, FAILED),
        (".", "550 spam", DeliveryError.REFUSED, FAILED),
        ("HERE", "421 busy", DeliveryError.TOO_BUSY, QUEUED),
        ("HERE", "554 not you", DeliveryError.NOT_LET_IN, QUEUED),
        ("MAIL", "550 not you", DeliveryError.NOT_LET_IN, QUEUED),
        ("MAIL", "451 later", DeliveryError.TOO_BUSY, QUEUED),
        ("HERE", "", DeliveryError.UNREACHABLE, QUEUED),
        ("RCPT", "", DeliveryError.UNREACHABLE, QUEUED),
    ],
)
def test_what_the_mail_server_answers(
    desk: Desk, mail: MailServer, at: str, says: str, error: DeliveryError, state: str
) -> None:
    message = desk.queue_email()
    mail.says = {at: says}
    desk.work()
    assert desk.state(message) == (state, error)
    mail.says = {}
    desk.work(60)
    assert len(mail.taken) == (state == QUEUED)


def test_a_second_try_has_the_same_message_id(desk: Desk, mail: MailServer) -> None:
    """The server accepted it and the connection broke. A mail program can tell that both are one."""
    message = desk.queue_email()
    mail.says = {".": ""}
    desk.work()
    assert desk.state(message) == (QUEUED, DeliveryError.UNCERTAIN)
    mail.says = {}
    desk.work(60)
    assert desk.state(message) == (SENT, None)
    [first, second] = [letter for _, letter in mail.taken]
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()


def test_a_mail_server_that_cannot_be_reached(desk: Desk, mail: MailServer) -> None:
    desk.set_up(None, MailServer(port=9))
    message = desk.queue_email()
    desk.work()
    assert desk.state(message) == (QUEUED, DeliveryError.UNREACHABLE)


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b@example.com", "a b@example.com", "김@example.com", "a@x.com\r\nBcc: b@y.com"],
)
def test_an_invalid_address_fails(desk: Desk, mail: MailServer, address: str) -> None:
    message = desk.queue_email(to=address)
    desk.work()
    assert desk.state(message) == (FAILED, DeliveryError.NO_SUCH_ADDRESS)
    assert not mail.taken


def test_a_domain_in_another_script(desk: Desk, mail: MailServer) -> None:
    desk.queue_email(to="resident@bücher.example")
    desk.work()
    assert [to for to, _ in mail.taken] == ["resident@xn--bcher-kva.example"]


def test_another_machine_is_used_only_with_tls(desk: Desk, mail: MailServer) -> None:
    """A server that offers no TLS, under a name that is not this machine's, gets no message."""

    class Elsewhere(MailServer):
        @property
        def url(self) -> str:
            return f"smtp://127.1:{mail.port}"

    desk.set_up(None, Elsewhere())
    message = desk.queue_email()
    desk.work()
    assert desk.state(message) == (QUEUED, DeliveryError.NOT_LET_IN)
    assert not mail.taken


def test_a_returned_email_has_failed(desk: Desk, mail: MailServer) -> None:
    message = desk.queue_email()
    desk.work()
    desk.reply("", "", channel=Channel.EMAIL, answers=(desk.row(message).key,), returned=True)
    assert desk.state(message) == (FAILED, DeliveryError.RETURNED)
    assert desk.inbound_states() == []
