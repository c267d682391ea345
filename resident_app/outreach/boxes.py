"""What each kind of sealed box is bound to, in one place: a box opens beside its own row alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from resident_app.outreach.tables import Entry, Incoming, OfficeCall, Outgoing, StoredNote, StoredRequest


def of_request(submission: bytes) -> bytes:
    return submission


def of_note(request: bytes, submission: bytes) -> bytes:
    """`request` is the submission of the request that the note was added to."""
    return request + submission


def of_entry(request: bytes, key: bytes) -> bytes:
    """`request` is the submission of the request whose timeline the entry is in."""
    return request + key


def of_outgoing(key: str) -> bytes:
    return key.encode()


def of_incoming(submission: bytes) -> bytes:
    return submission


def of_call(token: str) -> bytes:
    return b"call|" + token.encode()


@dataclass(frozen=True)
class Boxes:
    """All boxes of one table. `binding` tells from a row of `rows` what its box is bound to."""

    name: str
    table: Any
    more: tuple[Any, ...]
    """The columns, beside id, box and key, that the binding needs."""
    binding: Callable[[Any], bytes]
    in_request: bool = False

    def rows(self) -> Select[Any]:
        """id, sealed, sealed_to and what the binding needs, of each row that has a box."""
        chosen = select(self.table.id, self.table.sealed, self.table.sealed_to, *self.more)
        if self.in_request:
            chosen = chosen.join(StoredRequest, StoredRequest.id == self.table.request)
        return chosen.where(self.is_full())

    def is_full(self) -> ColumnElement[bool]:
        """An erased request's box is empty, and an entry may have no words."""
        return func.length(self.table.sealed) > 0


BOXES = (
    Boxes("requests", StoredRequest, (StoredRequest.submission,), lambda row: of_request(row.submission)),
    Boxes(
        "notes",
        StoredNote,
        (StoredRequest.submission.label("request"), StoredNote.submission),
        lambda row: of_note(row.request, row.submission),
        in_request=True,
    ),
    Boxes(
        "entries",
        Entry,
        (StoredRequest.submission.label("request"), Entry.key),
        lambda row: of_entry(row.request, row.key),
        in_request=True,
    ),
    Boxes("outgoing", Outgoing, (Outgoing.key,), lambda row: of_outgoing(row.key)),
    Boxes("incoming", Incoming, (Incoming.submission,), lambda row: of_incoming(row.submission)),
    Boxes("calls", OfficeCall, (OfficeCall.token,), lambda row: of_call(row.token)),
)
"""Every table that holds boxes."""


def counts() -> Any:
    """How many boxes each table has under each key: `name`, `sealed_to`, `count`."""
    return union_all(
        *(
            select(
                literal(boxes.name).label("name"),
                boxes.table.sealed_to,
                func.count().label("count"),
            )
            .where(boxes.is_full())
            .group_by(boxes.table.sealed_to)
            for boxes in BOXES
        )
    )
