"""`flask demo`: make and describe a demonstration, with made-up people only."""

import json
import os

import click
from sqlalchemy import Engine

from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.casework.retention.schedule import cutoff
from resident_app.clock import utc_now
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.configuration import load_configuration
from resident_app.configuration.codes import Codes
from resident_app.console.context import with_console_keys
from resident_app.database import writing
from resident_app.demonstration.deployment import (
    Ports,
    PortTaken,
    make_keys,
    make_settings_file,
    publish_made_up_cards,
    require_free,
)
from resident_app.demonstration.example_cards import example_cards
from resident_app.demonstration.made_up_cards import MadeUpCard, made_up_cards
from resident_app.demonstration.made_up_requests import make_requests
from resident_app.demonstration.made_up_staff import ADMIN, LEAD, make_staff
from resident_app.demonstration.phones.phone_company import PhoneCompany
from resident_app.demonstration.phones.phone_server import phone_address, serve
from resident_app.register.publication import has_publication, live_edition
from resident_app.register.signatures import BadSignature, load_verify_keys
from resident_app.security.audit_chain import begin_keyed_chain
from resident_app.settings import (
    ConsoleSettings,
    KeyFileSettings,
    PhoneSettings,
    PublicSettings,
)
from resident_app.web.accounts import account_store
from resident_app.web.accounts.enrollment import enrollment_link


@click.group(invoke_without_command=True)
@click.pass_context
def demo(context: click.Context) -> None:
    """Make what the demonstration lacks: keys, a sealed register of made-up people, an office."""
    if context.invoked_subcommand is None:
        _make()


@demo.command()
@click.option("--json", "as_json", is_flag=True, help="Print all the cards as JSON.")
def cards(as_json: bool) -> None:
    """Print made-up cards with their true answers."""
    configuration = load_configuration()
    made_up = made_up_cards(configuration)
    if as_json:
        click.echo(json.dumps([_card_json(card, configuration.codes) for card in made_up], indent=1))
    else:
        _print_examples(made_up, configuration.codes)


@demo.command("free-ports")
def free_ports() -> None:
    """Fail if a port that `make run` needs is taken."""
    try:
        require_free(_ports())
    except PortTaken as error:
        raise click.ClickException(str(error)) from None


@demo.command()
def guide() -> None:
    """Print what to try."""
    settings = settings_or_exit(PublicSettings)
    base_url = settings.base_url
    click.echo(f"\nThe site          {base_url}/")
    if settings.has_made_up_carrier:
        click.echo(f"The phone line    {phone_address(settings)}   (a phone in the browser)")
        click.echo("                  .venv/bin/flask call     (or one in another terminal)")
    else:
        click.echo("The phone line    .venv/bin/flask call        (in another terminal)")
    _print_console()
    configuration = load_configuration()
    _print_examples(made_up_cards(configuration), configuration.codes)


def _print_console() -> None:
    """Print the console's address and how to sign in: with a set-up link until the account has a password."""
    settings = settings_or_exit(ConsoleSettings)
    with writing(with_console_keys(database_or_exit(settings), settings)) as connection:
        account = account_store.find(connection, email=ADMIN)
        link = (
            account_store.new_link(connection, account.id, utc_now())
            if account and not account.password
            else ""
        )
    click.echo(f"The console       {settings.console_url}/")
    if link:
        click.echo(f"  set up {ADMIN}, once:  {enrollment_link(settings.console_url, link)}")
    else:
        click.echo(f"  sign in as {ADMIN}; a new set-up link:  .venv/bin/flask staff link {ADMIN}")
    click.echo(f"  a second person:  .venv/bin/flask staff link {LEAD}\n")


def _ports() -> Ports:
    usual = Ports()
    return Ports(
        int(os.environ.get("PORT") or usual.site),
        int(os.environ.get("CONSOLE_PORT") or usual.console),
        int(os.environ.get("PHONES_PORT") or usual.phones),
    )


def _make() -> None:
    settings = settings_or_exit(KeyFileSettings)
    configuration = load_configuration()
    ports = _ports()
    is_new_log = not settings.audit_key_path.exists()
    make_keys(settings)
    make_settings_file(settings, ports)
    engine, now = database_or_exit(settings), utc_now()
    if is_new_log:
        kept_since = cutoff(configuration.retention, "audit_years", now).date()
        begin_keyed_chain(engine, (), kept_since=kept_since, at=now)
    private_key = settings.instance_dir / "office.private.key"
    if private_key.exists():
        # First, because the events of these requests have times of before: the log is in the order of time.
        make_requests(engine, OfficeKeysFile(private_key), configuration, now)
    make_staff(with_console_keys(engine, settings_or_exit(ConsoleSettings)), now)
    if not has_publication(engine):
        click.echo("Sealing a register of made-up people …")
        publish_made_up_cards(engine, settings, configuration, made_up_cards(configuration))
    elif not _is_marked(engine, settings):
        click.echo(
            "The live edition is not marked as made-up, so pages do not say that this is a demonstration. "
            f"To make a new one, remove {settings.instance_dir}."
        )


def _is_marked(engine: Engine, settings: KeyFileSettings) -> bool:
    """Return whether pages say that this is a demonstration: one that an older version made is not marked."""
    try:
        return live_edition(engine, load_verify_keys(settings.verify_keys_path)).edition.made_up
    except BadSignature:
        return False


@demo.command()
def phones() -> None:
    """Run the demonstration's phone company, and its page: a phone to try in the browser.

    While nobody has the page open, phones answer by themselves, and texts are printed.
    """
    settings = settings_or_exit(PhoneSettings)
    if not settings.has_made_up_carrier:
        raise click.ClickException("TWILIO_API_BASE and TWILIO_ACCOUNT_SID name a real carrier")
    try:
        serve(PhoneCompany(settings, load_configuration().office.line, click.echo), settings)
    except OSError as error:
        raise click.ClickException(f"{settings.twilio_api_base}: {error.strerror}") from None


def _print_examples(made_up: list[MadeUpCard], codes: Codes) -> None:
    click.echo("Made-up cards to try:")
    for example in example_cards(made_up, codes):
        click.echo(
            f"  {example.title:<28} card {example.card_number}   born {example.born_on:%m/%d/%Y}   "
            f"issued {example.issued_on:%m/%d/%Y}   keys {' '.join(example.keys)}"
        )


def _card_json(card: MadeUpCard, codes: Codes) -> dict[str, object]:
    recipients = card.recipients(codes)
    return {
        "card_number": card.card_number,
        "birth_date": card.born_on.isoformat(),
        "issue_date": card.issued_on.isoformat(),
        "answer": card.answer,
        "recipients": {"ice": recipients.ice.value, "others": list(recipients.others)}
        if card.disclosures
        else None,
        "disclosures": [
            {
                "answered_on": disclosure.answered_on.isoformat(),
                "agency": disclosure.agency,
                "office": disclosure.office,
                "released": list(disclosure.released),
                "ground": disclosure.ground,
                "request": disclosure.request,
            }
            for disclosure in card.disclosures
        ],
    }
