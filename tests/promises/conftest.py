"""The console's fixtures, for promises that are about it."""

from tests.console.conftest import console, open_console

__all__ = ["console", "open_console"]
