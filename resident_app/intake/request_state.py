"""How a request stands, as its sender is told, and how a closed one opens again."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, update

from resident_app.intake.request_tables import HelpRequestRow, RequestState


@dataclass(frozen=True)
class RequestStatus:
    """How a request stands, as its sender is told. `tried_on`: when the office last tried to reach them."""

    state: RequestState
    tried_on: date | None


def request_status(state: RequestState, tried_on: date | None) -> RequestStatus:
    """What a sender is told. Without a day there was no try: the office is at work on it."""
    if state is RequestState.TRIED and tried_on is None:
        state = RequestState.IN_HAND
    return RequestStatus(state, tried_on)


def reopen(connection: Connection, number: int) -> None:
    """Open a request again if it is closed."""
    connection.execute(
        update(HelpRequestRow)
        .where(HelpRequestRow.id == number, HelpRequestRow.state == RequestState.CLOSED)
        .values(state=RequestState.RECEIVED, closed_at=None, outcome="", version=HelpRequestRow.version + 1)
    )
