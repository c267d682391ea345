"""A worker's classes without its process: what it does in a round happens when a test says so."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ivr.carrier.client import CarrierClient
from ivr.simulator import FakeCarrier, VirtualClock
from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.messages.delivery import DeliveryAttempt
from resident_app.casework.messages.outbox import EMAIL, TEXT, queue_message
from resident_app.database import reading, writing
from resident_app.intake import inbound_messages
from resident_app.intake.message_tables import InboundRow, OutgoingRow
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import load_languages
from resident_app.settings import WorkerSettings
from resident_app.worker.context import WorkerContext
from resident_app.worker.dispatching import Dispatcher
from resident_app.worker.inbound import InboundProcessor
from resident_app.worker.process import channels_of
from resident_app.worker.sending import Sender
from tests.casework.office import CONFIGURATION, Office
from tests.conftest import BASE_URL, NOW, TOKEN
from tests.worker.mail_server import MailServer

NUMBER = "+12065550177"
ADDRESS = "resident@example.com"
OFFICE_ADDRESS = "outreach@office.example.gov"


@dataclass
class Desk:
    """An office's worker; `queued` is what its queues hold."""

    office: Office
    provider: FakeCarrier | None = None
    mail: MailServer | None = None
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW))
    queued: list[DeliveryAttempt] = field(default_factory=list)
    replies: InboundProcessor = field(init=False)
    sender: Sender = field(init=False)
    dispatcher: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        self.set_up(self.provider, self.mail)

    def set_up(self, provider: FakeCarrier | None, mail: MailServer | None = None) -> None:
        """A worker starts, with these providers."""
        engine, keys = self.office.engine, self.office.keys
        self.replies = InboundProcessor(engine, keys, RequestIndex(engine, keys))
        channels = channels_of(self._parts(provider, mail), self.replies)
        self.sender = Sender(engine, keys, channels, self.clock)
        self.dispatcher = Dispatcher(
            engine, list(channels), lambda _, attempt: self.queued.append(attempt), self.clock
        )

    def queue(self, request: int | None = None, **changes: Any) -> int:
        """A message is put in the outbox."""
        message = {
            "channel": TEXT,
            "to": NUMBER,
            "body": "We will call you tomorrow.",
            "language": "en",
            "staff": 1,
            "at": self.clock(),
            "key": secrets.token_hex(16),
            **changes,
        }
        with writing(self.office.engine) as connection:
            return queue_message(connection, self.office.keys.current(), request=request, **message)

    def queue_email(self, request: int | None = None, **changes: Any) -> int:
        return self.queue(request, **{"channel": EMAIL, "to": ADDRESS, **changes})

    def work(self, seconds: float = 0) -> None:
        """Time passes; what is due is handed over and sent."""
        self.clock.pass_by(seconds)
        self.dispatcher.hand_over()
        while self.queued:
            self.sender.attempt(self.queued.pop(0))

    def comes_in(self, words: str, sender: str = NUMBER, **changes: Any) -> bool:
        """A message comes in, and waits for the worker."""
        message = {
            "door": inbound_messages.TEXT,
            "submission": secrets.token_bytes(16),
            "at": self.clock(),
            **changes,
        }
        key = self.office.keys.current().newest.public
        with writing(self.office.engine) as connection:
            return inbound_messages.store_inbound(connection, key, sender=sender, words=words, **message)

    def reply(self, words: str, sender: str = NUMBER, **changes: Any) -> None:
        """A message comes in, and the worker places it."""
        self.comes_in(words, sender, **changes)
        self.replies.take_in()

    def row(self, message: int) -> Any:
        with reading(self.office.engine) as connection:
            return connection.execute(
                select(OutgoingRow.__table__).where(OutgoingRow.id == message)
            ).one_or_none()

    def standing(self, message: int) -> tuple[str, str]:
        """A message's state and trouble."""
        row = self.row(message)
        return row.state, row.trouble

    def request(self, number: int) -> Any:
        with reading(self.office.engine) as connection:
            found = select(HelpRequestRow.__table__).where(HelpRequestRow.id == number)
            return connection.execute(found).one()

    def left(self) -> list[str]:
        """The states of messages that came in and are in no timeline."""
        with reading(self.office.engine) as connection:
            return list(connection.execute(select(InboundRow.state).order_by(InboundRow.id)).scalars())

    def _parts(self, provider: FakeCarrier | None, mail: MailServer | None) -> WorkerContext:
        settings = WorkerSettings(
            _env_file=None,
            public_base_url=BASE_URL,
            twilio_account_sid=ACCOUNT_SID,
            twilio_auth_token=TOKEN,
            twilio_api_base=provider.address if provider else BASE_URL,
            smtp_url=mail.url if mail else None,
            mail_from=OFFICE_ADDRESS,
        )
        return WorkerContext(
            settings=settings,
            configuration=CONFIGURATION,
            languages=load_languages(),
            engine=self.office.engine,
            keys=self.office.keys,
            provider=CarrierClient(settings, CONFIGURATION.office.line) if provider else None,
            clock=self.clock,
        )


def always(error: Exception) -> Callable[[str, str], None]:
    def at(_moment: str, _request: str) -> None:
        raise error

    return at


def once(moment: str, error: Exception) -> Callable[[str, str], None]:
    """The next text message meets with `error` at a moment."""
    left = [error]

    def at(now: str, request: str) -> None:
        if left and (now, request) == (moment, "POST Messages"):
            raise left.pop()

    return at
