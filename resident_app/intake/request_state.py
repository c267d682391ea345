"""A request's status as the person who made it sees it, and that this person wrote."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, case, literal, update

from resident_app.intake.request_tables import OPEN, HelpRequestRow, RequestState


@dataclass(frozen=True)
class RequestStatus:
    """The status that the sender sees. `tried_on` is the day when the office last tried to reach them."""

    state: RequestState
    tried_on: date | None


def request_status(state: RequestState, tried_on: date | None) -> RequestStatus:
    """Return the status that the sender sees. "Tried" without a day shows as in progress."""
    if state is RequestState.TRIED and tried_on is None:
        state = RequestState.IN_HAND
    return RequestStatus(state, tried_on)


def note_words(connection: Connection, number: int, at: datetime) -> None:
    """Note that the sender wrote. A closed request is open again; the timeline keeps its outcome."""
    received = literal(RequestState.RECEIVED, HelpRequestRow.state.type)
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.id == number, HelpRequestRow.state != RequestState.ERASED)
        .values(
            wrote_at=at,
            state=case((HelpRequestRow.state == RequestState.CLOSED, received), else_=HelpRequestRow.state),
            closed_at=None,
            outcome="",
            version=HelpRequestRow.version + 1,
        )
    )


def note_acknowledgment(connection: Connection, number: int, at: datetime) -> None:
    """Note that the sender wrote no more than a thank-you. It reopens no closed request."""
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.id == number, HelpRequestRow.state.in_(OPEN))
        .values(wrote_at=at, version=HelpRequestRow.version + 1)
    )
