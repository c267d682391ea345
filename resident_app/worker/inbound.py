"""Messages from residents: put into timelines, and read for opt-outs from text messages."""

import threading
from collections.abc import Sequence

from sqlalchemy import Connection, Engine, delete, select, update

from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.messages import placement
from resident_app.casework.messages.opted_out_numbers import OptedOutNumbers, sender_of
from resident_app.casework.messages.placement import StoredInbound
from resident_app.casework.office_keys import CannotOpen, OfficeKeys, OfficeKeysFile
from resident_app.configuration.keywords import Keyword, Keywords
from resident_app.contact_points import Channel
from resident_app.database import reading, writing
from resident_app.intake.inbound_messages import InboundMessage
from resident_app.intake.message_tables import (
    DeliveryError,
    InboundRow,
    InboundState,
    OutgoingRow,
    OutgoingState,
)
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security import event_log
from resident_app.worker.unattended import open_inbound

_AT_ONCE = 50


class InboundProcessor:
    """Processes inbound messages, each once, in any number of threads and workers."""

    def __init__(self, engine: Engine, keys: OfficeKeysFile, requests: RequestIndex, keywords: Keywords):
        self._engine = engine
        self._keywords = keywords
        self._keys = keys
        self._requests = requests
        self._mutex = threading.Lock()
        self._opt_outs = OptedOutNumbers(engine, keys)

    def process(self) -> None:
        """Process every new message. An error with one does not stop the others; it is tried again."""
        last = 0
        with self._mutex:
            while found := self._new(last):
                for stored in found:
                    try:
                        self._process_one(stored)
                    except Exception as error:
                        event_log.failed("inbound message", error)
                last = found[-1].id

    def has_opted_out(self, number: str) -> bool:
        """Return whether the last keyword from a number is STOP, even one that came a moment ago."""
        self.process()
        with self._mutex:
            return self._opt_outs.has(number) or self._has_unprocessed_stop(number)

    def _has_unprocessed_stop(self, number: str) -> bool:
        """Return whether a STOP from a number could not be processed. It counts all the same."""
        keys = self._keys.current()
        return any(
            stored.channel is Channel.TEXT
            and sender_of(stored, keys) == number
            and self._keyword_of(open_inbound(stored, keys)) is Keyword.STOP
            for stored in self._new(0)
        )

    def _new(self, after: int) -> list[StoredInbound]:
        with reading(self._engine) as connection:
            return placement.in_state(connection, InboundState.NEW, _AT_ONCE, after)

    def _process_one(self, stored: StoredInbound) -> None:
        keys = self._keys.current()
        try:
            message = open_inbound(stored, keys)
        except CannotOpen as error:
            event_log.failed("inbound message", error)
            with writing(self._engine) as connection:
                placement.set_inbound_state(connection, stored, InboundState.UNPLACED)
            return
        is_text = stored.channel is Channel.TEXT and message.sender
        keyword = self._keyword_of(message) if is_text else None
        requests = self._likely_requests(message)
        with writing(self._engine) as connection:
            if message.returned:
                _mark_returned(connection, stored, message)
            elif keyword is Keyword.STOP:
                self._opt_out(connection, keys, stored, message, requests)
            else:
                self._attach(connection, keys, stored, message, requests, keyword)
            if keyword is Keyword.START:
                self._opt_in(connection, message.sender)

    def _likely_requests(self, message: InboundMessage) -> list[int]:
        """Return the requests that a message may belong to, the likeliest first."""
        with reading(self._engine) as connection:
            answered = connection.execute(
                select(OutgoingRow.request_id).where(
                    OutgoingRow.key.in_(message.answers), OutgoingRow.request_id.is_not(None)
                )
            )
            answered_requests = [_merged_into(connection, number) for number in answered.scalars() if number]
        known = self._requests.with_sender(message.sender) if message.sender else []
        return [*answered_requests, *known]

    def _opt_out(
        self,
        connection: Connection,
        keys: OfficeKeys,
        stored: StoredInbound,
        message: InboundMessage,
        requests: Sequence[int],
    ) -> None:
        """Keep one STOP for a number, and show each in the timeline of its request."""
        is_known = self._opt_outs.has(message.sender)
        is_ours = (
            placement.remove_inbound(connection, stored)
            if is_known
            else placement.set_inbound_state(connection, stored, InboundState.STOP)
        )
        if not is_ours:
            return
        for number in requests[:1]:
            submission = connection.execute(
                select(HelpRequestRow.submission).where(HelpRequestRow.id == number)
            ).scalar_one()
            code = Keyword.STOP.value
            placement.add_to_timeline(connection, keys, stored, message, number, submission, code)

    def _attach(
        self,
        connection: Connection,
        keys: OfficeKeys,
        stored: StoredInbound,
        message: InboundMessage,
        requests: Sequence[int],
        keyword: Keyword | None,
    ) -> None:
        """Put a message into the first request that takes it, or leave it to a person.

        A keyword that no request takes is done with; but "help, please" may be more than the keyword.
        """
        is_plea = keyword is Keyword.HELP and not self._is_bare(message)
        code = keyword.value if keyword and not is_plea else ""
        if any(
            placement.attach_to_request(connection, keys, stored, message, number, code)
            for number in requests
        ):
            return
        if message.automatic or code:
            placement.remove_inbound(connection, stored)
        else:
            placement.set_inbound_state(connection, stored, InboundState.UNPLACED)

    def _keyword_of(self, message: InboundMessage) -> Keyword | None:
        """Return what a text message was taken for, or what its words are if it is from before 0.5.0."""
        if message.keyword:
            return Keyword(message.keyword)
        found = self._keywords.find(message.words)
        return found.keyword if found else None

    def _is_bare(self, message: InboundMessage) -> bool:
        found = self._keywords.find(message.words)
        return found is not None and found.is_bare

    def _opt_in(self, connection: Connection, sender: str) -> None:
        theirs = self._opt_outs.records_of(sender)
        connection.execute(
            delete(InboundRow).where(InboundRow.submission.in_(theirs), InboundRow.state == InboundState.STOP)
        )


def _mark_returned(connection: Connection, stored: StoredInbound, message: InboundMessage) -> None:
    """Note that an e-mail of ours was returned: it failed, although the mail server had accepted it."""
    placement.remove_inbound(connection, stored)
    connection.execute(
        update(OutgoingRow)
        .where(OutgoingRow.key.in_(message.answers), OutgoingRow.state == OutgoingState.SENT)
        .values(state=OutgoingState.FAILED, error=DeliveryError.RETURNED)
    )


def _merged_into(connection: Connection, number: int) -> int:
    """Return the request that a request was merged into, or its own number."""
    merged = select(HelpRequestRow.merged_into).where(HelpRequestRow.id == number)
    return connection.execute(merged).scalar_one_or_none() or number
