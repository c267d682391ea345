"""The command line: `flask register …`, `flask office …`, `flask call`, `flask worker`, `flask doctor` …"""

from flask import Flask

from resident_app.commands.audit import audit
from resident_app.commands.call import call
from resident_app.commands.database import database
from resident_app.commands.demo import demo
from resident_app.commands.doctor import doctor
from resident_app.commands.evaluator import evaluator
from resident_app.commands.keys import keys
from resident_app.commands.office import office
from resident_app.commands.register import register
from resident_app.commands.retention import retention
from resident_app.commands.staff import staff
from resident_app.commands.worker import worker


def create_app() -> Flask:
    """Build an application that has only the commands. It needs no key and no database to start."""
    app = Flask("resident_app")
    for command in (
        register,
        office,
        staff,
        audit,
        retention,
        call,
        demo,
        database,
        doctor,
        worker,
        evaluator,
        keys,
    ):
        app.cli.add_command(command)
    return app
