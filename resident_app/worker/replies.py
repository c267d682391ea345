"""Messages that came in, placed in timelines; and the numbers that want no text messages."""

import threading
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from ivr.texting import answer_to
from ivr.texts import Text
from resident_app.database import reading, writing
from resident_app.outreach.cases.opened import OpenedRequests
from resident_app.outreach.messages import incoming
from resident_app.outreach.messages.incoming import NEW, STOP, UNPLACED, Came
from resident_app.outreach.messages.outbox import Trouble
from resident_app.outreach.office_key import CannotOpen, OfficeKeys, OfficeKeysFile
from resident_app.outreach.tables import Incoming, Outgoing, OutgoingState, StoredRequest
from resident_app.safeguards import events

_AT_ONCE = 50


class Replies:
    """Takes in what came, by any number of threads and workers: each message is placed once."""

    def __init__(self, engine: Engine, keys: OfficeKeysFile, requests: OpenedRequests):
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
                        events.failed("incoming message", error)
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
            row.door == incoming.TEXT
            and _sender_of(row, keys) == number
            and answer_to(incoming.open_incoming(row, keys).words) is Text.STOPPED
            for row in self._new(0)
        )

    def _new(self, after: int) -> list[Any]:
        with reading(self._engine) as connection:
            return incoming.in_state(connection, NEW, _AT_ONCE, after)

    def _take(self, row: Any) -> None:
        keys = self._keys.current()
        try:
            came = incoming.open_incoming(row, keys)
        except CannotOpen as error:
            events.failed("incoming message", error)
            with writing(self._engine) as connection:
                incoming.set_aside(connection, row, UNPLACED)
            return
        word = answer_to(came.words) if row.door == incoming.TEXT else None
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

    def _candidates(self, came: Came) -> list[int]:
        """Requests that a message may belong to, the likeliest first."""
        with reading(self._engine) as connection:
            answered = connection.execute(
                select(Outgoing.request).where(Outgoing.key.in_(came.answers), Outgoing.request.is_not(None))
            )
            wholes = [_whole(connection, number) for number in answered.scalars() if number]
        known = [found.number for found in self._requests.with_sender(came.sender)] if came.sender else []
        return [*wholes, *known]

    def _stop(
        self, connection: Connection, keys: OfficeKeys, row: Any, came: Came, numbers: list[int]
    ) -> None:
        """Keep the word STOP for its number, and tell it in the timeline."""
        self._learn_who_stopped()
        known = came.sender in self._stopped.values()
        kept = incoming.drop(connection, row) if known else incoming.set_aside(connection, row, STOP)
        if not kept:
            return
        for number in numbers[:1]:
            submission = connection.execute(
                select(StoredRequest.submission).where(StoredRequest.id == number)
            ).scalar_one()
            incoming.add_line(connection, keys, row, came, number, submission, STOP)

    def _forget_stop(self, connection: Connection, sender: str) -> None:
        self._learn_who_stopped()
        theirs = [submission for submission, number in self._stopped.items() if number == sender]
        connection.execute(delete(Incoming).where(Incoming.submission.in_(theirs), Incoming.state == STOP))

    def _learn_who_stopped(self) -> None:
        """Bring the numbers in memory up to date with the rows; each is opened once."""
        with reading(self._engine) as connection:
            marks = set(
                connection.execute(select(Incoming.submission).where(Incoming.state == STOP)).scalars()
            )
            new = marks - self._stopped.keys()
            rows = connection.execute(select(Incoming.__table__).where(Incoming.submission.in_(new))).all()
        self._stopped = {mark: number for mark, number in self._stopped.items() if mark in marks}
        keys = self._keys.current()
        self._stopped |= {row.submission: _sender_of(row, keys) for row in rows}


def _sender_of(row: Any, keys: OfficeKeys) -> str:
    """Who sent a message; nobody if it does not open."""
    try:
        return incoming.open_incoming(row, keys).sender
    except CannotOpen as error:
        events.failed("number that wants no texts", error)
        return ""


def _place_in_first(
    connection: Connection, keys: OfficeKeys, row: Any, came: Came, numbers: list[int], word: Text | None
) -> bool:
    """Place a message in the first request that takes it."""
    code = word.name.lower() if word else ""
    return any(incoming.place(connection, keys, row, came, number, code) for number in numbers)


def _set_aside(connection: Connection, row: Any, word: Text | None) -> None:
    """Nobody's message is for the office to place; a word for a machine has done its work."""
    if word:
        incoming.drop(connection, row)
    else:
        incoming.set_aside(connection, row, UNPLACED)


def _give_back(connection: Connection, row: Any, came: Came) -> None:
    """An e-mail of ours came back: it is not delivered, whatever the mail server said first."""
    incoming.drop(connection, row)
    connection.execute(
        update(Outgoing)
        .where(Outgoing.key.in_(came.answers), Outgoing.state == OutgoingState.SENT.value)
        .values(state=OutgoingState.FAILED.value, trouble=Trouble.RETURNED.value)
    )


def _whole(connection: Connection, number: int) -> int:
    """The request that this one is a part of, or itself."""
    merged = select(StoredRequest.merged_into).where(StoredRequest.id == number)
    return connection.execute(merged).scalar_one_or_none() or number
