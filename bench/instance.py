"""A deployment in a temporary folder: keys, settings, and a published edition of made-up cards."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.child_process import evaluator
from resident_app.configuration import Configuration, load_configuration
from resident_app.database import open_database
from resident_app.demonstration.deployment import make_keys, publish_made_up_cards
from resident_app.demonstration.made_up_cards import MadeUpCard, made_up_cards
from resident_app.migrations.state import upgrade
from resident_app.settings import KeyFileSettings

BASE_URL = "https://line.example"
"""The public address that the made-up phone provider signs for."""


@dataclass(frozen=True)
class Instance:
    """A deployment whose edition has the parameters of config/limits.toml."""

    folder: Path
    configuration: Configuration
    cards: tuple[MadeUpCard, ...]
    token: str
    """The phone provider's auth token."""
    evaluator_pid: int

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the public process."""
        return {
            "INSTANCE_DIR": str(self.folder),
            "PUBLIC_BASE_URL": BASE_URL,
            "TWILIO_AUTH_TOKEN": self.token,
            "TRUSTED_PROXIES": "1",
        }

    def log(self, name: str) -> Path:
        """Return the path of a server's log."""
        return self.folder / f"{name}.log"


@contextmanager
def made_up_instance(cards: int) -> Iterator[Instance]:
    """An instance with the first so many of the demonstration's cards; it is removed afterwards.

    Its evaluator runs meanwhile.
    """
    configuration = load_configuration()
    chosen = made_up_cards(configuration)[:cards]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings = register_settings(Path(folder))
        make_keys(settings)
        engine = open_database(settings.database)
        try:
            upgrade(engine)
            publish_made_up_cards(engine, settings, configuration, chosen)
        finally:
            engine.dispose()
        with evaluator(Path(folder)) as pid:
            yield Instance(Path(folder), configuration, tuple(chosen), secrets.token_hex(16), pid)


def register_settings(folder: Path) -> KeyFileSettings:
    """Settings for a folder of ours, whatever the environment says."""
    return KeyFileSettings(
        _env_file=None, instance_dir=folder, database_url="", register_key_file=folder / "register.key"
    )
