"""`flask office`: the outreach office's keys, and its help requests as text or JSON."""

import json
from datetime import datetime
from typing import NotRequired, TypedDict

import click
from sqlalchemy import Connection, select

from resident_app.casework.cases.timeline import OpenedCase, open_case
from resident_app.casework.office_keys import OfficeKeys, load_office_keys
from resident_app.casework.opened import Reader
from resident_app.clock import utc_now
from resident_app.commands.office_keys import keygen, public_key, reseal, retire, rotate
from resident_app.commands.receive_mail import receive_mail
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.database import writing
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.settings import OfficeSettings, SettingsError
from resident_app.web.accounts.directory import staff_addresses


class TimelineEntry(TypedDict):
    """What was written to a request after it was received. `at` is ISO 8601; `words` is None if sealed.

    `files` are the names of the files that came with it, if any did.
    """

    at: str
    kind: str
    by: str
    words: str | None
    files: NotRequired[list[str]]


RequestFields = dict[str, str | bool | list[str] | list[TimelineEntry]]
"""A request's fields by name, in the order in which they are printed."""


@click.group()
def office() -> None:
    """The outreach office's keys and help requests."""


for command in (keygen, rotate, public_key, reseal, retire, receive_mail):
    office.add_command(command)


@office.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on each line.")
@click.option("--timeline", is_flag=True, help="Add what was written since: at, kind, by, words.")
def requests(as_json: bool, timeline: bool) -> None:
    """Print the help requests, opened with the private key, oldest first."""
    settings = settings_or_exit(OfficeSettings)
    engine = database_or_exit(settings)
    try:
        keys = load_office_keys(settings.office_private_key_path)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    with writing(engine) as connection:
        cases = _opened_requests(connection, keys)
    opened = [_fields(case) for case in cases]
    if timeline:
        staff = staff_addresses(engine)
        for case, request in zip(cases, opened, strict=True):
            request["timeline"] = _timeline(case, staff)
    if as_json:
        for request in opened:
            click.echo(json.dumps(request, ensure_ascii=False))
    else:
        _print(opened)
    if any("error" in request for request in opened):
        raise click.ClickException("some requests do not open with this key")


def _opened_requests(connection: Connection, keys: OfficeKeys) -> list[OpenedCase]:
    """Return every request that is not erased, oldest first, and record that each was read."""
    chosen = select(HelpRequestRow.id).where(HelpRequestRow.state != RequestState.ERASED)
    numbers = connection.scalars(chosen.order_by(HelpRequestRow.received_at)).all()
    reader = Reader(connection, None, utc_now(), "office-requests")
    found = (open_case(connection, keys, number) for number in numbers)
    return [case.read(reader) for case in found if case is not None]


def _fields(case: OpenedCase) -> RequestFields:
    row, request = case.row, case.request
    unsealed: RequestFields = {
        "received_at": row.received_at.isoformat(),
        "state": row.state,
        "origin": row.origin or "",
        "language": row.spoken_language,
        "topic": row.topic,
    }
    own = [line for line in reversed(case.lines) if line.request_id == row.id]
    added = [line.words for line in own if line.kind == "added"]
    if request is None or None in added:
        return {**unsealed, "error": "does not open with this key"}
    return {
        **unsealed,
        "reference": case.reference,
        "name": request.name,
        "reach_by": request.reach_by,
        "phone": request.phone,
        "email": request.email,
        "spoken": request.spoken,
        "written": request.written,
        "language_note": request.language_note,
        "contact_note": request.contact_note,
        "best_time": request.best_time,
        "voicemail_ok": request.voicemail_ok,
        "message": request.message,
        "added": [words for words in added if words is not None],
    }


def _timeline(case: OpenedCase, staff: dict[int, str]) -> list[TimelineEntry]:
    """Return what was written to a request since it was received, oldest first."""
    entries: list[TimelineEntry] = []
    for line in reversed(case.lines):
        is_own = line.request_id == case.row.id and line.kind != "received"
        if is_own and (line.words != "" or line.attachments):
            entry: TimelineEntry = {
                "at": line.at.isoformat(),
                "kind": line.kind,
                "by": "resident" if line.from_resident else staff.get(line.actor_id or 0, ""),
                "words": line.words,
            }
            if line.attachments:
                entry["files"] = [file.name for file in line.attachments]
            entries.append(entry)
    return entries


def _print(requests: list[RequestFields]) -> None:
    """Print a block for each request, without empty fields."""
    for request in requests:
        for name, value in request.items():
            for text in _lines(value):
                click.echo(f"{name.replace('_', ' '):>14}  {text}")
        click.echo()
    click.echo(f"{len(requests)} requests")


def _lines(value: str | bool | list[str] | list[TimelineEntry]) -> list[str]:
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, str):
        return [value] if value else []
    return [item if isinstance(item, str) else _entry_line(item) for item in value]


def _entry_line(entry: TimelineEntry) -> str:
    words = "(does not open with this key)" if entry["words"] is None else entry["words"]
    at = datetime.fromisoformat(entry["at"])
    files = "".join(f" [{name}]" for name in entry.get("files", []))
    return f"{at:%Y-%m-%d %H:%M} {entry['kind']} {entry['by']}: {words}{files}"
