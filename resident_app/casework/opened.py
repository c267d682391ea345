"""Opened data: what was sealed to the office, and shows itself to nobody without an event in the audit log.

Code that shows it calls `read`, which records who read which request and then gives the contents. Everything
else that would print it raises NotRead: a template, a log line, an f-string, JSON, a copy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NoReturn, TypeVar

from sqlalchemy import Connection

from resident_app.security import audit_log
from resident_app.security.audit_log import Audited

Contents = TypeVar("Contents")


class NotRead(TypeError):
    """Opened data was about to be shown without an event."""


@dataclass(frozen=True)
class Reader:
    """Who reads, in the transaction that records it. `page` is a code, such as an endpoint.

    `actor_id` is None for a command on the console's machine.
    """

    connection: Connection
    actor_id: int | None
    at: datetime
    page: str


@dataclass(frozen=True)
class ReadEvent:
    """The event of a reading: which request, or which reply that belongs to none."""

    kind: Audited
    fields: dict[str, int]


def request_read(number: int, **more: int) -> ReadEvent:
    return ReadEvent(Audited.REQUEST_READ, {"request": number, **more})


def reply_read(number: int) -> ReadEvent:
    return ReadEvent(Audited.REPLY_READ, {"reply": number})


class Opened(Generic[Contents]):
    """Contents that are about requests or replies. Without any, reading records nothing."""

    __slots__ = ("_contents", "_events")

    def __init__(self, contents: Contents, events: Sequence[ReadEvent]):
        self._contents = contents
        self._events = tuple(events)

    def read(self, reader: Reader) -> Contents:
        """Record that each request was read, and return the contents. Raises AuditLogDamaged.

        Show them after the transaction has ended: what is not recorded is not shown.
        """
        audit_log.record_each(
            reader.connection,
            [(event.kind, {**event.fields, "page": reader.page}) for event in self._events],
            actor_id=reader.actor_id,
            at=reader.at,
        )
        return self._contents

    def read_again(self, reader: Reader, was_read: Callable[[Reader, ReadEvent], bool]) -> Contents:
        """Like `read`, but record only what this person has not just read as it is now: a page that polls."""
        new = [event for event in self._events if not was_read(reader, event)]
        return Opened(self._contents, new).read(reader)

    def _refuse(self, *_: object) -> NoReturn:
        raise NotRead("opened data is shown by `read` alone")

    __str__ = __repr__ = __html__ = __format__ = __bytes__ = _refuse
    __iter__ = __len__ = __getitem__ = __contains__ = __bool__ = _refuse
    __reduce_ex__ = __copy__ = __deepcopy__ = _refuse
