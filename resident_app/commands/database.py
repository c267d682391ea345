"""`flask database`: upgrade the tables, give roles their rights, set the first version's aside."""

import click

from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.database import open_database, writing
from resident_app.database_roles import (
    DatabaseRole,
    UnlistedTables,
    apply_roles,
    has_roles,
    role_statements,
)
from resident_app.migrations.first_version import NotAFileError, NothingToSetAsideError, set_aside
from resident_app.settings import Settings


@click.group()
def database() -> None:
    """The database's tables."""


@database.command()
def upgrade() -> None:
    """Upgrade the tables to this version."""
    engine = database_or_exit(settings_or_exit(Settings))
    with writing(engine) as connection:
        if has_roles(connection):
            apply_roles(connection)
    engine.dispose()
    click.echo("The tables are up to date.")


@database.command()
@click.option("--apply", is_flag=True, help="Run the statements instead of printing them.")
def roles(apply: bool) -> None:
    """Print the SQL that gives each process its own PostgreSQL role with the least rights.

    DATABASE_URL names the owner of the tables. Passwords are not in it: see docs/operating.md.
    """
    engine = database_or_exit(settings_or_exit(Settings))
    if engine.dialect.name != "postgresql":
        raise click.ClickException("SQLite has no roles: who can write to its file can change everything.")
    try:
        with writing(engine) as connection:
            if not apply:
                for statement in role_statements(connection):
                    click.echo(f"{statement};")
                return
            apply_roles(connection)
    except UnlistedTables as error:
        raise click.ClickException(f"resident_app/database_roles.py has no entry for: {error}") from None
    finally:
        engine.dispose()
    click.echo("Each role has its rights: " + ", ".join(role.user for role in DatabaseRole))


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
