"""Mails that somebody wrote before seeing the parser arrive whole through the mail server's pipe."""

from pathlib import Path

import pytest

from resident_app.casework.messages.quotations import passages
from resident_app.intake.inbound_mail import parse_mail
from tests.worker.mail_pipe import came, receive
from tests.worker.second_reader_mails import MAILS, OUTLOOK, THUNDERBIRD, Mail


def test_what_a_second_reader_wrote_arrives_whole(pipe: Path, made_keys: Path) -> None:
    for mail in MAILS:
        received = receive(mail.raw)
        assert (received.exit_code, received.output) == (0, ""), mail.program
    messages = came(pipe, made_keys)
    assert len(messages) == len(MAILS)
    lost, garbled = {}, []
    for mail, message in zip(MAILS, messages, strict=True):
        shown = "\n".join(passage.text for passage in passages(message.words))
        lines = [" ".join(line.split()) for line in shown.split("\n")]
        names = {file.name for file in message.attachments}
        missing = [line for line in mail.written if not any(line in one for one in lines)]
        missing += [name for name in mail.files if name not in names and name not in shown]
        if missing:
            lost[mail.program] = missing
        if "\ufffd" in shown or "could not be read" in shown:
            garbled.append(mail.program)
    assert (lost, garbled) == ({}, [])


@pytest.mark.parametrize("mail", [OUTLOOK, THUNDERBIRD], ids=lambda mail: mail.program)
def test_what_is_forwarded_is_not_folded(mail: Mail) -> None:
    found = parse_mail(mail.raw)
    assert found is not None
    shown = "\n".join(one.text for one in passages(found.words) if not one.is_quoted)
    assert all(line in shown for line in mail.written)
