"""`flask keys make` and `flask evaluator`: each key in a file of its own, and a wrong setting is named."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from resident_app.commands import create_app
from resident_app.register.signatures import load_verify_keys
from resident_app.security.public_keys import load_public_keys
from resident_app.settings import CANNOT_START, REPOSITORY

FILES = {"public.keys", "edition-signing.key", "publisher.key", "verify.keys", "audit.key"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path / "instance"))
    return tmp_path / "instance"


def make() -> Result:
    return create_app().test_cli_runner().invoke(args=["keys", "make"])


def test_each_key_is_made_once_and_for_its_owner_alone(folder: Path) -> None:
    assert make().exit_code == 0
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(made) == FILES
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    load_public_keys(folder / "public.keys")
    load_verify_keys(folder / "verify.keys")
    assert "already" in make().output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == made


def test_no_two_purposes_share_a_key(folder: Path) -> None:
    make()
    values = [
        word
        for path in folder.iterdir()
        for line in path.read_text().splitlines()
        for word in line.split()
        if len(word) == 64
    ]
    assert len(values) == len(set(values)) == 11


def evaluator(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resident_app.register.evaluator"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "INSTANCE_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("EVALUATOR_URL", "tcp://127.0.0.1:9000"),
        ("EVALUATOR_URL", "unix:"),
        ("REGISTER_KEY_FILE", "/there/is/none"),
        ("EVALUATOR_TLS_CERT", ""),
    ],
)
def test_an_evaluator_with_a_wrong_setting_does_not_start_and_names_it(
    folder: Path, setting: str, value: str
) -> None:
    key = folder.parent / "register.key"
    create_app().test_cli_runner().invoke(args=["register", "keygen", str(key)])
    right = {"REGISTER_KEY_FILE": str(key), "EVALUATOR_URL": "tls://localhost:9443"}
    done = evaluator(folder, **right | ({setting: value} if value else {}))
    assert done.returncode == CANNOT_START
    assert setting in done.stderr
    assert "Traceback" not in done.stderr
