"""`flask office`: the outreach office's keys, and its requests until the console exists."""

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from resident_app.casework.office_keys import CannotOpen, OfficeKeys, load_office_keys, make_office_keys
from resident_app.casework.opening import open_note, open_request
from resident_app.commands.office_keys import public_key, reseal, retire, rotate
from resident_app.commands.receive_mail import receive_mail
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.database import reading
from resident_app.intake.request_tables import HelpRequestRow, NoteRow, RequestState
from resident_app.register.register_key import write_private
from resident_app.settings import OfficeSettings, SettingsError


@click.group()
def office() -> None:
    """Keys and help requests of the outreach office."""


@office.command()
@click.option("--private", type=click.Path(path_type=Path), required=True)
@click.option("--public", type=click.Path(path_type=Path), required=True)
def keygen(private: Path, public: Path) -> None:
    """Write the office's new key pair: the private one for the office, the public one for the site."""
    private_text, public_text = make_office_keys()
    if private.absolute() == public.absolute():
        raise click.ClickException("--private and --public must be two files")
    for path in (private, public):
        if path.exists():
            raise click.ClickException(f"{path} exists; it is not overwritten")
    try:
        write_private(private, private_text.encode())
        public.write_text(public_text, encoding="ascii")
    except OSError as error:
        private.unlink(missing_ok=True)
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    click.echo(f"Wrote {private} and {public}. Without the private key no request can be opened.")


for command in (rotate, public_key, reseal, retire, receive_mail):
    office.add_command(command)


@office.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def requests(as_json: bool) -> None:
    """List the help requests, longest waiting first, opened with the private key."""
    settings = settings_or_exit(OfficeSettings)
    engine = database_or_exit(settings)
    try:
        key = load_office_keys(settings.office_private_key_path)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    kept = select(HelpRequestRow.__table__).where(HelpRequestRow.state != RequestState.ERASED.value)
    with reading(engine) as connection:
        rows = connection.execute(kept.order_by(HelpRequestRow.received_at)).all()
        notes = connection.execute(select(NoteRow.__table__).order_by(NoteRow.received_at)).all()
    opened = [_opened(row, [note for note in notes if note.request == row.id], key) for row in rows]
    if as_json:
        for request in opened:
            click.echo(json.dumps(request, ensure_ascii=False))
    else:
        _print(opened)
    if any("error" in request for request in opened):
        raise click.ClickException("some requests do not open with this key")


def _opened(row: Any, notes: list[Any], key: OfficeKeys) -> dict[str, Any]:
    readable = {
        "received_at": row.received_at.isoformat(),
        "state": row.state,
        "door": row.door,
        "language": row.language,
        "topic": row.topic,
    }
    try:
        found = open_request(row.sealed, key, row.submission)
        added = [open_note(note.sealed, key, row.submission, note.submission) for note in notes]
    except CannotOpen:
        return {**readable, "error": "does not open with this key"}
    request = found.request
    return {
        **readable,
        "reference": found.reference,
        "name": request.name,
        "reach_by": request.reach_by,
        "phone": request.phone,
        "email": request.email,
        "spoken": request.spoken,
        "written": request.written,
        "language_note": request.language_note,
        "best_time": request.best_time,
        "voicemail_ok": request.voicemail_ok,
        "message": request.message,
        "added": added,
    }


def _print(requests: list[dict[str, Any]]) -> None:
    """One block a request; what is empty is left out."""
    for request in requests:
        for name, value in request.items():
            if value not in ("", None, []):
                said = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
                for line in said if isinstance(said, list) else [said]:
                    click.echo(f"{name.replace('_', ' '):>14}  {line}")
        click.echo()
    click.echo(f"{len(requests)} requests")
