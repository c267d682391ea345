"""`flask audit`: verify the audit log's hash chain, and print its head to keep elsewhere."""

from pathlib import Path

import click

from resident_app.casework.retention.schedule import cutoff
from resident_app.clock import utc_now
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.configuration import load_configuration
from resident_app.security.audit_chain import Head, Verified, snapshot
from resident_app.security.audit_chain import verify as verified
from resident_app.security.audit_heads import NotAHead, read_head, read_heads, take_head, written
from resident_app.settings import Settings


@click.group()
def audit() -> None:
    """The audit log: what staff did, each event with the hash of the one before."""


@audit.command()
@click.option("--head", "heads", multiple=True, metavar="NUMBER:HASH", help="A head that you kept elsewhere.")
@click.option(
    "--heads",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of heads, one on each line: DATE NUMBER HASH.",
)
def verify(heads: tuple[str, ...], files: tuple[Path, ...]) -> None:
    """Find events that were edited, removed, reordered or inserted. The exit status is then 1.

    Give a head that you kept elsewhere to find out whether the end of the log was removed.
    """
    known = _known(heads, files)
    engine = database_or_exit(settings_or_exit(Settings))
    kept_since = cutoff(load_configuration().retention, "audit_years", utc_now()).date()
    with snapshot(engine) as connection:
        result = verified(connection, known, kept_since=kept_since)
    if not result.ok:
        raise click.ClickException(_first_fault(result))
    against = f", with {len(known)} kept head{'s' if len(known) > 1 else ''}" if known else ""
    if not result.count:
        click.echo(f"The audit log is empty{against}.")
        return
    click.echo(
        f"Events {result.first} to {result.head.number} are unchanged{against}. Head: {written(result.head)}"
    )


@audit.command()
def head() -> None:
    """Print the log's head (DATE NUMBER HASH) to keep elsewhere, and append it to AUDIT_HEADS_FILE."""
    settings = settings_or_exit(Settings)
    engine = database_or_exit(settings)
    try:
        click.echo(written(take_head(engine, utc_now(), settings.audit_heads_path)))
    except OSError as error:
        raise click.ClickException(f"AUDIT_HEADS_FILE: {error.filename}: {error.strerror}") from None


def _known(heads: tuple[str, ...], files: tuple[Path, ...]) -> list[Head]:
    try:
        return [read_head(text) for text in heads] + [head for file in files for head in read_heads(file)]
    except NotAHead as error:
        raise click.ClickException(f"not a head: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"--heads: {error}") from None


def _first_fault(result: Verified) -> str:
    first = result.findings[0]
    others = len(result.findings) + result.more - 1
    and_more = f" ({others} more)" if others else ""
    return f"event {first.number}: {first.fault.value}{and_more}"
