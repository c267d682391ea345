"""Where a WSGI server and Flask's command line find the applications."""

from resident_app.commands import create_app

__all__ = ["create_app"]
