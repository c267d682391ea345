"""`flask office keygen`, `rotate`, `reseal`, `retire`, `public-key`: the office's key and its rotation."""

import time
from pathlib import Path

import click

from resident_app.casework.key_rotation import add_key, keep_newest, publish
from resident_app.casework.office_keys import OfficeKeys, load_office_keys, make_office_keys
from resident_app.casework.resealing import older_key_use, reseal_some
from resident_app.clock import utc_now
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.database import writing
from resident_app.intake.office_public_key import load_public_key
from resident_app.private_files import write_private
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.settings import AuditSettings, OfficeSettings, SettingsError

SETTLED_SECONDS = 60
"""A request that was sealed just before the public key changed is stored within this time."""

_FILE = click.Path(path_type=Path, dir_okay=False)
_private = click.option("--private", type=_FILE, required=True, help="The file of the office's private keys.")


@click.command()
@click.option("--private", type=click.Path(path_type=Path), required=True)
@click.option("--public", type=click.Path(path_type=Path), required=True)
def keygen(private: Path, public: Path) -> None:
    """Write a new key pair: the private key for the office, the public key for the site."""
    private_text, public_text = make_office_keys()
    if private.absolute() == public.absolute():
        raise click.ClickException("--private and --public must be two different files")
    for path in (private, public):
        if path.exists():
            raise click.ClickException(f"{path} exists; it is not overwritten")
    try:
        write_private(private, private_text.encode())
        public.write_text(public_text, encoding="ascii")
    except OSError as error:
        private.unlink(missing_ok=True)
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    click.echo(f"Wrote {private} and {public}. No request can be opened without the private key.")


@click.command()
@_private
@click.option("--public", type=_FILE, help="The site's public key file.")
@click.option("--private-only", is_flag=True, help="Print the new public key, for a site on another machine.")
def rotate(private: Path, public: Path | None, private_only: bool) -> None:
    """Add a new private key in front of the old ones, and give its public key to the site.

    No process needs a restart. The worker reseals everything to the new key; then run
    `flask office retire`.
    """
    if private_only == (public is not None):
        raise click.ClickException("give --public FILE, or --private-only")
    keys = _load(private)
    if public is None:
        keys = _add(private)
        click.echo(f"Made {keys.newest.public.id}. Its public key, for the site:", err=True)
        click.echo(keys.newest.public.line, nl=False)
        return
    engine = database_or_exit(settings_or_exit(AuditSettings))
    in_use = _public_id(public)
    if in_use not in keys.ids:
        raise click.ClickException(f"{public} does not belong to {private}; nothing was changed")
    if in_use == keys.newest.public.id:
        keys = _add(private)
    else:
        click.echo("Finishing a rotation that was interrupted.", err=True)
    new = keys.newest.public.id
    with writing(engine, durable=True) as connection:
        audit_log.record(
            connection,
            Audited.KEY_CHANGED,
            actor_id=None,
            at=utc_now(),
            what="rotated",
            key=new,
            before=in_use,
        )
    try:
        publish(keys, public)
    except OSError as error:
        raise click.ClickException(f"{public}: {error.strerror}; run the command again") from None
    click.echo(f"{new} is the office's key now. {in_use} still opens what was sealed to it.")


@click.command("public-key")
@_private
def public_key(private: Path) -> None:
    """Print the newest public key, as it is in the site's file."""
    click.echo(_load(private).newest.public.line, nl=False)


@click.command()
def reseal() -> None:
    """Reseal everything to the newest key. The worker does this by itself."""
    settings = settings_or_exit(OfficeSettings)
    engine = database_or_exit(settings)
    keys = _load(settings.office_private_key_path)
    while left := reseal_some(engine, keys):
        click.echo(f"{left} left")
    click.echo(f"Everything that the office can open is sealed to {keys.newest.public.id}.")


@click.command()
@_private
@click.option(
    "--public", type=_FILE, help="The site's public key file, to verify that it holds the newest key."
)
@click.option("--public-key-id", help="The id of the site's key, if its file is on another machine.")
def retire(private: Path, public: Path | None, public_key_id: str | None) -> None:
    """Remove the old private keys when nothing needs them anymore."""
    settings = settings_or_exit(AuditSettings)
    keys = _load(private)
    if len(keys.ids) == 1:
        click.echo(f"{keys.newest.public.id} is the only key.")
        return
    _require_in_use(keys, public or settings.instance_dir / "office.public.key", public_key_id)
    engine = database_or_exit(settings)
    needs = older_key_use(engine, keys)
    if needs.needed:
        raise click.ClickException(
            f"{needs.needed} sealed records still need an old key: "
            "wait for the worker, or run `flask office reseal`"
        )
    with writing(engine, durable=True) as connection:
        for old in keys.ids[1:]:
            audit_log.record(
                connection, Audited.KEY_CHANGED, actor_id=None, at=utc_now(), what="retired", key=old
            )
        try:
            keep_newest(private)
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    click.echo(f"Removed {', '.join(keys.ids[1:])}. {keys.newest.public.id} is the only key.")
    if needs.unopened:
        click.echo(
            f"{needs.unopened} sealed records open with no key of the office. They are kept unchanged."
        )


def _require_in_use(keys: OfficeKeys, public: Path, public_key_id: str | None) -> None:
    """Raise ClickException unless the site has used the newest key for a while."""
    newest = keys.newest.public.id
    if public_key_id is None and not public.is_file():
        raise click.ClickException("give --public FILE, or --public-key-id from the site's machine")
    if (public_key_id or _public_id(public)) != newest:
        raise click.ClickException(f"the site still seals to another key than {newest}")
    if public_key_id is None and time.time() - public.stat().st_mtime < SETTLED_SECONDS:
        raise click.ClickException(
            f"the site's key changed less than {SETTLED_SECONDS} seconds ago: "
            "a request sent just now may still be sealed to the old one"
        )


def _load(private: Path) -> OfficeKeys:
    try:
        return load_office_keys(private)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _public_id(public: Path) -> str:
    try:
        return load_public_key(public).id
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _add(private: Path) -> OfficeKeys:
    try:
        return add_key(private)
    except OSError as error:
        raise click.ClickException(f"{private}: {error.strerror}; nothing was changed") from None
