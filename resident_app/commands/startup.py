"""How every command starts: settings, a database with today's tables, or an end that says what is wrong."""

from typing import TypeVar

import click
from sqlalchemy import Engine

from resident_app.database import open_database
from resident_app.migrations.state import upgrade
from resident_app.settings import Settings, SettingsError, load_settings

Kind = TypeVar("Kind", bound=Settings)


def settings_or_exit(kind: type[Kind]) -> Kind:
    """Settings of `kind`; a wrong one ends the command with its name."""
    try:
        return load_settings(kind)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def database_or_exit(settings: Settings) -> Engine:
    """The database, its tables brought up to date."""
    try:
        settings.instance_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"INSTANCE_DIR: {settings.instance_dir}: {error.strerror}") from None
    engine = open_database(settings.database)
    try:
        upgrade(engine)
    except Exception as error:
        raise click.ClickException(
            f"DATABASE_URL: the database cannot be used ({type(error).__name__})"
        ) from None
    return engine
