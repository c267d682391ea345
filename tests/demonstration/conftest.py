"""The console's fixture."""

from tests.console.conftest import open_console

__all__ = ["open_console"]
