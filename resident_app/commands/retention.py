"""`flask retention`: show what is due for removal, remove it, and keep the erasure log."""

from pathlib import Path

import click

from resident_app.casework.office_keys import load_office_keys
from resident_app.casework.retention import erasure_log as log
from resident_app.casework.retention.purge import due_now, purge, settle
from resident_app.casework.retention.schedule import kept_for
from resident_app.clock import utc_now
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.configuration import load_configuration
from resident_app.database import reading
from resident_app.settings import AuditSettings, OfficeSettings, Settings, SettingsError


@click.group()
def retention() -> None:
    """How long records are kept: config/retention.toml."""


@retention.command()
def status() -> None:
    """Print the schedule, and how many records of each kind are due."""
    engine = database_or_exit(settings_or_exit(Settings))
    rules = load_configuration().retention
    with reading(engine) as connection:
        for due in due_now(connection, rules, utc_now()):
            rule = due.rule
            click.echo(
                f"{rule.setting:<20}{kept_for(rules, rule.setting):>10}{due.count:>9} due   {rule.says}"
            )


@retention.command()
def run() -> None:
    """Remove what is due. The worker does this every day."""
    settings = settings_or_exit(OfficeSettings)
    engine = database_or_exit(settings)
    try:
        keys = load_office_keys(settings.office_private_key_path)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    removed = purge(engine, keys, load_configuration().retention, utc_now())
    for one in removed:
        if one.count or one.unopened:
            click.echo(f"{one.rule.setting:<20}{one.count:>9} removed   {one.rule.says}")
        if one.unopened:
            click.echo(f"{'':<20}{one.unopened:>9} open with no key of the office and are kept")
    if not any(one.count or one.unopened for one in removed):
        click.echo("Nothing is due.")


@retention.command()
def erasure_log() -> None:
    """Print the erasure log: one line for each erased request, for `flask retention erase-again`."""
    with reading(database_or_exit(settings_or_exit(Settings))) as connection:
        for line in log.erasure_log_lines(connection):
            click.echo(line)


@retention.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def erase_again(file: Path) -> None:
    """Erase the requests of an erasure log FILE again, after the database was restored."""
    try:
        gone = log.read_erasure_log(file.read_text(encoding="ascii").splitlines())
    except log.NotAnErasureLog as error:
        raise click.ClickException(
            f"{file}: line {error} is not of an erasure log; nothing was erased"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from None
    engine = database_or_exit(settings_or_exit(AuditSettings))
    count = log.erase_again(engine, gone, utc_now())
    settle(engine)
    click.echo(f"{len(gone)} requests in the erasure log; {count} were back and are erased again.")
