"""`flask register`: make a key, seal, publish, roll back, check."""

from pathlib import Path

import click

from resident_app.records.key import make_register_key
from resident_app.settings import RegisterSettings, SettingsError, load_settings


def settings_or_exit() -> RegisterSettings:
    """The register's settings; a wrong one ends the command with its name."""
    try:
        return load_settings(RegisterSettings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


@click.group()
def register() -> None:
    """Seal, publish and check the register."""


@register.command()
@click.argument("file", type=click.Path(path_type=Path))
def keygen(file: Path) -> None:
    """Write a new register key to FILE."""
    try:
        make_register_key(file)
    except FileExistsError:
        raise click.ClickException(f"{file} exists; it is not overwritten") from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    click.echo(f"Wrote {file}. Keep a copy where no copy of the database is kept.")
