"""`flask call`: a phone in the terminal. It shows prompts as text; you type keys."""

import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from pydantic import AnyHttpUrl

from ivr.simulator import FakeCarrier, Phone, VirtualClock
from ivr.simulator.fake_carrier import ACCOUNT_SID
from ivr.simulator.transcript import (
    HANG_UP,
    SILENCE,
    NotAKey,
    heard,
    language_keys,
    map_here,
    perform,
    transcript,
)
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.languages import read_entries
from resident_app.public_app import create_public_app
from resident_app.settings import PublicSettings, SettingsError

HELP = "Type keys and Enter: 0-9, *, #. Enter alone is silence; ? shows the map; h hangs up."


@click.command("call")
@click.option("--lang", default="", help="Choose this language at once: a code such as es.")
@click.option("--from", "caller", default="+13605550100", show_default=True, help="The calling number.")
@click.option(
    "--attestation",
    type=click.Choice(["A", "B", "C", "none"]),
    default="none",
    show_default=True,
    help="What the caller's carrier attests of the number (STIR/SHAKEN).",
)
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M"]),
    help="The time of the call in UTC, in a copy of the data that is gone after it; default: now.",
)
@click.option(
    "--keys", help='Print the transcript of these keys: "1 935222123456# - h"; - is silence, h hangs up.'
)
def call(lang: str, caller: str, attestation: str, at: datetime | None, keys: str | None) -> None:
    """Call the phone line from this terminal. Calls to the office and text messages appear here too.

    `make run` has a phone in the browser as well, and prints its address.
    """
    settings = settings_or_exit(PublicSettings)
    database_or_exit(settings)
    clock = VirtualClock(at.replace(tzinfo=UTC) if at else datetime.now(UTC))
    token = settings.twilio_auth_token.get_secret_value()
    with (
        tempfile.TemporaryDirectory() as scratch,
        FakeCarrier(token, settings.base_url).serving() as office,
    ):
        if at:
            settings = _at_another_time(settings, Path(scratch))
        here = {"twilio_account_sid": ACCOUNT_SID, "twilio_api_base": AnyHttpUrl(office.address)}
        try:
            app = create_public_app(settings.model_copy(update=here), clock, with_housekeeping=False)
        except SettingsError as error:
            raise click.ClickException(str(error)) from None
        office.post = _through(app)
        attested = "" if attestation == "none" else attestation
        phone = Phone(office.post, settings.base_url, token, caller, clock, attested).ring()
        chosen = _keys_of(lang) if lang else []
        if keys is not None:
            _print_transcript(phone, office, [*chosen, *keys.split()])
            return
        for key in chosen:
            phone.press(key)
        click.echo(HELP)
        try:
            _converse(phone, office)
        finally:
            if not phone.ended:
                phone.hang_up()


def _at_another_time(settings: PublicSettings, scratch: Path) -> PublicSettings:
    """Return settings with a copy of the database, so that another time does no harm."""
    if not settings.database.startswith("sqlite:///"):
        raise click.UsageError("--at needs a SQLite database, because the call uses a copy of it")
    copy = scratch / "copy.db"
    with (
        closing(sqlite3.connect(settings.database.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return settings.model_copy(update={"database_url": f"sqlite:///{copy}"})


def _print_transcript(phone: Phone, office: FakeCarrier, actions: list[str]) -> None:
    try:
        for line in transcript(phone, office, actions):
            click.echo(line)
    except NotAKey as error:
        raise click.BadParameter(f"{error} is not a key", param_hint="--keys") from None
    if not phone.ended:
        phone.hang_up()


def _converse(phone: Phone, office: FakeCarrier) -> None:
    _show(phone, office)
    while not phone.ended:
        typed = click.prompt("", prompt_suffix="> ", default="", show_default=False).strip().lower()
        if typed == "?":
            for line in map_here(phone.node):
                click.echo(line)
            continue
        try:
            perform(phone, office, typed or SILENCE)
        except NotAKey:
            click.echo(HELP)
            continue
        _show(phone, office)
        if phone.ended and typed != HANG_UP:
            phone.hang_up()


def _show(phone: Phone, office: FakeCarrier) -> None:
    for line in heard(phone, office):
        click.echo(line)


def _keys_of(code: str) -> list[str]:
    phones = {entry.code: entry.phone for entry in read_entries()}
    if not (phone := phones.get(code)):
        raise click.BadParameter(f"{code} is not a language of the phone line", param_hint="--lang")
    return language_keys(phone)


def _through(app: Flask) -> Callable[[str, Mapping[str, str], Mapping[str, str]], tuple[int, str]]:
    """Return a function that sends requests to the application without a network."""
    client = app.test_client(use_cookies=False)

    def post(path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, str]:
        response = client.post(path, data=form, headers=headers)
        return response.status_code, response.get_data(as_text=True)

    return post
