"""Messages that came in, placed in timelines; and the numbers that want no text messages."""

import threading
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from ivr.carrier.opt_outs import answer_to
from ivr.words.text_messages import Text
from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.messages import placement
from resident_app.casework.messages.outbox import DeliveryError
from resident_app.casework.office_keys import CannotOpen, OfficeKeys, OfficeKeysFile
from resident_app.database import reading, writing
from resident_app.intake import inbound_messages
from resident_app.intake.inbound_messages import NEW, STOP, UNPLACED, InboundMessage
from resident_app.intake.message_tables import InboundRow, OutgoingRow, OutgoingState
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.security import event_log

_AT_ONCE = 50


class InboundProcessor:
    """Takes in what came, by any number of threads and workers: each message is placed once."""

    def __init__(self, engine: Engine, keys: OfficeKeysFile, requests: RequestIndex):
        self._engine = engine
        self._keys = keys
        self._requests = requests
        self._mutex = threading.Lock()
        self._stopped: dict[bytes, str] = {}

    def take_in(self) -> None:
        """Place everything that came in. A fault with one message does not stop the others."""
        last = 0
        with self._mutex:
            while rows := self._new(last):
                for row in rows:
                    try:
                        self._take(row)
                    except Exception as error:
                        event_log.failed("incoming message", error)
                last = rows[-1].id

    def wants_no_texts(self, number: str) -> bool:
        """Whether the last word from a number is STOP, also if it came in a moment ago."""
        self.take_in()
        with self._mutex:
            self._learn_who_stopped()
            return number in self._stopped.values() or self._said_stop(number)

    def _said_stop(self, number: str) -> bool:
        """Whether a STOP from a number could not be taken in: it holds all the same."""
        keys = self._keys.current()
        return any(
            row.door == inbound_messages.TEXT
            and _sender_of(row, keys) == number
            and answer_to(placement.open_incoming(row, keys).words) is Text.STOPPED
            for row in self._new(0)
        )

    def _new(self, after: int) -> list[Any]:
        with reading(self._engine) as connection:
            return placement.in_state(connection, NEW, _AT_ONCE, after)

    def _take(self, row: Any) -> None:
        keys = self._keys.current()
        try:
            came = placement.open_incoming(row, keys)
        except CannotOpen as error:
            event_log.failed("incoming message", error)
            with writing(self._engine) as connection:
                placement.set_inbound_state(connection, row, UNPLACED)
            return
        word = answer_to(came.words) if row.door == inbound_messages.TEXT else None
        numbers = self._candidates(came)
        with writing(self._engine) as connection:
            if came.returned:
                _give_back(connection, row, came)
            elif word is Text.STOPPED:
                self._stop(connection, keys, row, came, numbers)
            elif not _place_in_first(connection, keys, row, came, numbers, word):
                _set_aside(connection, row, word)
            if word is Text.STARTED:
                self._forget_stop(connection, came.sender)

    def _candidates(self, came: InboundMessage) -> list[int]:
        """Requests that a message may belong to, the likeliest first."""
        with reading(self._engine) as connection:
            answered = connection.execute(
                select(OutgoingRow.request).where(
                    OutgoingRow.key.in_(came.answers), OutgoingRow.request.is_not(None)
                )
            )
            wholes = [_whole(connection, number) for number in answered.scalars() if number]
        known = [found.number for found in self._requests.with_sender(came.sender)] if came.sender else []
        return [*wholes, *known]

    def _stop(
        self, connection: Connection, keys: OfficeKeys, row: Any, came: InboundMessage, numbers: list[int]
    ) -> None:
        """Keep the word STOP for its number, and tell it in the timeline."""
        self._learn_who_stopped()
        known = came.sender in self._stopped.values()
        kept = (
            placement.remove_inbound(connection, row)
            if known
            else placement.set_inbound_state(connection, row, STOP)
        )
        if not kept:
            return
        for number in numbers[:1]:
            submission = connection.execute(
                select(HelpRequestRow.submission).where(HelpRequestRow.id == number)
            ).scalar_one()
            placement.add_to_timeline(connection, keys, row, came, number, submission, STOP)

    def _forget_stop(self, connection: Connection, sender: str) -> None:
        self._learn_who_stopped()
        theirs = [submission for submission, number in self._stopped.items() if number == sender]
        connection.execute(
            delete(InboundRow).where(InboundRow.submission.in_(theirs), InboundRow.state == STOP)
        )

    def _learn_who_stopped(self) -> None:
        """Bring the numbers in memory up to date with the rows; each is opened once."""
        with reading(self._engine) as connection:
            marks = set(
                connection.execute(select(InboundRow.submission).where(InboundRow.state == STOP)).scalars()
            )
            new = marks - self._stopped.keys()
            rows = connection.execute(
                select(InboundRow.__table__).where(InboundRow.submission.in_(new))
            ).all()
        self._stopped = {mark: number for mark, number in self._stopped.items() if mark in marks}
        keys = self._keys.current()
        self._stopped |= {row.submission: _sender_of(row, keys) for row in rows}


def _sender_of(row: Any, keys: OfficeKeys) -> str:
    """Who sent a message; nobody if it does not open."""
    try:
        return placement.open_incoming(row, keys).sender
    except CannotOpen as error:
        event_log.failed("number that wants no texts", error)
        return ""


def _place_in_first(
    connection: Connection,
    keys: OfficeKeys,
    row: Any,
    came: InboundMessage,
    numbers: list[int],
    word: Text | None,
) -> bool:
    """Place a message in the first request that takes it."""
    code = word.name.lower() if word else ""
    return any(placement.attach_to_request(connection, keys, row, came, number, code) for number in numbers)


def _set_aside(connection: Connection, row: Any, word: Text | None) -> None:
    """Nobody's message is for the office to place; a word for a machine has done its work."""
    if word:
        placement.remove_inbound(connection, row)
    else:
        placement.set_inbound_state(connection, row, UNPLACED)


def _give_back(connection: Connection, row: Any, came: InboundMessage) -> None:
    """An e-mail of ours came back: it is not delivered, whatever the mail server said first."""
    placement.remove_inbound(connection, row)
    connection.execute(
        update(OutgoingRow)
        .where(OutgoingRow.key.in_(came.answers), OutgoingRow.state == OutgoingState.SENT.value)
        .values(state=OutgoingState.FAILED.value, trouble=DeliveryError.RETURNED.value)
    )


def _whole(connection: Connection, number: int) -> int:
    """The request that this one is a part of, or itself."""
    merged = select(HelpRequestRow.merged_into).where(HelpRequestRow.id == number)
    return connection.execute(merged).scalar_one_or_none() or number
