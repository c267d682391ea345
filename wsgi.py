"""Where a WSGI server and Flask's command line find the applications."""

import sys

from flask import Flask

from resident_app.commands import create_app
from resident_app.housekeeping import HOUSEKEEPING
from resident_app.public import create_public_app
from resident_app.safeguards import events
from resident_app.safeguards.capacity import keep_little_memory
from resident_app.settings import PublicSettings, SettingsError, load_settings

__all__ = ["create_app", "public"]

# Gunicorn's status for an application that cannot be loaded: it stops instead of trying again.
CANNOT_START = 4


def public() -> Flask:
    """The public process's application; a wrong setting stops the start and is named."""
    events.configure()
    keep_little_memory()
    try:
        app = create_public_app(load_settings(PublicSettings))
    except SettingsError as error:
        events.refused_start(str(error))
        sys.exit(CANNOT_START)
    app.extensions[HOUSEKEEPING].without_requests()
    events.started("public")
    return app
