"""How the public process is served: `gunicorn`."""

from contextlib import suppress

from resident_app.settings import Settings, SettingsError, load_settings
from resident_app.short_lived import hold_short_lived
from resident_app.web.gunicorn_settings import gunicorn_settings

# A check that waits for a slot holds a thread. WAITING_CHECKS is well below this number of threads, so that
# some are always left for pages and menus.
globals().update(
    gunicorn_settings("wsgi:public()", port=("PORT", 8000), processes="WEB_CONCURRENCY", threads=128)
)


def on_starting(_server: object) -> None:
    """Hold the short-lived store in the master, so that a worker which starts again does not empty it."""
    with suppress(SettingsError):  # Each worker names what is wrong, and stops.
        hold_short_lived(load_settings(Settings).database)
