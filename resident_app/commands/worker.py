"""`flask worker`: send messages, place replies, and run scheduled jobs."""

import signal
import threading

import click

from resident_app.casework.key_check import office_key_problem
from resident_app.commands.startup import database_or_exit, settings_or_exit
from resident_app.database import reading
from resident_app.security import event_log
from resident_app.settings import SettingsError, WorkerSettings
from resident_app.worker.context import open_context


@click.command()
def worker() -> None:
    """Send messages, place replies and run scheduled jobs, until SIGTERM or Ctrl-C."""
    settings = settings_or_exit(WorkerSettings)
    database_or_exit(settings).dispose()
    try:
        parts = open_context(settings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    event_log.configure()
    with reading(parts.engine) as connection:
        problem = office_key_problem(connection, parts.keys.current(), settings.office_public_key_path)
    if problem:
        raise click.ClickException(problem)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    # This import takes seconds, and no other command needs it.
    from resident_app.worker.process import Worker  # noqa: PLC0415

    running = Worker(parts)
    event_log.started("worker")
    stopping.wait()
    running.stop()
