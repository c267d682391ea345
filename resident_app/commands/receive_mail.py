"""`flask office receive-mail`: receive one e-mail to the office from a mail server's pipe."""

import os
import sys

import click

from resident_app.clock import utc_now
from resident_app.configuration import attachment_limits
from resident_app.contact_points import Channel
from resident_app.database import open_database, writing
from resident_app.intake.inbound_mail import InboundMail, parse_mail
from resident_app.intake.inbound_messages import store_inbound
from resident_app.intake.office_public_key import load_public_key
from resident_app.settings import SealingSettings, SettingsError, load_settings

LONGEST_MAIL_BYTES = 40 * 1024 * 1024
"""More than mail providers send. The text comes first in an e-mail, so that of a larger one is kept."""

_CUT = "[This e-mail was too large. What came after its first 40 MB was not kept.]"


@click.command("receive-mail")
def receive_mail() -> None:
    """Read one e-mail (RFC 5322) from standard input and seal it to the office.

    Needs only the office's public key, and decodes no attachment. What a mailing list sends is dropped. Exit
    status 75 (EX_TEMPFAIL) asks the mail server to keep the e-mail and try again.
    """
    try:
        raw = sys.stdin.buffer.read(LONGEST_MAIL_BYTES + 1)
        mail = parse_mail(raw[:LONGEST_MAIL_BYTES])
        if mail is not None:
            _store(mail, is_whole=len(raw) <= LONGEST_MAIL_BYTES)
    except SettingsError as error:
        _try_again(str(error))
    except Exception as error:
        # A mail server logs what a pipe writes, so write the type of the error and nothing of the e-mail.
        _try_again(type(error).__name__)


def _store(mail: InboundMail, *, is_whole: bool) -> None:
    settings = load_settings(SealingSettings)
    key = load_public_key(settings.office_public_key_path)
    with writing(open_database(settings.database), durable=True) as connection:
        store_inbound(
            connection,
            key,
            channel=Channel.EMAIL,
            sender=mail.sender,
            words=mail.words if is_whole else f"{mail.words}\n\n{_CUT}".strip(),
            submission=mail.submission,
            at=utc_now(),
            answers=mail.answers,
            returned=mail.returned,
            files=mail.files,
            limits=attachment_limits(),
            automatic=mail.automatic,
        )


def _try_again(reason: str) -> None:
    click.echo(f"not received: {reason}", err=True)
    raise SystemExit(os.EX_TEMPFAIL)
