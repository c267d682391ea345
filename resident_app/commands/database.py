"""`flask database`: upgrade the tables, or set a database of the first version aside."""

import click

from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.database import open_database
from resident_app.migrations.first_version import NotAFileError, NothingToSetAsideError, set_aside
from resident_app.settings import Settings


@click.group()
def database() -> None:
    """The database's tables."""


@database.command()
def upgrade() -> None:
    """Upgrade the tables to this version."""
    database_or_exit(settings_or_exit(Settings))
    click.echo("The tables are up to date.")


@database.command("set-aside")
def set_aside_command() -> None:
    """Rename a database that the first version made, so that a new one can take its place.

    Stop every process first. The jobs and the audit log's heads belong to the old database and go with it.
    Keys and settings stay.
    """
    settings = settings_or_exit(Settings)
    engine = open_database(settings.database)
    try:
        moved = set_aside(engine, settings.instance_dir / "jobs.db", settings.audit_heads_path)
    except NothingToSetAsideError:
        raise click.ClickException("The first version did not make this database: it stays.") from None
    except NotAFileError:
        raise click.ClickException(
            "On PostgreSQL, rename the database (ALTER DATABASE … RENAME TO …) and create an empty one with"
            " the old name, or name another empty one in DATABASE_URL. Do the same with JOBS_URL if it is"
            f" set, and rename {settings.audit_heads_path} if it exists."
        ) from None
    for old, new in moved:
        click.echo(f"{old} is now {new}")
    click.echo("Start again: a new database will be made.")
