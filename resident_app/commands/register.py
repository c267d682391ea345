"""`flask register`: make the key, seal, publish, roll back, check a record."""

import json
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypedDict

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from sqlalchemy import Engine

from resident_app.clock import today
from resident_app.commands.seal import seal, seal_worker
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.configuration import load_configuration
from resident_app.configuration.codes import Codes
from resident_app.public_context import open_evaluator, open_register
from resident_app.register.check import Answer, AnswerKind
from resident_app.register.edition import Edition
from resident_app.register.evaluator.evaluator_client import EvaluatorDown
from resident_app.register.facts import Facts, NotACardNumber, NotADate, birth_date, issue_date
from resident_app.register.publication import (
    KeyMissing,
    LiveEdition,
    NothingEarlier,
    NothingPublished,
    count_envelopes,
    live_edition,
    publish,
    roll_back,
)
from resident_app.register.recipients import find_recipients
from resident_app.register.register_key import make_register_key
from resident_app.register.sealed_file import NotASealedFile
from resident_app.register.signatures import (
    BadSignature,
    SigningKey,
    VerifyKeys,
    load_signing_key,
    load_verify_keys,
)
from resident_app.register.typed_card_number import typed_card_number
from resident_app.settings import CheckSettings, PublisherSettings, SettingsError, VerifyKeySettings


@click.group()
def register() -> None:
    """Seal, publish and check the register."""


class DisclosureJson(TypedDict):
    """One disclosure in `flask register check --json`. The date is ISO 8601."""

    answered_on: str
    agency: str
    office: str
    released: list[str]
    ground: str
    request: str


class EditionJson(TypedDict):
    """The edition behind an answer. Dates are ISO 8601, the id is hexadecimal."""

    id: str
    period_from: str
    period_to: str
    systems: list[str]
    sealed_on: str
    made_up: bool


class RecipientsJson(TypedDict):
    """Who received the record: what the records say of ICE, and the codes of the other agencies."""

    ice: str
    others: list[str]


class AnswerJson(TypedDict):
    """The whole answer of `flask register check --json`. `recipients` is null unless it is shared."""

    answer: str
    recipients: RecipientsJson | None
    disclosures: list[DisclosureJson]
    more: int
    edition: EditionJson


register.add_command(seal)
register.add_command(seal_worker)


@register.command()
@click.argument("file", type=click.Path(path_type=Path))
def keygen(file: Path) -> None:
    """Write a new register key to FILE."""
    try:
        make_register_key(file)
    except FileExistsError:
        raise click.ClickException(f"{file} already exists and was not overwritten") from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    click.echo(f"Wrote {file}. Keep a copy of it, but never where you keep copies of the database.")


@register.command("publish")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def publish_command(file: Path) -> None:
    """Load the sealed FILE and make it the live edition."""
    settings = settings_or_exit(PublisherSettings)
    engine = database_or_exit(settings)
    try:
        verify, publisher = load_verify_keys(settings.verify_keys_path), _publisher(settings)
        held = open_evaluator(settings).key_ids()
        with _bar() as bar:
            task = bar.add_task("")
            for step in publish(engine, file, verify, publisher, held, datetime.now(UTC)):
                bar.update(task, completed=step.loaded, total=step.total)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except NotASealedFile as error:
        raise click.ClickException(f"{file}: {error}") from None
    except EvaluatorDown:
        raise click.ClickException(
            f"the evaluator does not answer at {settings.evaluator_address}; start it with `flask evaluator`"
        ) from None
    except KeyMissing:
        raise click.ClickException(
            f"{file}: the evaluator does not hold the register key of this edition; nothing is changed"
        ) from None
    click.echo(_describe(_live_or_exit(engine, verify)))


@register.command()
def rollback() -> None:
    """Switch to the edition that was live before."""
    settings = settings_or_exit(PublisherSettings)
    engine = database_or_exit(settings)
    try:
        verify = load_verify_keys(settings.verify_keys_path)
        roll_back(engine, _publisher(settings), datetime.now(UTC))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except NothingEarlier:
        raise click.ClickException("there is no earlier edition to roll back to") from None
    click.echo(_describe(_live_or_exit(engine, verify)))


@register.command()
def status() -> None:
    """Print which edition is live."""
    settings = settings_or_exit(VerifyKeySettings)
    engine = database_or_exit(settings)
    try:
        live = _live_or_exit(engine, load_verify_keys(settings.verify_keys_path))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_describe(live))
    count = count_envelopes(engine, live)
    if count != live.edition.envelopes:
        raise click.ClickException(f"only {count:,} envelopes are in the database; publish the file again")


@register.command()
@click.option("--stdin", is_flag=True, help="Read the three facts as JSON from standard input.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def check(stdin: bool, as_json: bool) -> None:
    """Ask for the three facts and print the answer.

    The JSON on standard input is an object with card_number, birth_date and issue_date (YYYY-MM-DD
    or MM/DD/YYYY), or with the field names of the site's form.
    """
    settings = settings_or_exit(CheckSettings)
    engine = database_or_exit(settings)
    try:
        configuration = load_configuration()
        at_once = len(os.sched_getaffinity(0))
        opened = open_register(settings, configuration, at_once)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    facts = _parse_facts(_read_facts(stdin), today(configuration, datetime.now(UTC)))
    answer = opened.check_record(facts, source=None)
    edition = answer.edition or _live_or_exit(engine, load_verify_keys(settings.verify_keys_path)).edition
    click.echo(
        json.dumps(_answer_json(answer, edition, configuration.codes), indent=2)
        if as_json
        else answer.kind.value
    )


def _bar() -> Progress:
    return Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True))


def _publisher(settings: PublisherSettings) -> SigningKey:
    return load_signing_key(settings.publisher_key_path, "publisher", "PUBLISHER_KEY_FILE")


def _live_or_exit(engine: Engine, keys: VerifyKeys) -> LiveEdition:
    try:
        return live_edition(engine, keys)
    except BadSignature:
        raise click.ClickException("the live edition's pointer was not signed by our publisher") from None
    except NothingPublished:
        raise click.ClickException("no edition is published") from None


def _describe(live: LiveEdition) -> str:
    edition = live.edition
    return (
        f"Live: edition {edition.id.hex()}, {edition.envelopes:,} envelopes, "
        f"records from {edition.period_from} to {edition.period_to}, sealed on {edition.sealed_on}"
        + (", of made-up people" if edition.made_up else "")
    )


def _read_facts(stdin: bool) -> dict[str, object]:
    """Read the three facts as they were typed. They never come from arguments, which a shell remembers."""
    if not stdin:
        return {
            "card_number": click.prompt("Card number (4d LIC#)", err=True),
            "birth_date": click.prompt("Birth date (3 DOB), YYYY-MM-DD or MM/DD/YYYY", err=True),
            "issue_date": click.prompt("Issue date (4a ISS), YYYY-MM-DD or MM/DD/YYYY", err=True),
        }
    try:
        typed: object = json.load(sys.stdin)
    except ValueError:
        typed = None
    if not isinstance(typed, dict):
        raise click.ClickException("standard input must be one JSON object")
    return typed


def _parse_facts(typed: dict[str, object], day: date) -> Facts:
    """Parse the facts. Raises ClickException, which names a wrong one without repeating it."""
    wrong = "card_number"
    try:
        card = typed_card_number(str(typed.get("card_number", "")))
        wrong = "birth_date"
        born = birth_date(*_parse_date(typed, "birth", "born_on"), today=day)
        wrong = "issue_date"
        issued = issue_date(*_parse_date(typed, "issue", "issued_on"), born=born, today=day)
    except (NotACardNumber, NotADate):
        raise click.ClickException(f"{wrong} is missing or not valid") from None
    return Facts(card, born, issued)


def _parse_date(typed: dict[str, object], name: str, column: str) -> tuple[int, int, int]:
    """Return year, month and day from one date or from three fields. Raises NotADate."""
    whole = typed.get(f"{name}_date") or typed.get(column)
    try:
        if whole is None:
            year, month, day = (str(typed[f"{name}_{part}"]) for part in ("year", "month", "day"))
        elif "/" in str(whole):
            month, day, year = str(whole).strip().split("/")
        else:
            year, month, day = str(whole).strip().split("-")
        return int(year), int(month), int(day)
    except (KeyError, TypeError, ValueError):
        raise NotADate from None


def _answer_json(answer: Answer, edition: Edition, codes: Codes) -> AnswerJson:
    to = find_recipients(answer.found, codes)
    shared = answer.kind is AnswerKind.SHARED
    return {
        "answer": answer.kind.value,
        "recipients": {"ice": to.ice.value, "others": list(to.others)} if shared else None,
        "disclosures": [
            {
                "answered_on": disclosure.answered_on.isoformat(),
                "agency": disclosure.agency,
                "office": disclosure.office,
                "released": list(disclosure.released),
                "ground": disclosure.ground,
                "request": disclosure.request,
            }
            for disclosure in answer.disclosures
        ],
        "more": answer.more,
        "edition": {
            "id": edition.id.hex(),
            "period_from": edition.period_from.isoformat(),
            "period_to": edition.period_to.isoformat(),
            "systems": list(edition.systems),
            "sealed_on": edition.sealed_on.isoformat(),
            "made_up": edition.made_up,
        },
    }
