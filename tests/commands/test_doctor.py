"""`flask doctor` finds what would make the line refuse every caller."""

import pytest

from resident_app.commands import create_app
from tests.conftest import Deployment
from tests.load.servers import TOKEN, serving


def doctor(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, **environment: str
) -> tuple[int, list[str]]:
    settings = {
        "INSTANCE_DIR": str(deployment.services.settings.instance_dir),
        "TWILIO_AUTH_TOKEN": TOKEN,
        **environment,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = create_app().test_cli_runner().invoke(args=["doctor"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output.splitlines()


def test_a_sound_deployment(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = deployment.services.settings.instance_dir
    with serving(instance, PUBLIC_BASE_URL="http://127.0.0.1:{port}") as server:
        address = f"http://127.0.0.1:{server.port}"
        status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL=address)
        assert status == 0, lines
        assert len(lines) == 9
        status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL=address, TWILIO_AUTH_TOKEN="another")
        assert status == 1
        assert next(line for line in lines if line.startswith("wrong")).startswith("wrong  signature")
        status, lines = doctor(
            deployment, monkeypatch, PUBLIC_BASE_URL=address.replace("127.0.0.1", "localhost")
        )
        assert status == 1, "signed for one address, reached at another"


def test_what_is_wrong_is_named(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9")
    assert status == 1
    assert any("nothing answers at http://127.0.0.1:9" in line for line in lines)
    key = deployment.services.settings.instance_dir / "register.key"
    key.write_text(f"register-key-1 {'00' * 32}\n")
    status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9")
    assert any("sealed with another register key" in line for line in lines)
    monkeypatch.delenv("PUBLIC_BASE_URL")
    done = create_app().test_cli_runner().invoke(args=["doctor"])
    assert done.exit_code == 1
    assert "PUBLIC_BASE_URL is missing" in done.output
