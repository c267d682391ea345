"""Start a command: load settings and open the database, or exit with one line that says why not."""

from typing import TypeVar

import click
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine

from resident_app.database import open_database
from resident_app.migrations.state import FirstVersionError, upgrade
from resident_app.private_files import make_private_folder
from resident_app.security.audit_keys import load_audit_keys
from resident_app.security.audit_log import with_audit_log
from resident_app.settings import AuditSettings, Settings, SettingsError, load_settings

SettingsType = TypeVar("SettingsType", bound=Settings)


def settings_or_exit(settings_type: type[SettingsType]) -> SettingsType:
    """Load settings. Raises ClickException, which names a setting that is missing or wrong."""
    try:
        return load_settings(settings_type)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def database_or_exit(settings: Settings) -> Engine:
    """Open the database and upgrade its tables. Raises ClickException.

    With AuditSettings, the command may record in the audit log.
    """
    try:
        make_private_folder(settings.instance_dir)
    except OSError as error:
        raise click.ClickException(f"INSTANCE_DIR: {settings.instance_dir}: {error.strerror}") from None
    engine = open_database(settings.database)
    try:
        upgrade(engine)
    except FirstVersionError as error:
        raise click.ClickException(f"DATABASE_URL: {error}") from None
    except Exception as error:
        engine.dispose()
        if isinstance(getattr(error, "orig", None), InsufficientPrivilege):
            raise click.ClickException(
                "DATABASE_URL: the tables are not up to date, and this role may not change them; "
                "run `flask database upgrade` as their owner"
            ) from None
        raise click.ClickException(
            f"DATABASE_URL: the database cannot be used ({type(error).__name__})"
        ) from None
    if not isinstance(settings, AuditSettings):
        return engine
    try:
        return with_audit_log(engine, load_audit_keys(settings.audit_key_path))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
