"""A mail server's pipe to the office, and what the office opens of what came through it."""

from pathlib import Path

from click.testing import Result

from resident_app.casework.messages import placement
from resident_app.casework.office_keys import load_office_keys
from resident_app.commands import create_app
from resident_app.database import open_database, reading
from resident_app.intake.inbound_messages import InboundMessage
from resident_app.intake.message_tables import InboundState
from resident_app.worker.unattended import open_inbound


def receive(raw: bytes) -> Result:
    return create_app().test_cli_runner().invoke(args=["office", "receive-mail"], input=raw)


def came(folder: Path, made_keys: Path) -> list[InboundMessage]:
    engine = open_database(f"sqlite:///{folder / 'resident.db'}")
    with reading(engine) as connection:
        stored = placement.in_state(connection, InboundState.NEW)
    engine.dispose()
    keys = load_office_keys(made_keys / "office.private.key")
    return [open_inbound(one, keys) for one in stored]
