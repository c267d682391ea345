"""What `flask doctor` is made of: one check, what it may raise, and the line that it prints."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import click

from resident_app.settings import Settings, SettingsError

CheckedSettings = TypeVar("CheckedSettings", bound=Settings)


class CheckFailed(Exception):
    """A check failed. The message says what to do."""


class CheckWarned(Exception):
    """Nothing has failed yet, but will. The message says what, when, and what to do."""


@dataclass(frozen=True)
class DeploymentCheck(Generic[CheckedSettings]):
    """One check. `run` returns what it found, or raises CheckFailed, CheckWarned or SettingsError."""

    name: str
    run: Callable[[CheckedSettings], str]


def passes(check: DeploymentCheck[CheckedSettings], settings: CheckedSettings) -> bool:
    """Run a check and print its line. Returns whether it passed; a warning passes."""
    try:
        click.echo(f"ok    {check.name}: {check.run(settings)}")
    except CheckWarned as warning:
        click.echo(f"warn  {check.name}: {warning}")
    except (CheckFailed, SettingsError) as error:
        click.echo(f"fail  {check.name}: {error}")
        return False
    except Exception as error:
        click.echo(f"fail  {check.name}: {type(error).__name__}")
        return False
    return True
