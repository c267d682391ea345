"""Promise 6: the office cannot look people up: no register key, no path to the register, no such route."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from resident_app.register.register_key import make_register_key
from resident_app.settings import REPOSITORY, ConsoleSettings, WorkerSettings, load_settings
from tests.conftest import BASE_URL, TOKEN, Deployment
from tests.console.conftest import SECRET_KEY, Console, OpenConsole

_LOADED = """
import sys
import {module}
refused = ("resident_app.register", "resident_app.public_context")
print([name for name in sys.modules if name.startswith(refused)])
"""


# The register keys in the memory of a new console process, and its modules of the register.
_IN_MEMORY = """
import gc, sys, wsgi
wsgi.console()
gc.collect()
objects = [type(found).__name__ for found in gc.get_objects()]
modules = [name for name in sys.modules if name.startswith("resident_app.register")]
print([name for name in objects if name == "RegisterKey"] + modules)
"""

# The office's modules, and those of the register key, in a new public process that has answered.
_OF_THE_OFFICE = """
import sys, wsgi
client = wsgi.public().test_client(use_cookies=False)
assert client.get("/en/help", base_url="https://records.example.gov").status_code == 200
assert client.post("/voice/start").status_code == 403
office = ("casework", "console", "worker", "web.accounts")
keys = ("resident_app.register.register_key", "resident_app.register.sealing")
refused = (*(f"resident_app.{package}" for package in office), "flask_security", "dbos", *keys)
print([name for name in sys.modules if name.startswith(refused)])
"""


def loaded(script: str) -> str:
    """What a fresh process prints."""
    run = [sys.executable, "-c", script]
    return subprocess.run(run, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("settings", [ConsoleSettings, WorkerSettings])
def test_no_setting_names_the_register_or_its_key(settings: type) -> None:
    assert not [name for name in settings.model_fields if "register" in name]  # type: ignore[attr-defined]


def test_the_console_has_nothing_of_the_phone_provider() -> None:
    assert not [name for name in ConsoleSettings.model_fields if "twilio" in name or "smtp" in name]


@pytest.mark.parametrize(
    "module",
    ["resident_app.console.app", "resident_app.worker.context", "resident_app.worker.call_placement"],
)
def test_a_process_of_the_office_does_not_even_load_the_register(module: str) -> None:
    assert loaded(_LOADED.format(module=module)) == "[]"


def test_the_console_holds_no_register_key_whatever_its_environment_names(
    open_console: OpenConsole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "register.key"
    make_register_key(path)
    monkeypatch.setenv("REGISTER_KEY_FILE", str(path))
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path / "instance"))
    assert str(path) not in repr(load_settings(ConsoleSettings))
    open_console()
    assert loaded(_IN_MEMORY) == "[]"


def test_no_route_of_the_console_asks_about_a_card(console: Console) -> None:
    rules = {rule.rule for rule in console.app.url_map.iter_rules()}
    assert rules
    for word in ("card", "check", "register", "record", "birth", "issue", "envelope", "edition"):
        assert not [rule for rule in rules if re.search(rf"(?<![a-z]){word}", rule)], word


def test_nothing_of_the_office_is_in_the_public_process(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is started as its server starts it, shows a page and takes a call."""
    settings = deployment.context.settings
    monkeypatch.setenv("INSTANCE_DIR", str(settings.instance_dir))
    monkeypatch.setenv("PUBLIC_BASE_URL", BASE_URL)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    assert loaded(_OF_THE_OFFICE) == "[]"
