"""Which state a request may go to, and what must be said for it. Every change of a state asks here."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from resident_app.casework.cases.actions import (
    AnswerRequired,
    InvalidTransition,
    NoteRequired,
    ReasonRequired,
    RequestGone,
    Unchanged,
)
from resident_app.intake.request_tables import RequestState

TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.RECEIVED: frozenset({RequestState.IN_HAND, RequestState.TRIED, RequestState.CLOSED}),
    RequestState.IN_HAND: frozenset({RequestState.RECEIVED, RequestState.TRIED, RequestState.CLOSED}),
    RequestState.TRIED: frozenset({RequestState.IN_HAND, RequestState.RECEIVED, RequestState.CLOSED}),
    RequestState.CLOSED: frozenset({RequestState.IN_HAND}),
    RequestState.ERASED: frozenset(),
}
"""The states that a request may go to. Closing needs an outcome, and reopening needs a reason."""

SHORTEST_NOTE = 10
"""The letters that a note has at least if it says why somebody who waits is not waited for any more."""


class RequestProgress(Protocol):
    """What decides whether a request may go to another state."""

    @property
    def state(self) -> RequestState: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def last_contact_at(self) -> datetime: ...
    @property
    def wrote_at(self) -> datetime | None: ...
    @property
    def merged_into(self) -> int | None: ...


def was_contacted(row: RequestProgress) -> bool:
    """Return whether the office ever reached out to the person, by a call or a message that went out."""
    return row.last_contact_at > row.received_at


def require_transition(
    row: RequestProgress,
    state: RequestState,
    outcome: str,
    words: str,
    outcomes: Collection[str],
    *,
    is_answered: bool = False,
) -> None:
    """Check that a request may go to `state`. `words` are the reason or the note that goes with it.

    `is_answered`: the same action sends the person a message.
    Raises RequestGone, Unchanged, InvalidTransition, ReasonRequired, AnswerRequired, NoteRequired.
    """
    if row.state is RequestState.ERASED:
        raise RequestGone
    if row.merged_into is not None:
        raise InvalidTransition
    if state is row.state:
        raise Unchanged
    if state not in TRANSITIONS[row.state]:
        raise InvalidTransition
    if state is RequestState.CLOSED:
        if outcome not in outcomes:
            raise ReasonRequired
        has_note = len(words.strip()) >= SHORTEST_NOTE
        if row.wrote_at is not None and not is_answered and not has_note:
            raise AnswerRequired
        if not was_contacted(row) and not has_note:
            raise NoteRequired
    elif row.state is RequestState.CLOSED and not words:
        raise ReasonRequired
