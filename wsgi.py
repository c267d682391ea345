"""Where a WSGI server and Flask's command line find the applications.

Each process imports only its own application, so that it never loads what it may not use.
"""

import sys
from collections.abc import Callable

from flask import Flask

from resident_app.private_files import use_private_umask
from resident_app.security import event_log
from resident_app.security.capacity import limit_malloc_arenas
from resident_app.settings import SettingsError

# Gunicorn's status for an application that cannot be loaded: it stops instead of trying again.
CANNOT_START = 4


def create_app() -> Flask:
    """Return what `flask` looks for: an application with the commands."""
    use_private_umask()
    from resident_app.commands import create_app  # noqa: PLC0415

    return create_app()


def public() -> Flask:
    """Return the public process's application. A wrong setting stops the start with its name."""
    from resident_app.housekeeping import HOUSEKEEPING  # noqa: PLC0415
    from resident_app.public_app import create_public_app  # noqa: PLC0415
    from resident_app.settings import PublicSettings, load_settings  # noqa: PLC0415
    from resident_app.site.answer_length import measure  # noqa: PLC0415

    app = _started("public", lambda: create_public_app(load_settings(PublicSettings)))
    measure(app)
    app.extensions[HOUSEKEEPING].start_thread()
    return app


def console() -> Flask:
    """Return the console's application. A wrong setting stops the start with its name."""
    from resident_app.console.app import create_console_app  # noqa: PLC0415
    from resident_app.console.context import fill_request_index  # noqa: PLC0415
    from resident_app.settings import ConsoleSettings, load_settings  # noqa: PLC0415

    app = _started("console", lambda: create_console_app(load_settings(ConsoleSettings)))
    fill_request_index(app)
    return app


def _started(name: str, create: Callable[[], Flask]) -> Flask:
    use_private_umask()
    event_log.configure()
    limit_malloc_arenas()
    try:
        app = create()
    except SettingsError as error:
        event_log.refused_start(str(error))
        sys.exit(CANNOT_START)
    event_log.started(name)
    return app
