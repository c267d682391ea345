"""`flask worker`: the process that sends what waits, places what comes in, and runs the scheduled jobs."""

import signal
import threading

import click

from resident_app.commands.starting import database_or_exit, settings_or_exit
from resident_app.safeguards import events
from resident_app.settings import SettingsError, WorkerSettings
from resident_app.worker.parts import open_parts


@click.command()
def worker() -> None:
    """Send what waits, place what comes in, run scheduled jobs; until SIGTERM or Ctrl-C."""
    settings = settings_or_exit(WorkerSettings)
    database_or_exit(settings).dispose()
    try:
        parts = open_parts(settings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    events.configure()
    stopping = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: stopping.set())
    # It takes seconds, and no other command needs it.
    from resident_app.worker.main import Worker  # noqa: PLC0415

    running = Worker(parts)
    events.started("worker")
    stopping.wait()
    running.stop()
