"""One version: `flask --version` and every application's `/healthz` show it."""

import subprocess
import sys
from pathlib import Path

from resident_app import __version__
from resident_app.settings import REPOSITORY
from tests.conftest import Deployment


def test_the_command_line_shows_it() -> None:
    command = [sys.executable, str(REPOSITORY / "scripts" / "flask"), "--version"]
    shown = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[0] == f"record-check {__version__}"


def test_its_commands_are_ours() -> None:
    command = [sys.executable, str(REPOSITORY / "scripts" / "flask"), "--help"]
    shown = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert {"register", "doctor", "demo", "routes"} <= set(shown.split())


def test_the_health_check_shows_it(deployment: Deployment) -> None:
    response = deployment.client.raw("GET", "/healthz")
    assert (response.status_code, response.mimetype) == (200, "text/plain")
    assert response.get_data(as_text=True) == f"ok {__version__}\n"


def test_the_changelog_has_it() -> None:
    assert f"\n## {__version__} " in Path(REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
