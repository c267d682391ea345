"""`flask office rotate`, `reseal`, `retire`, `public-key`: change the office's key while everybody works."""

import time
from pathlib import Path

import click

from resident_app.casework.key_rotation import add_key, keep_newest, publish
from resident_app.casework.office_keys import OfficeKeys, load_office_keys
from resident_app.casework.resealing import older_key_use, reseal_some
from resident_app.clock import utc_now
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.database import writing
from resident_app.intake.office_public_key import load_public_key
from resident_app.security import audit_log
from resident_app.security.audit_log import Audited
from resident_app.settings import OfficeSettings, Settings, SettingsError

SETTLED_SECONDS = 60
"""A request that was being left when the public key changed is stored by then."""

_FILE = click.Path(path_type=Path, dir_okay=False)
_private = click.option("--private", type=_FILE, required=True, help="The file of the office's private keys.")


@click.command()
@_private
@click.option("--public", type=_FILE, help="The site's public key file.")
@click.option("--private-only", is_flag=True, help="Print the new public key: the site is elsewhere.")
def rotate(private: Path, public: Path | None, private_only: bool) -> None:
    """Make a new key: the private one goes in front of the old ones, the public one to the site.

    Nothing is restarted. The worker seals what there is again; then `flask office retire`.
    """
    if private_only == (public is not None):
        raise click.ClickException("give --public FILE, or --private-only")
    keys = _load(private)
    if public is None:
        keys = _add(private)
        click.echo(f"Made {keys.newest.public.id}. Its public key, for the site:", err=True)
        click.echo(keys.newest.public.line, nl=False)
        return
    engine = database_or_exit(settings_or_exit(Settings))
    in_use = _public_id(public)
    if in_use not in keys.ids:
        raise click.ClickException(f"{public} does not belong to {private}; nothing was done")
    if in_use == keys.newest.public.id:
        keys = _add(private)
    else:
        click.echo("A change of the key was interrupted; it is finished.", err=True)
    new = keys.newest.public.id
    with writing(engine, durable=True) as connection:
        audit_log.record(
            connection, Audited.KEY_CHANGED, staff=None, at=utc_now(), what="rotated", key=new, before=in_use
        )
    try:
        publish(keys, public)
    except OSError as error:
        raise click.ClickException(f"{public}: {error.strerror}; run the command again") from None
    click.echo(f"{new} is the office's key now; {in_use} still opens what was sealed to it.")


@click.command("public-key")
@_private
def public_key(private: Path) -> None:
    """Print the public half of the newest key, as the site's file has it."""
    click.echo(_load(private).newest.public.line, nl=False)


@click.command()
def reseal() -> None:
    """Seal what is sealed to older keys to the newest. The worker does so by itself."""
    settings = settings_or_exit(OfficeSettings)
    engine = database_or_exit(settings)
    keys = _load(settings.office_private_key_path)
    while left := reseal_some(engine, keys):
        click.echo(f"{left} to do")
    click.echo(f"Everything that opens is sealed to {keys.newest.public.id}.")


@click.command()
@_private
@click.option("--public", type=_FILE, help="The site's public key file, to see that it is the newest.")
@click.option("--public-key-id", help="Instead: the id of the key that the site has, read on its machine.")
def retire(private: Path, public: Path | None, public_key_id: str | None) -> None:
    """Take the old keys out of the private file, once nothing needs them any more."""
    settings = settings_or_exit(Settings)
    keys = _load(private)
    if len(keys.ids) == 1:
        click.echo(f"{keys.newest.public.id} is the only key.")
        return
    _must_be_in_use(keys, public or settings.instance_dir / "office.public.key", public_key_id)
    engine = database_or_exit(settings)
    needs = older_key_use(engine, keys)
    if needs.boxes:
        raise click.ClickException(
            f"{needs.boxes} boxes still need an old key: let the worker go on, or run `flask office reseal`"
        )
    with writing(engine, durable=True) as connection:
        for old in keys.ids[1:]:
            audit_log.record(
                connection, Audited.KEY_CHANGED, staff=None, at=utc_now(), what="retired", key=old
            )
        try:
            keep_newest(private)
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    click.echo(f"Took out {', '.join(keys.ids[1:])}; {keys.newest.public.id} is the only key.")
    if needs.unopened:
        click.echo(f"{needs.unopened} boxes open with no key of the office. They stay as they are.")


def _must_be_in_use(keys: OfficeKeys, public: Path, public_key_id: str | None) -> None:
    """The site must seal to the newest key, and have done so for a while."""
    newest = keys.newest.public.id
    if public_key_id is None and not public.is_file():
        raise click.ClickException("give --public FILE, or --public-key-id as it is on the site's machine")
    if (public_key_id or _public_id(public)) != newest:
        raise click.ClickException(f"the site still seals to another key than {newest}")
    if public_key_id is None and time.time() - public.stat().st_mtime < SETTLED_SECONDS:
        raise click.ClickException(
            f"the site's key changed less than {SETTLED_SECONDS} seconds ago: "
            "a request that is just being left may still be sealed to the old one"
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
        raise click.ClickException(f"{private}: {error.strerror}; nothing was done") from None
