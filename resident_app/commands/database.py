"""`flask database`: upgrade the tables."""

import click

from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.settings import Settings


@click.group()
def database() -> None:
    """The database's tables."""


@database.command()
def upgrade() -> None:
    """Upgrade the tables to this version."""
    database_or_exit(settings_or_exit(Settings))
    click.echo("The tables are up to date.")
