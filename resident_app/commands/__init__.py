"""The command line: `flask register …`, `flask office …`, `flask call`, `flask demo`, `flask doctor`."""

from flask import Flask

from resident_app.commands.call import call
from resident_app.commands.database import database
from resident_app.commands.demo import demo
from resident_app.commands.doctor import doctor
from resident_app.commands.office import office
from resident_app.commands.register import register


def create_app() -> Flask:
    """An application that holds the commands alone: it needs no key and no database to start."""
    app = Flask("resident_app")
    for command in (register, office, call, demo, database, doctor):
        app.cli.add_command(command)
    return app
