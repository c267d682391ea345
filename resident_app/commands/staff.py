"""`flask staff`: manage the console's accounts from the command line of its machine."""

import click
from sqlalchemy import Connection, Engine

from resident_app.casework.cases.bulk_changes import assign_all, open_requests_of
from resident_app.casework.office_keys import load_office_keys
from resident_app.casework.reports import export_requests
from resident_app.clock import utc_now
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.console.context import with_console_keys
from resident_app.console.lead_notices import ABOUT_LINK, ABOUT_OPEN, tell_leads
from resident_app.contact_points import NotAnEmail
from resident_app.database import reading, writing
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited, AuditLogDamaged
from resident_app.settings import ConsoleSettings, SettingsError
from resident_app.web.accounts import account_sealing, account_store, second_person
from resident_app.web.accounts.account_sealing import (
    AlreadySealed,
    seal_first,
    sealing_problem,
    stored_account,
)
from resident_app.web.accounts.account_store import Account, EmailTaken, LastAdmin
from resident_app.web.accounts.enrollment import enrollment_link
from resident_app.web.accounts.second_person import AlreadyAsked, Asker, AskOutcome, people_to_tell
from resident_app.web.accounts.secret_key import AnotherSecretKey, has_another_key
from resident_app.web.accounts.staff_tables import Role

ROLES = [role.value for role in Role]

_EMERGENCY = click.option(
    "--emergency", is_flag=True, help="Without a second person. The audit log and every lead are told."
)
_NEW_KEY = (
    "SECRET_KEY is not the one that this database's accounts were made with. Confirming makes it the one: "
    "every other account must be confirmed too, and what waits for a second person must be asked again."
)
_WAITS = "It waits until a second person allows it, on the console's page Approvals. See --emergency."
_WAITS_ALREADY = "something about this account waits for a second person, on the console's page Approvals"


class _StaffGroup(click.Group):
    """Says in words why nothing was done: the audit log is damaged, or the secret key is another."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (AuditLogDamaged, AnotherSecretKey) as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=_StaffGroup)
def staff() -> None:
    """Accounts of the outreach office."""


@staff.command()
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", default="", help="The person's name, shown to colleagues.")
@_EMERGENCY
def add(email: str, role: str, name: str, emergency: bool) -> None:
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
        token, outcome = _ask_for_link(connection, settings, made, emergency)
    _print_link(settings, token, outcome)


@staff.command()
@click.argument("email")
@_EMERGENCY
def link(email: str, emergency: bool) -> None:
    """Print a new set-up link. Using it replaces the account's password and second factors."""
    settings, engine = _start()
    with writing(engine) as connection:
        account = _existing(connection, email)
        if not account.active:
            raise click.ClickException(f"{email} is closed")
        token, outcome = _ask_for_link(connection, settings, account.id, emergency)
        _audit(connection, account.id, "link")
    _print_link(settings, token, outcome)


@staff.command()
@click.argument("email")
@click.option("--give-to", help="The address of the colleague who gets the open requests.")
@click.option("--to-queue", is_flag=True, help="Put the open requests back into the queue, with nobody.")
def close(email: str, give_to: str | None, to_queue: bool) -> None:
    """Close an account and end its sessions. Somebody must get its open requests."""
    _, engine = _start()
    with reading(engine) as connection:
        account = _existing(connection, email)
        numbers = open_requests_of(connection, account.id)
        colleague = _existing(connection, give_to) if give_to else None
    if numbers and not (colleague or to_queue):
        raise click.ClickException(
            f"{len(numbers)} open requests are assigned to {email}: say --give-to EMAIL, or --to-queue"
        )
    if colleague is not None and (not colleague.active or colleague.id == account.id):
        raise click.ClickException(f"{give_to} cannot get requests")
    with writing(engine) as connection:
        try:
            second_person.close(connection, account.id, utc_now())
        except LastAdmin:
            raise click.ClickException(f"{email} is the only admin") from None
        _audit(connection, account.id, "closed")
        if numbers:
            assign_all(connection, numbers, colleague.id if colleague else None, utc_now())
    click.echo(f"{account.email} is closed and signed out everywhere.")
    if numbers:
        click.echo(f"{len(numbers)} open requests: {colleague.email if colleague else 'back in the queue'}.")


@staff.command()
def seal() -> None:
    """Once, after an upgrade from a version before 0.3.0: authenticate the accounts as they are."""
    _, engine = _start()
    try:
        with writing(engine) as connection:
            count = seal_first(connection, utc_now())
            export_requests.seal_first(connection, utc_now())
    except AlreadySealed:
        raise click.ClickException(
            "accounts were sealed already; see `flask staff confirm` for one that is refused"
        ) from None
    click.echo(f"Accounts sealed: {count}. Everybody signs in again.")


@staff.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_EMERGENCY
def confirm(email: str, yes: bool, emergency: bool) -> None:
    """Confirm an account that the console refuses, and print a new set-up link.

    For a changed SECRET_KEY, or a row that somebody else wrote. Its password, second factors and sessions are
    removed.
    """
    settings, engine = _start()
    with reading(engine) as connection:
        try:
            is_another = has_another_key(connection)
            found = stored_account(connection, email)
        except LookupError:
            raise click.ClickException(f"{email} has a role that does not exist") from None
    if found is None:
        raise click.ClickException(f"{email} has no account")
    state = "open" if found.active else "closed"
    if is_another:
        click.echo(_NEW_KEY, err=True)
    click.echo(f"The database says: {found.email}, {found.role.value}, {state}.", err=True)
    if not yes:
        click.confirm("Is this right?", abort=True, err=True)
    with writing(engine) as connection:
        account_sealing.confirm(connection, found, utc_now())
        _audit(connection, found.id, "confirmed")
        token, outcome = _ask_for_link(connection, settings, found.id, emergency)
    _print_link(settings, token, outcome)


@staff.command("open")
@click.argument("email")
@_EMERGENCY
def open_(email: str, emergency: bool) -> None:
    """Reopen a closed account, with the password and second factors it had."""
    settings, engine = _start()
    with writing(engine) as connection:
        account = _existing(connection, email)
        try:
            outcome = second_person.ask_to_open(connection, account.id, _asker(emergency))
        except AlreadyAsked:
            raise click.ClickException(_WAITS_ALREADY) from None
        _audit(connection, account.id, "opened-asked" if outcome is AskOutcome.WAITS else "opened")
        if outcome is AskOutcome.ALONE:
            _tell(connection, settings, ABOUT_OPEN.format(email=account.email))
    if outcome is AskOutcome.WAITS:
        click.echo(_WAITS)
    else:
        click.echo(f"{account.email} is open.")


@staff.command("list")
def list_() -> None:
    """List the accounts: e-mail, role, state, name."""
    _, engine = _start()
    with reading(engine) as connection:
        accounts = account_store.every_account(connection)
        refused = account_store.count_refused(connection)
        problem = sealing_problem(connection)
    for account in accounts:
        line = f"{account.email:<40} {account.role.value:<8} {_state(account):<8} {account.name}"
        click.echo(line.rstrip())
    click.echo(f"{len(accounts)} accounts")
    if refused:
        why = problem or "see “Accounts that are refused” in docs/console.md"
        click.echo(f"Accounts that the console refuses: {refused}; {why}", err=True)


def _start() -> tuple[ConsoleSettings, Engine]:
    settings = settings_or_exit(ConsoleSettings)
    return settings, with_console_keys(database_or_exit(settings), settings)


def _existing(connection: Connection, email: str) -> Account:
    if has_another_key(connection):
        raise AnotherSecretKey
    account = account_store.find(connection, email=email)
    if account is None:
        raise click.ClickException(f"{email} has no account")
    return account


def _state(account: Account) -> str:
    if not account.active:
        return "closed"
    return "open" if account.password else "invited"


def _asker(emergency: bool) -> Asker:
    return Asker(None, utc_now(), emergency)


def _ask_for_link(
    connection: Connection, settings: ConsoleSettings, account: int, emergency: bool
) -> tuple[str, AskOutcome]:
    """Make a set-up link, or ask for it. Every lead is told if one person is enough."""
    try:
        token, outcome = second_person.ask_for_link(connection, account, _asker(emergency))
    except AlreadyAsked:
        raise click.ClickException(_WAITS_ALREADY) from None
    found = account_store.find(connection, id=account)
    if outcome is AskOutcome.ALONE and found:
        _tell(connection, settings, ABOUT_LINK.format(email=found.email))
    return token, outcome


def _tell(connection: Connection, settings: ConsoleSettings, what: str) -> None:
    """Queue an e-mail to every lead. Without the office's key they see it at their next sign-in alone."""
    if not people_to_tell(connection, None):
        return
    try:
        keys = load_office_keys(settings.office_private_key_path)
    except SettingsError:
        click.echo("No e-mail to the leads was queued: the office's private key is not here.", err=True)
        return
    tell_leads(connection, keys, what, None, "the command line of the console's machine", utc_now())


def _print_link(settings: ConsoleSettings, token: str, outcome: AskOutcome) -> None:
    hours = int(account_store.LINK_IS_GOOD_FOR.total_seconds()) // 3600
    click.echo(enrollment_link(settings.console_url, token))
    if outcome is AskOutcome.WAITS:
        click.echo(_WAITS, err=True)
    click.echo(
        f"It works once, within {hours} hours. Give it to the person where only they can see it.", err=True
    )


def _audit(connection: Connection, account: int, what: str) -> None:
    """Record a change without an actor: the command line has no account."""
    audit_log.record(
        connection, Audited.ACCOUNT_CHANGED, actor_id=None, at=utc_now(), account=account, what=what
    )
