"""A worker's classes without its process. A test decides when each of its steps happens."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, select

from ivr.carrier.client import CarrierClient
from ivr.simulator import FakeCarrier, VirtualClock
from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.messages.delivery import DeliveryAttempt
from resident_app.casework.messages.outbox import queue_message
from resident_app.clock import Clock
from resident_app.configuration.casework import QuietHours
from resident_app.configuration.contact_hours import ContactHours
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake import inbound_messages
from resident_app.intake.delivery_reports import note_delivery
from resident_app.intake.message_tables import (
    DeliveryError,
    InboundRow,
    InboundState,
    OutgoingRow,
    OutgoingState,
    TextDelivery,
)
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import load_languages
from resident_app.settings import WorkerSettings
from resident_app.worker.context import WorkerContext
from resident_app.worker.dispatching import Dispatcher
from resident_app.worker.follow_up import follow_up
from resident_app.worker.inbound import InboundProcessor
from resident_app.worker.process import delivery_channels
from resident_app.worker.sending import Sender
from tests.casework.office import CONFIGURATION, Office
from tests.conftest import BASE_URL, NOW, TOKEN
from tests.roles import engine_as
from tests.worker.mail_server import MailServer

NUMBER = "+12065550177"
ADDRESS = "resident@example.com"
AT_ANY_TIME = ContactHours(
    QuietHours(since=time.max, until=time.min, holidays=False), {}, CONFIGURATION.calendar
)
"""No quiet hours: for tests of what goes wrong through a day and a night."""
OFFICE_ADDRESS = "outreach@office.example.gov"


@dataclass
class MemoryQueue:
    """A worker's queue, in memory. As in the real one, each try is in it once and has a time."""

    clock: Clock
    tries: dict[DeliveryAttempt, datetime] = field(default_factory=dict)
    known: set[DeliveryAttempt] = field(default_factory=set)

    def enqueue(self, _channel: Channel, attempt: DeliveryAttempt, pause: float = 0) -> None:
        if attempt not in self.known:
            self.known.add(attempt)
            self.tries[attempt] = self.clock() + timedelta(seconds=pause)

    def rounds(self, begun_after: datetime) -> set[tuple[str, int]]:
        assert begun_after < self.clock()
        return {(attempt.key, attempt.round) for attempt in self.tries}

    def take(self) -> DeliveryAttempt | None:
        """Take the first try whose time has come."""
        due = [attempt for attempt, at in self.tries.items() if at <= self.clock()]
        if not due:
            return None
        del self.tries[due[0]]
        return due[0]


@dataclass
class Desk:
    """An office's worker and its queue."""

    office: Office
    provider: FakeCarrier | None = None
    mail: MailServer | None = None
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW))
    hours: ContactHours = AT_ANY_TIME
    queued: MemoryQueue = field(init=False)
    inbound: InboundProcessor = field(init=False)
    sender: Sender = field(init=False)
    dispatcher: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        self.queued = MemoryQueue(self.clock)
        self.set_up(self.provider, self.mail)

    def set_up(self, provider: FakeCarrier | None, mail: MailServer | None = None) -> None:
        """Start a worker with these providers."""
        engine, keys = engine_as(self.office.engine, DatabaseRole.WORKER), self.office.keys
        self.inbound = InboundProcessor(engine, keys, RequestIndex(engine, keys), CONFIGURATION.keywords)
        channels = delivery_channels(self._context(provider, mail), self.inbound)
        self.sender = Sender(engine, keys, channels, self.clock, self.hours)
        self.dispatcher = Dispatcher(engine, channels, self.queued, self.clock)

    def queue(self, request: int | None = None, **changes: Any) -> int:
        """Put a message in the outbox and return its id."""
        message = {
            "channel": Channel.TEXT,
            "to": NUMBER,
            "body": "We will call you tomorrow.",
            "language": "en",
            "actor_id": 1,
            "at": self.clock(),
            "key": secrets.token_hex(16),
            **changes,
        }
        with writing(engine_as(self.office.engine, DatabaseRole.CONSOLE)) as connection:
            return queue_message(connection, self.office.keys.current(), request=request, **message)

    def queue_email(self, request: int | None = None, **changes: Any) -> int:
        return self.queue(request, **{"channel": Channel.EMAIL, "to": ADDRESS, **changes})

    def work(self, seconds: float = 0) -> None:
        """Let time pass, then hand over what is due and make every try whose time has come."""
        self.clock.pass_by(seconds)
        self.dispatcher.take_back_lost()
        self.dispatcher.enqueue_due()
        while attempt := self.queued.take():
            if (pause := self.sender.attempt(attempt)) is not None:
                following = DeliveryAttempt(attempt.key, attempt.round, attempt.number + 1)
                self.queued.enqueue(Channel.TEXT, following, pause)
        self.follow_up()

    def follow_up(self) -> None:
        """Let what follows from messages reach their requests and officers."""
        engine = engine_as(self.office.engine, DatabaseRole.WORKER)
        follow_up(engine, self.office.keys.current(), CONFIGURATION, self.clock())

    def report(self, message: int, delivery: TextDelivery, code: int | None = None) -> None:
        """Let the carrier report how far a text message has come, and the worker follow up."""
        with writing(engine_as(self.office.engine, DatabaseRole.PUBLIC)) as connection:
            note_delivery(connection, self.row(message).provider_id, delivery, code, self.clock())
        self.follow_up()

    def receive(self, words: str, sender: str = NUMBER, **changes: Any) -> bool:
        """Store a message from a resident, and leave it to the worker."""
        message = {
            "channel": Channel.TEXT,
            "submission": secrets.token_bytes(16),
            "at": self.clock(),
            **changes,
        }
        key = self.office.keys.current().newest.public
        with writing(engine_as(self.office.engine, DatabaseRole.MAIL)) as connection:
            return inbound_messages.store_inbound(connection, key, sender=sender, words=words, **message)

    def reply(self, words: str, sender: str = NUMBER, **changes: Any) -> None:
        """Store a message from a resident, and let the worker process it."""
        self.receive(words, sender, **changes)
        self.inbound.process()

    def row(self, message: int) -> Row[Any]:
        with reading(self.office.engine) as connection:
            return connection.execute(select(OutgoingRow.__table__).where(OutgoingRow.id == message)).one()

    def state(self, message: int) -> tuple[OutgoingState, DeliveryError | None]:
        """Return a message's state and error."""
        row = self.row(message)
        return row.state, row.error

    def request(self, number: int) -> Row[Any]:
        with reading(self.office.engine) as connection:
            found = select(HelpRequestRow.__table__).where(HelpRequestRow.id == number)
            return connection.execute(found).one()

    def inbound_states(self) -> list[InboundState]:
        """Return the states of the inbound messages that are in no timeline."""
        with reading(self.office.engine) as connection:
            return list(connection.execute(select(InboundRow.state).order_by(InboundRow.id)).scalars())

    def _context(self, provider: FakeCarrier | None, mail: MailServer | None) -> WorkerContext:
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
            engine=engine_as(self.office.engine, DatabaseRole.WORKER),
            keys=self.office.keys,
            provider=CarrierClient(settings, CONFIGURATION.office.line) if provider else None,
            clock=self.clock,
        )


def always(error: Exception) -> Callable[[str, str], None]:
    """Make every request to the provider meet with `error`."""

    def at(_moment: str, _request: str) -> None:
        raise error

    return at


def once(moment: str, error: Exception) -> Callable[[str, str], None]:
    """Make the next text message meet with `error` at a moment."""
    left = [error]

    def at(now: str, request: str) -> None:
        if left and (now, request) == (moment, "POST Messages"):
            raise left.pop()

    return at
