"""A request's status as the person who made it sees it, and reopening a closed request."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, update

from resident_app.intake.request_tables import HelpRequestRow, RequestState


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


def reopen(connection: Connection, number: int) -> None:
    """Reopen a request if it is closed."""
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.id == number, HelpRequestRow.state == RequestState.CLOSED)
        .values(state=RequestState.RECEIVED, closed_at=None, outcome="", version=HelpRequestRow.version + 1)
    )
