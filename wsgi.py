"""Where a WSGI server and Flask's command line find the applications.

Each process imports its own application alone: what it does not need, it does not hold.
"""

import sys
from collections.abc import Callable

from flask import Flask

from resident_app.security import event_log
from resident_app.security.capacity import limit_malloc_arenas
from resident_app.settings import SettingsError

# Gunicorn's status for an application that cannot be loaded: it stops instead of trying again.
CANNOT_START = 4


def create_app() -> Flask:
    """What `flask` finds: the commands."""
    from resident_app.commands import create_app  # noqa: PLC0415

    return create_app()


def public() -> Flask:
    """The public process's application; a wrong setting stops the start and is named."""
    from resident_app.housekeeping import HOUSEKEEPING  # noqa: PLC0415
    from resident_app.public_app import create_public_app  # noqa: PLC0415
    from resident_app.settings import PublicSettings, load_settings  # noqa: PLC0415

    app = _started("public", lambda: create_public_app(load_settings(PublicSettings)))
    app.extensions[HOUSEKEEPING].without_requests()
    return app


def console() -> Flask:
    """The console's application; a wrong setting stops the start and is named."""
    from resident_app.console.app import create_console_app  # noqa: PLC0415
    from resident_app.console.context import open_ahead  # noqa: PLC0415
    from resident_app.settings import ConsoleSettings, load_settings  # noqa: PLC0415

    app = _started("console", lambda: create_console_app(load_settings(ConsoleSettings)))
    open_ahead(app)
    return app


def _started(name: str, create: Callable[[], Flask]) -> Flask:
    event_log.configure()
    limit_malloc_arenas()
    try:
        app = create()
    except SettingsError as error:
        event_log.refused_start(str(error))
        sys.exit(CANNOT_START)
    event_log.started(name)
    return app
