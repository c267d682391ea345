"""The `flask` command of this project: Flask's own, whose `--version` begins with our version.

Flask has no hook for that. So `scripts/install` writes a `.venv/bin/flask` that calls `main`.
"""

import platform
from importlib.metadata import version

import click
from flask.cli import FlaskGroup

from resident_app import __version__
from resident_app.private_files import use_private_umask

_VERSIONS = f"""\
record-check {__version__}
Python {platform.python_version()}
Flask {version("flask")}
Werkzeug {version("werkzeug")}"""


def main() -> None:
    """Run the command line. The application is found in wsgi.py."""
    use_private_umask()
    command_line = FlaskGroup(name="flask", add_version_option=False)
    click.version_option(message=_VERSIONS, version=__version__)(command_line)
    command_line.main()
