"""`flask staff`: manage the console's accounts from the command line of its machine."""

import click
from sqlalchemy import Connection, Engine

from resident_app.clock import utc_now
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.console.context import with_console_keys
from resident_app.contact_points import NotAnEmail
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.settings import ConsoleSettings
from resident_app.web.accounts import account_sealing, account_store
from resident_app.web.accounts.account_sealing import AlreadySealed, seal_first, stored_account
from resident_app.web.accounts.account_store import Account, EmailTaken, LastAdmin
from resident_app.web.accounts.enrollment import enrollment_link
from resident_app.web.accounts.staff_tables import Role

ROLES = [role.value for role in Role]


@click.group()
def staff() -> None:
    """Accounts of the outreach office."""


@staff.command()
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", default="", help="The person's name, shown to colleagues.")
def add(email: str, role: str, name: str) -> None:
    """Add an account and print its one-time set-up link."""
    settings, engine = _start()
    with writing(engine) as connection:
        try:
            made = account_store.add(connection, email, Role(role), utc_now(), name)
        except NotAnEmail:
            raise click.ClickException(f"{email} is not an e-mail address") from None
        except EmailTaken:
            raise click.ClickException(f"{email} already has an account; see `flask staff link`") from None
        _audit(connection, made, "added")
        token = account_store.new_link(connection, made, utc_now())
    _print_link(settings, token)


@staff.command()
@click.argument("email")
def link(email: str) -> None:
    """Print a new set-up link. Using it replaces the account's password and second factors."""
    settings, engine = _start()
    with writing(engine) as connection:
        account = _existing(connection, email)
        if not account.active:
            raise click.ClickException(f"{email} is closed")
        token = account_store.new_link(connection, account.id, utc_now())
        _audit(connection, account.id, "link")
    _print_link(settings, token)


@staff.command()
@click.argument("email")
def close(email: str) -> None:
    """Close an account and end its sessions."""
    _, engine = _start()
    with writing(engine) as connection:
        account = _existing(connection, email)
        try:
            account_store.close(connection, account.id, utc_now())
        except LastAdmin:
            raise click.ClickException(f"{email} is the only admin") from None
        _audit(connection, account.id, "closed")
    click.echo(f"{account.email} is closed and signed out everywhere.")


@staff.command()
def seal() -> None:
    """Once, after an upgrade from a version before 0.3.0: authenticate the accounts as they are."""
    _, engine = _start()
    try:
        with writing(engine) as connection:
            count = seal_first(connection, utc_now())
    except AlreadySealed:
        raise click.ClickException(
            "accounts were sealed already; see `flask staff confirm` for one that is refused"
        ) from None
    click.echo(f"Accounts sealed: {count}. Everybody signs in again.")


@staff.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def confirm(email: str, yes: bool) -> None:
    """Confirm an account that the console refuses, and print a new set-up link.

    For a changed SECRET_KEY, or a row that somebody else wrote. Its password, second factors and sessions are
    removed.
    """
    settings, engine = _start()
    with reading(engine) as connection:
        try:
            found = stored_account(connection, email)
        except LookupError:
            raise click.ClickException(f"{email} has a role that does not exist") from None
    if found is None:
        raise click.ClickException(f"{email} has no account")
    state = "open" if found.active else "closed"
    click.echo(f"The database says: {found.email}, {found.role.value}, {state}.", err=True)
    if not yes:
        click.confirm("Is this right?", abort=True, err=True)
    with writing(engine) as connection:
        account_sealing.confirm(connection, found, utc_now())
        _audit(connection, found.id, "confirmed")
        token = account_store.new_link(connection, found.id, utc_now())
    _print_link(settings, token)


@staff.command("open")
@click.argument("email")
def open_(email: str) -> None:
    """Reopen a closed account, with the password and second factors it had."""
    _, engine = _start()
    with writing(engine) as connection:
        account = _existing(connection, email)
        account_store.reopen(connection, account.id, utc_now())
        _audit(connection, account.id, "opened")
    click.echo(f"{account.email} is open.")


@staff.command("list")
def list_() -> None:
    """List the accounts: e-mail, role, state, name."""
    _, engine = _start()
    with reading(engine) as connection:
        accounts = account_store.every_account(connection)
    for account in accounts:
        line = f"{account.email:<40} {account.role.value:<8} {_state(account):<8} {account.name}"
        click.echo(line.rstrip())
    click.echo(f"{len(accounts)} accounts")


def _start() -> tuple[ConsoleSettings, Engine]:
    settings = settings_or_exit(ConsoleSettings)
    return settings, with_console_keys(database_or_exit(settings), settings)


def _existing(connection: Connection, email: str) -> Account:
    account = account_store.find(connection, email=email)
    if account is None:
        raise click.ClickException(f"{email} has no account")
    return account


def _state(account: Account) -> str:
    if not account.active:
        return "closed"
    return "open" if account.password else "invited"


def _print_link(settings: ConsoleSettings, token: str) -> None:
    hours = int(account_store.LINK_IS_GOOD_FOR.total_seconds()) // 3600
    click.echo(enrollment_link(settings.console_url, token))
    click.echo(
        f"It works once, within {hours} hours. Give it to the person where only they can see it.", err=True
    )


def _audit(connection: Connection, account: int, what: str) -> None:
    """Record a change without an actor: the command line has no account."""
    audit_log.record(
        connection, Audited.ACCOUNT_CHANGED, actor_id=None, at=utc_now(), account=account, what=what
    )
