"""`flask keys make`: the public process's keys, the signing keys and the audit key, each into its file."""

import click

from resident_app.commands.startup import settings_or_exit
from resident_app.register.key_files import make_key_files
from resident_app.settings import KeyFileSettings


@click.group()
def keys() -> None:
    """Make keys."""


@keys.command()
def make() -> None:
    """Write every key file that is not there yet, mode 0600. Nothing is overwritten."""
    try:
        written = make_key_files(settings_or_exit(KeyFileSettings))
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    if not written:
        click.echo("Every key file is there already.")
    for path, holder in written:
        click.echo(f"{path}\n    for {holder}")
