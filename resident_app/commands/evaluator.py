"""`flask evaluator`: the process that holds the register key."""

import os
import sys

import click

from resident_app.commands.startup import settings_or_exit
from resident_app.settings import REPOSITORY, EvaluatorSettings


@click.command()
def evaluator() -> None:
    """Evaluate blinded elements for the public processes, on a Unix socket or over TCP with mutual TLS.

    This process becomes a new one that loads nothing else of the application.
    """
    settings_or_exit(EvaluatorSettings)
    os.environ["PYTHONPATH"] = str(REPOSITORY)
    os.execv(sys.executable, [sys.executable, "-m", "resident_app.register.evaluator"])  # noqa: S606
