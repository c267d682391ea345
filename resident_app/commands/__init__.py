"""The command line: `flask register …`, `flask office …`, `flask demo`, `flask call`."""

from flask import Flask

from resident_app.commands.register import register


def create_app() -> Flask:
    """An application that holds the commands alone: it needs no key and no database to start."""
    app = Flask("resident_app")
    app.cli.add_command(register)
    return app
