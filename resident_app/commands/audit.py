"""`flask audit`: verify the audit log's keyed chain, print its head, begin the chain and change its key."""

from datetime import date
from pathlib import Path

import click
from sqlalchemy import Engine

from resident_app.casework.retention.schedule import cutoff
from resident_app.clock import utc_now
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.configuration import load_configuration
from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_chain import Head, Verified, begin_keyed_chain, snapshot
from resident_app.security.audit_chain import verify as verified
from resident_app.security.audit_heads import (
    NotAHead,
    kept_heads,
    read_head,
    read_heads,
    take_head,
    written,
)
from resident_app.security.audit_keys import add_audit_key, load_audit_keys
from resident_app.security.audit_log import Audited, AuditLogDamaged, with_audit_log
from resident_app.settings import AuditSettings


@click.group()
def audit() -> None:
    """The audit log: what staff did, each event with the keyed hash of the one before."""


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

    The heads on this machine are compared too. Give heads that you kept elsewhere to find out whether
    somebody removed the end of the log together with the heads on this machine.
    """
    settings = settings_or_exit(AuditSettings)
    known = [*_known(heads, files), *_known_here(settings)]
    result = _verified(database_or_exit(settings), known)
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
    settings = settings_or_exit(AuditSettings)
    engine = database_or_exit(settings)
    try:
        click.echo(written(take_head(engine, utc_now(), settings.audit_heads_path)))
    except AuditLogDamaged as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"AUDIT_HEADS_FILE: {error.filename}: {error.strerror}") from None


@audit.command()
def begin() -> None:
    """Key the log of an older version, once. It is verified, and an event names its head."""
    settings = settings_or_exit(AuditSettings)
    engine = database_or_exit(settings)
    old = begin_keyed_chain(engine, _known_here(settings), kept_since=_kept_since(), at=utc_now())
    if old is None:
        click.echo("The log is empty or keyed already.")
        return
    if not old.ok:
        raise click.ClickException(_first_fault(old))
    click.echo(f"The log is keyed from event {old.head.number + 1}. Before it: {written(old.head)}")


@audit.command()
def rotate() -> None:
    """Add a new audit key. First stop the console and the worker; then copy the file to their machines."""
    settings = settings_or_exit(AuditSettings)
    engine = database_or_exit(settings)
    result = _verified(engine, _known_here(settings))
    if not result.ok:
        raise click.ClickException(_first_fault(result))
    try:
        add_audit_key(settings.audit_key_path)
    except OSError as error:
        raise click.ClickException(f"AUDIT_KEY_FILE: {error.filename}: {error.strerror}") from None
    keys = load_audit_keys(settings.audit_key_path)
    with writing(with_audit_log(engine, keys), durable=True) as connection:
        audit_log.record(
            connection,
            Audited.KEY_CHANGED,
            actor_id=None,
            at=utc_now(),
            what="audit-key",
            key=keys.newest.id,
        )
    click.echo(f"{keys.newest.id} is the audit key now. {len(keys.keys) - 1} older verify older events.")


def _verified(engine: Engine, known: list[Head]) -> Verified:
    with snapshot(engine) as connection:
        return verified(connection, known, kept_since=_kept_since())


def _kept_since() -> date:
    return cutoff(load_configuration().retention, "audit_years", utc_now()).date()


def _known_here(settings: AuditSettings) -> list[Head]:
    try:
        return kept_heads(settings.audit_heads_path, settings.newest_audit_head_path)
    except NotAHead as error:
        raise click.ClickException(f"AUDIT_HEADS_FILE: not a head: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"AUDIT_HEADS_FILE: {error}") from None


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
