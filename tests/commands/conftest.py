"""A command line over a deployment's folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from resident_app.commands import create_app
from tests.conftest import Deployment

RunFlask = Callable[..., Result]


@pytest.fixture
def folder(deployment: Deployment) -> Path:
    return deployment.context.settings.instance_dir


@pytest.fixture
def flask(deployment: Deployment, folder: Path, monkeypatch: pytest.MonkeyPatch) -> RunFlask:
    """Runs `flask` with these arguments on the deployment."""
    monkeypatch.setenv("INSTANCE_DIR", str(folder))
    monkeypatch.setenv("EVALUATOR_URL", deployment.context.settings.evaluator_url)
    runner = create_app().test_cli_runner()
    return lambda *arguments: runner.invoke(args=[str(argument) for argument in arguments])
