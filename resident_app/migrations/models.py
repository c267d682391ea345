"""Find every table: import each module that may define one, so that none is missing from a migration."""

from importlib import import_module
from pkgutil import walk_packages

import ivr
import resident_app

# Commands and demonstrations define no tables, and loading them is slow.
_WITHOUT_TABLES = (
    "resident_app.commands",
    "resident_app.demonstration",
    "ivr.simulator",
    "resident_app.migrations",
)


def import_models() -> None:
    """Import every module of the application, so that `Base.metadata` holds every table."""
    for package in (resident_app, ivr):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith(_WITHOUT_TABLES):
                import_module(found.name)
