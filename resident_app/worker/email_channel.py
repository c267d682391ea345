"""E-mail to residents, by SMTP (RFC 5321). Each attempt bears the same Message-ID."""

import smtplib
import ssl
from contextlib import closing, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from smtplib import SMTP
from urllib.parse import unquote

from pydantic import AnyUrl

from resident_app.casework.messages.outbox import DeliveryError
from resident_app.casework.messages.templates import EMAIL_END, EMAIL_SUBJECT
from resident_app.intake.inbound_mail import message_id
from resident_app.languages import SOURCE, Languages
from resident_app.worker.channels import Delivery, NotDelivered

_SECONDS = 20
_HERE = ("127.0.0.1", "localhost", "[::1]")
_IMPLICIT_TLS = "smtps"
_OF_THE_OFFICE = (
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPSenderRefused,
)
"""A server that says no to these says it to every message: that can be mended, and no message is at fault."""


class EmailChannel:
    """Sends e-mail from `sender` by the server of `url`: smtps://, or smtp:// which then starts TLS.

    In the clear only within this machine.
    """

    def __init__(self, url: AnyUrl, sender: str, languages: Languages):
        self._url = url
        self._sender = Address(addr_spec=sender)
        self._languages = languages

    def deliver(self, delivery: Delivery) -> str:
        """Send an e-mail; its Message-ID. Raises NotSent."""
        to = _address(delivery.message.to)
        letter = self._letter(delivery, to).as_bytes()
        try:
            with closing(self._connected()) as server:
                _hand_over(server, letter, self._sender.addr_spec, to.addr_spec)
        except (OSError, smtplib.SMTPException) as error:
            raise _not_sent(error) from None
        return message_id(delivery.key, self._sender.domain)

    def _letter(self, delivery: Delivery, to: Address) -> EmailMessage:
        language = self._languages.get(delivery.message.language) or self._languages[SOURCE]
        letter = EmailMessage()
        letter["From"] = self._sender
        letter["To"] = to
        letter["Subject"] = language.text(EMAIL_SUBJECT)
        letter["Date"] = format_datetime(delivery.queued_at)
        letter["Message-ID"] = message_id(delivery.key, self._sender.domain)
        # So that nothing answers by itself (RFC 3834, 5; Microsoft's for Exchange).
        letter["Auto-Submitted"] = "auto-generated"
        letter["X-Auto-Response-Suppress"] = "All"
        letter.set_content(f"{delivery.message.body}\n\n{language.text(EMAIL_END)}\n", cte="base64")
        # After the content: to set it takes away every such header.
        letter["Content-Language"] = language.code
        return letter

    def _connected(self) -> SMTP:
        """Connected, in TLS, and signed in if the address has a user. Raises OSError, SMTPException."""
        host, trusted = self._url.host or "", ssl.create_default_context()
        plain_host = host.strip("[]")
        server: SMTP
        if self._url.scheme == _IMPLICIT_TLS:
            server = smtplib.SMTP_SSL(plain_host, self._url.port or 465, timeout=_SECONDS, context=trusted)
        else:
            server = SMTP(plain_host, self._url.port or 587, timeout=_SECONDS)
        try:
            if self._url.scheme != _IMPLICIT_TLS and host not in _HERE:
                server.starttls(context=trusted)
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            server.close()
            raise
        return server


def _address(typed: str) -> Address:
    """An address in ASCII, its domain as in the DNS. Raises NotSent."""
    name, _, domain = typed.rpartition("@")
    try:
        return Address(addr_spec=f"{name}@{domain.encode('idna').decode()}")
    except (ValueError, LookupError, MessageError):
        raise NotDelivered(DeliveryError.NO_SUCH_ADDRESS, passing=False) from None


class _NoSuchAddress(smtplib.SMTPResponseException):
    """The server knows nobody of this address."""


class _Uncertain(smtplib.SMTPException):
    """The whole message was handed over, and the server did not say whether it took it."""


def _hand_over(server: SMTP, letter: bytes, sender: str, to: str) -> None:
    """One transaction (RFC 5321, 3.3). Raises SMTPException, OSError."""
    server.ehlo_or_helo_if_needed()
    code, answer = server.mail(sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, answer, sender)
    code, answer = server.rcpt(to)
    if code in (550, 551, 553):
        raise _NoSuchAddress(code, answer)
    if code not in (250, 251):
        raise smtplib.SMTPResponseException(code, answer)
    try:
        code, answer = server.data(letter)
    except smtplib.SMTPDataError:
        raise
    except (OSError, smtplib.SMTPException) as error:
        raise _Uncertain from error
    if code != 250:
        raise smtplib.SMTPResponseException(code, answer)
    with suppress(OSError, smtplib.SMTPException):
        server.quit()


def _not_sent(error: Exception) -> NotDelivered:
    match error:
        case _Uncertain():
            return NotDelivered(DeliveryError.UNCERTAIN, passing=True)
        case _NoSuchAddress():
            return NotDelivered(DeliveryError.NO_SUCH_ADDRESS, passing=False)
        case smtplib.SMTPResponseException(smtp_code=code) if isinstance(error, _OF_THE_OFFICE):
            return NotDelivered(
                DeliveryError.NOT_LET_IN if code >= 500 else DeliveryError.TOO_BUSY, passing=True
            )
        case smtplib.SMTPResponseException(smtp_code=code) if code >= 500:
            return NotDelivered(DeliveryError.REFUSED, passing=False)
        case smtplib.SMTPResponseException():
            return NotDelivered(DeliveryError.TOO_BUSY, passing=True)
        case smtplib.SMTPNotSupportedError():
            return NotDelivered(DeliveryError.NOT_LET_IN, passing=True)
    return NotDelivered(DeliveryError.UNREACHABLE, passing=True)
