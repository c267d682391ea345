"""Attach messages that came in to the request they belong to."""

from typing import Any

from sqlalchemy import Connection, delete, select, update

from resident_app.casework.office_keys import OfficeKeys
from resident_app.casework.opening import open_json
from resident_app.database import insert_if_new
from resident_app.intake.aad import timeline_aad
from resident_app.intake.help_request import seal_json
from resident_app.intake.inbound_messages import EMAIL, TEXT, InboundMessage
from resident_app.intake.message_tables import InboundRow
from resident_app.intake.request_state import reopen
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, RequestState, TimelineRow

_KINDS = {TEXT: EntryKind.TEXT_IN, EMAIL: EntryKind.EMAIL_IN}


def open_incoming(row: Any, keys: OfficeKeys) -> InboundMessage:
    """Raises CannotOpen."""
    contents = open_json(row.sealed, keys, row.submission)
    return InboundMessage(
        contents["sender"], contents["words"], tuple(contents["answers"]), bool(contents["returned"])
    )


def attach_to_request(
    connection: Connection, keys: OfficeKeys, row: Any, came: InboundMessage, request: int, code: str = ""
) -> bool:
    """Make a message that came in a line of a request's timeline; False if someone did so before.

    A closed request waits for the office again, unless the message is no more than a word for a
    machine, which `code` then names.
    """
    found = connection.execute(
        select(HelpRequestRow.submission, HelpRequestRow.state)
        .where(HelpRequestRow.id == request)
        .with_for_update()
    ).one_or_none()
    if found is None or found.state == RequestState.ERASED.value or not remove_inbound(connection, row):
        return False
    add_to_timeline(connection, keys, row, came, request, found.submission, code)
    if not code:
        reopen(connection, request)
    return True


def add_to_timeline(
    connection: Connection,
    keys: OfficeKeys,
    row: Any,
    came: InboundMessage,
    request: int,
    request_submission: bytes,
    code: str = "",
) -> None:
    """The line of a timeline that a message makes."""
    box = seal_json(
        {"words": came.words, "sender": came.sender},
        keys.newest.public,
        timeline_aad(request_submission, row.submission),
    )
    insert_if_new(
        connection,
        TimelineRow,
        request=request,
        key=row.submission,
        kind=_KINDS[row.door].value,
        at=row.received_at,
        code=code,
        detail="",
        sealed=box.sealed,
        sealed_to=box.sealed_to,
    )


def remove_inbound(connection: Connection, row: Any) -> bool:
    """Remove a message that came in; False if it is gone, or someone did something with it meanwhile."""
    gone = delete(InboundRow).where(InboundRow.id == row.id, InboundRow.state == row.state)
    return connection.execute(gone).rowcount == 1


def set_inbound_state(connection: Connection, row: Any, state: str) -> bool:
    """Give a message another state; False if someone did something with it meanwhile."""
    return (
        connection.execute(
            update(InboundRow)
            .where(InboundRow.id == row.id, InboundRow.state == row.state)
            .values(state=state)
        ).rowcount
        == 1
    )


def in_state(connection: Connection, state: str, most: int | None = None, after: int = 0) -> list[Any]:
    """Rows of messages that came in, the oldest first; of those numbered higher than `after`."""
    found = select(InboundRow.__table__).where(InboundRow.state == state, InboundRow.id > after)
    return list(connection.execute(found.order_by(InboundRow.id).limit(most)).all())
