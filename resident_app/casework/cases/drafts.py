"""What a staff member typed on a request's page and has not saved yet. It is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from resident_app.casework.office_keys import CannotOpen, OfficeKeys
from resident_app.casework.opened import Opened
from resident_app.casework.opening import open_json
from resident_app.database import find_one, insert_if_new
from resident_app.intake.aad import draft_aad
from resident_app.intake.help_request import seal_json
from resident_app.intake.request_tables import DraftRow, HelpRequestRow

KEPT = timedelta(days=14)


@dataclass(frozen=True, repr=False)
class SavedDraft:
    """The fields of the form as they were typed."""

    fields: Mapping[str, str]
    saved_at: datetime


def save_draft(
    connection: Connection,
    keys: OfficeKeys,
    row: HelpRequestRow,
    account: int,
    fields: Mapping[str, str],
    now: datetime,
) -> None:
    """Keep what was typed in place of the draft before. Older drafts of this person are removed."""
    discard_draft(connection, row.id, account)
    connection.execute(
        delete(DraftRow).where(DraftRow.account_id == account, DraftRow.saved_at <= now - KEPT)
    )
    sealed = seal_json(dict(fields), keys.newest.public, draft_aad(row.submission, account))
    insert_if_new(
        connection,
        DraftRow,
        request_id=row.id,
        account_id=account,
        saved_at=now,
        sealed=sealed.sealed,
        sealed_to=sealed.sealed_to,
    )


def open_draft(
    connection: Connection, keys: OfficeKeys, row: HelpRequestRow, account: int
) -> Opened[SavedDraft | None]:
    """Return a person's own draft; None in it if there is none that opens.

    It is shown on the page of its request, which records the reading.
    """
    found = find_one(
        connection, select(DraftRow).where(DraftRow.request_id == row.id, DraftRow.account_id == account)
    )
    if found is None:
        return Opened(None, ())
    try:
        fields = open_json(found.sealed, keys, draft_aad(row.submission, account))
    except CannotOpen:
        return Opened(None, ())
    return Opened(SavedDraft({name: str(value) for name, value in fields.items()}, found.saved_at), ())


def discard_draft(connection: Connection, request: int, account: int) -> None:
    """Remove a person's draft about a request."""
    connection.execute(delete(DraftRow).where(DraftRow.request_id == request, DraftRow.account_id == account))
