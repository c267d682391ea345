"""`flask office receive-mail`: the way in for e-mail to the office, from a mail server's pipe."""

import os
import sys

import click

from resident_app.clock import utc_now
from resident_app.database import open_database, writing
from resident_app.intake.inbound_mail import InboundMail, parse_mail
from resident_app.intake.inbound_messages import EMAIL, store_inbound
from resident_app.intake.office_public_key import load_public_key
from resident_app.settings import SealingSettings, SettingsError, load_settings

LONGEST_LETTER_BYTES = 5 * 1024 * 1024


@click.command("receive-mail")
def receive_mail() -> None:
    """Take in one e-mail (RFC 5322) from standard input, sealed to the office.

    It needs the office's public key alone. What a machine wrote is dropped. Status 75 asks the mail
    server to keep the e-mail and try again.
    """
    try:
        letter = parse_mail(sys.stdin.buffer.read(LONGEST_LETTER_BYTES))
        if letter is not None:
            _store(letter)
    except SettingsError as error:
        _try_again(str(error))
    except Exception as error:
        # A mail server logs what a pipe says: the type, and nothing of the e-mail.
        _try_again(type(error).__name__)


def _store(letter: InboundMail) -> None:
    settings = load_settings(SealingSettings)
    key = load_public_key(settings.office_public_key_path)
    with writing(open_database(settings.database), durable=True) as connection:
        store_inbound(
            connection,
            key,
            door=EMAIL,
            sender=letter.sender,
            words=letter.words,
            submission=letter.submission,
            at=utc_now(),
            answers=letter.answers,
            returned=letter.returned,
        )


def _try_again(reason: str) -> None:
    click.echo(f"not taken in: {reason}", err=True)
    raise SystemExit(os.EX_TEMPFAIL)
