"""Messages that come in: taken in sealed by who cannot read them, and placed in a timeline by the office."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from resident_app.database import insert_if_new
from resident_app.outreach.boxes import of_entry
from resident_app.outreach.office_key import OfficeKeys, OfficePublicKey
from resident_app.outreach.reopening import wait_again
from resident_app.outreach.request import open_words, seal_words
from resident_app.outreach.tables import Entry, EntryKind, Incoming, State, StoredRequest

NEW = "new"
UNPLACED = "unplaced"
STOP = "stop"

TEXT = "text"
EMAIL = "email"

LONGEST_WORDS = 10_000
_LONGEST_SENDER = 320
_KINDS = {TEXT: EntryKind.TEXT_IN, EMAIL: EntryKind.EMAIL_IN}


@dataclass(frozen=True, repr=False)
class Came:
    """What came: from a number (E.164) or an address; `answers` are keys of messages of ours.

    `returned`: it is not from a person: it says that the message it answers could not be delivered.
    """

    sender: str
    words: str
    answers: tuple[str, ...] = ()
    returned: bool = False


def take_in(
    connection: Connection,
    key: OfficePublicKey,
    *,
    door: str,
    sender: str,
    words: str,
    submission: bytes,
    at: datetime,
    answers: tuple[str, ...] = (),
    returned: bool = False,
) -> bool:
    """Seal a message to the office and store it, in the caller's transaction; False if it is there already.

    `submission` is 16 bytes that the same message gives again. What is longer than LONGEST_WORDS is cut.
    """
    came = Came(sender[:_LONGEST_SENDER], words[:LONGEST_WORDS], answers, returned)
    box = seal_words(asdict(came), key, submission)
    return insert_if_new(
        connection,
        Incoming,
        submission=submission,
        door=door,
        state=NEW,
        received_at=at,
        sealed=box.sealed,
        sealed_to=box.sealed_to,
    )


def open_incoming(row: Any, keys: OfficeKeys) -> Came:
    """Raises CannotOpen."""
    contents = open_words(row.sealed, keys, row.submission)
    return Came(contents["sender"], contents["words"], tuple(contents["answers"]), bool(contents["returned"]))


def place(
    connection: Connection, keys: OfficeKeys, row: Any, came: Came, request: int, code: str = ""
) -> bool:
    """Make a message that came in a line of a request's timeline; False if someone did so before.

    A closed request waits for the office again, unless the message is no more than a word for a
    machine, which `code` then names.
    """
    found = connection.execute(
        select(StoredRequest.submission, StoredRequest.state)
        .where(StoredRequest.id == request)
        .with_for_update()
    ).one_or_none()
    if found is None or found.state == State.ERASED.value or not drop(connection, row):
        return False
    add_line(connection, keys, row, came, request, found.submission, code)
    if not code:
        wait_again(connection, request)
    return True


def add_line(
    connection: Connection,
    keys: OfficeKeys,
    row: Any,
    came: Came,
    request: int,
    request_submission: bytes,
    code: str = "",
) -> None:
    """The line of a timeline that a message makes."""
    box = seal_words(
        {"words": came.words, "sender": came.sender}, keys, of_entry(request_submission, row.submission)
    )
    insert_if_new(
        connection,
        Entry,
        request=request,
        key=row.submission,
        kind=_KINDS[row.door].value,
        at=row.received_at,
        code=code,
        detail="",
        sealed=box.sealed,
        sealed_to=box.sealed_to,
    )


def drop(connection: Connection, row: Any) -> bool:
    """Remove a message that came in; False if it is gone, or someone did something with it meanwhile."""
    gone = delete(Incoming).where(Incoming.id == row.id, Incoming.state == row.state)
    return connection.execute(gone).rowcount == 1


def set_aside(connection: Connection, row: Any, state: str) -> bool:
    """Give a message another state; False if someone did something with it meanwhile."""
    return (
        connection.execute(
            update(Incoming).where(Incoming.id == row.id, Incoming.state == row.state).values(state=state)
        ).rowcount
        == 1
    )


def in_state(connection: Connection, state: str, most: int | None = None, after: int = 0) -> list[Any]:
    """Rows of messages that came in, the oldest first; of those numbered higher than `after`."""
    found = select(Incoming.__table__).where(Incoming.state == state, Incoming.id > after)
    return list(connection.execute(found.order_by(Incoming.id).limit(most)).all())
