"""E-mail to residents, by SMTP (RFC 5321). Each try of a message has the same Message-ID."""

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

from resident_app.casework.messages.templates import EMAIL_END, EMAIL_SUBJECT
from resident_app.intake.inbound_mail import message_id
from resident_app.intake.message_tables import DeliveryError
from resident_app.languages import SOURCE, Languages
from resident_app.worker.channels import Delivery, NotDelivered

_SECONDS = 20
_THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")
_IMPLICIT_TLS = "smtps"
_OUR_FAULT = (
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPSenderRefused,
)
"""The server would refuse every message of ours like this, so the office fixes it and the message waits."""


class EmailChannel:
    """Sends e-mail from `sender` through the server at `url`: smtps://, or smtp:// with STARTTLS.

    Only a server on this machine is used without TLS.
    """

    def __init__(self, url: AnyUrl, sender: str, languages: Languages):
        self._url = url
        self._sender = Address(addr_spec=sender)
        self._languages = languages

    def deliver(self, delivery: Delivery) -> str:
        """Send an e-mail and return its Message-ID. Raises NotDelivered."""
        to = _address(delivery.message.to)
        content = self._compose(delivery, to).as_bytes()
        try:
            with closing(self._connect()) as server:
                _transmit(server, content, self._sender.addr_spec, to.addr_spec)
        except (OSError, smtplib.SMTPException) as error:
            raise _not_delivered(error) from None
        return message_id(delivery.key, self._sender.domain)

    def _compose(self, delivery: Delivery, to: Address) -> EmailMessage:
        language = self._languages.get(delivery.message.language) or self._languages[SOURCE]
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = to
        mail["Subject"] = language.text(EMAIL_SUBJECT)
        mail["Date"] = format_datetime(delivery.queued_at)
        mail["Message-ID"] = message_id(delivery.key, self._sender.domain)
        # No automatic replies (RFC 3834, section 5; the second header is for Microsoft Exchange).
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail.set_content(f"{delivery.message.body}\n\n{language.text(EMAIL_END)}\n", cte="base64")
        # Last, because set_content removes every header whose name begins with "Content-".
        mail["Content-Language"] = language.code
        return mail

    def _connect(self) -> SMTP:
        """Connect with TLS, and sign in if the URL has a user. Raises OSError or SMTPException."""
        host, trusted = self._url.host or "", ssl.create_default_context()
        plain_host = host.strip("[]")
        server: SMTP
        if self._url.scheme == _IMPLICIT_TLS:
            server = smtplib.SMTP_SSL(plain_host, self._url.port or 465, timeout=_SECONDS, context=trusted)
        else:
            server = SMTP(plain_host, self._url.port or 587, timeout=_SECONDS)
        try:
            if self._url.scheme != _IMPLICIT_TLS and host not in _THIS_MACHINE:
                server.starttls(context=trusted)
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            server.close()
            raise
        return server


def _address(typed: str) -> Address:
    """Return an address in ASCII, with its domain as in the DNS. Raises NotDelivered."""
    name, _, domain = typed.rpartition("@")
    try:
        return Address(addr_spec=f"{name}@{domain.encode('idna').decode()}")
    except (ValueError, LookupError, MessageError):
        raise NotDelivered(DeliveryError.NO_SUCH_ADDRESS, is_temporary=False) from None


class _NoSuchAddress(smtplib.SMTPResponseException):
    """The server has no such mailbox."""


class _Uncertain(smtplib.SMTPException):
    """The server has the whole message and did not say whether it accepted it."""


def _transmit(server: SMTP, content: bytes, sender: str, to: str) -> None:
    """Make one mail transaction (RFC 5321, section 3.3). Raises SMTPException or OSError."""
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
        code, answer = server.data(content)
    except smtplib.SMTPDataError:
        raise
    except (OSError, smtplib.SMTPException) as error:
        raise _Uncertain from error
    if code != 250:
        raise smtplib.SMTPResponseException(code, answer)
    with suppress(OSError, smtplib.SMTPException):
        server.quit()


def _not_delivered(error: Exception) -> NotDelivered:
    """Translate an SMTP failure (reply codes: RFC 5321, section 4.2)."""
    match error:
        case _Uncertain():
            return NotDelivered(DeliveryError.UNCERTAIN, is_temporary=True)
        case _NoSuchAddress():
            return NotDelivered(DeliveryError.NO_SUCH_ADDRESS, is_temporary=False)
        case smtplib.SMTPResponseException(smtp_code=code) if isinstance(error, _OUR_FAULT):
            return NotDelivered(
                DeliveryError.NOT_LET_IN if code >= 500 else DeliveryError.TOO_BUSY, is_temporary=True
            )
        case smtplib.SMTPResponseException(smtp_code=code) if code >= 500:
            return NotDelivered(DeliveryError.REFUSED, is_temporary=False)
        case smtplib.SMTPResponseException():
            return NotDelivered(DeliveryError.TOO_BUSY, is_temporary=True)
        case smtplib.SMTPNotSupportedError():
            return NotDelivered(DeliveryError.NOT_LET_IN, is_temporary=True)
    return NotDelivered(DeliveryError.UNREACHABLE, is_temporary=True)
