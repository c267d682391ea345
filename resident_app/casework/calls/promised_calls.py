"""Call-backs: calls that people were promised for a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from resident_app.intake.request_tables import OPEN, HelpRequestRow


@dataclass(frozen=True)
class PromisedCall:
    """A call that a person was promised. It names nobody."""

    request_id: int
    at: datetime
    officer: int
    spoken_language: str
    interpreter: int | None
    """Who is booked for it."""


def promised_calls(
    connection: Connection, until: datetime, since: datetime | None = None, officer: int | None = None
) -> list[PromisedCall]:
    """Return the call-backs from `since` to before `until` by time; of one officer, if given."""
    # Any: the conditions leave no call-back without a time and an officer.
    chosen: Select[*tuple[Any, ...]] = (
        select(
            HelpRequestRow.id,
            HelpRequestRow.next_action_at,
            HelpRequestRow.call_back_officer,
            HelpRequestRow.spoken_language,
            HelpRequestRow.call_back_interpreter,
        )
        .where(HelpRequestRow.call_back_officer.is_not(None), HelpRequestRow.next_action_at < until)
        .where(HelpRequestRow.state.in_(OPEN), HelpRequestRow.merged_into.is_(None))
        .order_by(HelpRequestRow.next_action_at, HelpRequestRow.id)
    )
    if since is not None:
        chosen = chosen.where(HelpRequestRow.next_action_at >= since)
    if officer is not None:
        chosen = chosen.where(HelpRequestRow.call_back_officer == officer)
    return [PromisedCall(*row) for row in connection.execute(chosen)]
