"""Make what a demonstration lacks: keys, settings, a sealed and published edition."""

import csv
import secrets
import socket
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from ivr.simulator.fake_carrier import ACCOUNT_SID
from resident_app.casework.office_keys import make_office_keys
from resident_app.clock import today
from resident_app.configuration import Configuration
from resident_app.demonstration.made_up_cards import FIRST_DAY, MadeUpCard
from resident_app.private_files import make_private_folder, replace_private, tighten, write_private
from resident_app.register.key_files import make_key_files
from resident_app.register.publication import publish
from resident_app.register.register_key import make_register_key
from resident_app.register.sealing.plan import SealingPlan
from resident_app.register.sealing.run import seal_edition
from resident_app.register.sealing.sealing_keys import load_sealing_keys
from resident_app.register.signatures import load_signing_key, load_verify_keys
from resident_app.settings import KeyFileSettings, Settings

_LOCAL = "http://127.0.0.1:"


def make_keys(settings: KeyFileSettings) -> None:
    """Make every key where its process looks for it, unless it is there."""
    make_private_folder(settings.instance_dir)
    tighten(settings.instance_dir)
    if not settings.register_key_path.exists():
        make_register_key(settings.register_key_path)
    make_key_files(settings)
    private = settings.instance_dir / "office.private.key"
    public = settings.instance_dir / "office.public.key"
    if not private.exists() and not public.exists():
        private_text, public_text = make_office_keys()
        write_private(private, private_text.encode())
        write_private(public, public_text.encode())


@dataclass(frozen=True)
class Ports:
    """Where the demonstration listens on this machine."""

    site: int = 8000
    console: int = 8001
    phones: int = 8002


def make_settings_file(settings: Settings, ports: Ports) -> None:
    """Write the demonstration's settings file: an account at its phone company, the ports, a key for the
    console's sessions, and English where a translation is missing. What is there stays, but for the ports."""
    path = settings.instance_dir / "settings.env"
    before = path.read_text() if path.exists() else ""
    addresses = {
        "PUBLIC_BASE_URL": f"{_LOCAL}{ports.site}",
        "TWILIO_API_BASE": f"{_LOCAL}{ports.phones}",
        "CONSOLE_PORT": str(ports.console),
    }
    others = {
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "SECRET_KEY": secrets.token_hex(32),
        "SHOW_UNTRANSLATED": "true",
        "DEMONSTRATION": "true",
    }
    ours = {f"{name}={_LOCAL}" for name in addresses} | {"CONSOLE_PORT="}
    kept = [line for line in before.splitlines() if not line.startswith(tuple(ours))]
    names = {line.partition("=")[0] for line in kept}
    new = [f"{name}={value}" for name, value in (others | addresses).items() if name not in names]
    text = "".join(f"{line}\n" for line in [*kept, *new])
    if text != before:
        replace_private(path, text.encode())


def require_free(ports: Ports) -> None:
    """Raises PortTaken for the first port at which something listens already."""
    names = {"PORT": ports.site, "CONSOLE_PORT": ports.console, "PHONES_PORT": ports.phones}
    for name, port in names.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise PortTaken(f"Port {port} is taken. Choose another one: make run {name}=…") from None


class PortTaken(Exception):
    """Something else listens at a port of the demonstration."""


def publish_made_up_cards(
    engine: Engine, settings: KeyFileSettings, configuration: Configuration, cards: list[MadeUpCard]
) -> None:
    """Seal the cards from two CSV files, as the sealing machine does, and publish them."""
    now = datetime.now(UTC)
    keys = load_sealing_keys(settings)
    with tempfile.TemporaryDirectory() as folder:
        plan = SealingPlan(
            roster=Path(folder) / "roster.csv",
            disclosures=Path(folder) / "disclosures.csv",
            period_from=FIRST_DAY,
            period_to=configuration.office.cut_off,
            out=Path(folder) / "made-up.sealed",
            key=keys,
            codes=configuration.codes,
            limits=configuration.limits.sealing,
            cut_off=configuration.office.cut_off,
            today=today(configuration, now),
            made_up=True,
        )
        write_roster(plan.roster, cards)
        write_disclosures(plan.disclosures, cards)
        seal_edition(plan)
        verify = load_verify_keys(settings.verify_keys_path)
        publisher = load_signing_key(settings.publisher_key_path, "publisher", "PUBLISHER_KEY_FILE")
        # The evaluator starts with this key in a moment.
        for _ in publish(engine, plan.out, verify, publisher, None, now):
            pass


def write_roster(path: Path, cards: list[MadeUpCard]) -> None:
    """Write roster.csv: one line for each card."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("person", "card_number", "born_on", "issued_on"))
        writer.writerows((card.person, card.card_number, card.born_on, card.issued_on) for card in cards)


def write_disclosures(path: Path, cards: list[MadeUpCard]) -> None:
    """Write disclosures.csv: one line for each disclosure."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("person", "answered_on", "agency", "office", "released", "ground", "request"))
        for card in cards:
            for disclosure in card.disclosures:
                released = "+".join(disclosure.released)
                writer.writerow(
                    (
                        card.person,
                        disclosure.answered_on,
                        disclosure.agency,
                        disclosure.office,
                        released,
                        disclosure.ground,
                        disclosure.request,
                    )
                )
