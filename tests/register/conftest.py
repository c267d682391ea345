"""Fixtures of the register's tests: an evaluator's process, and why checks were busy."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from resident_app.security import event_log
from tests.register.evaluator_process import EvaluatorProcess


@pytest.fixture
def folder() -> Iterator[Path]:
    """A Unix socket's path has at most 107 bytes, so not pytest's folder."""
    with tempfile.TemporaryDirectory(prefix="evaluator-") as name:
        yield Path(name)


@pytest.fixture
def process(folder: Path, made_keys: Path) -> Iterator[EvaluatorProcess]:
    made = EvaluatorProcess(folder, made_keys / "register.key")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Why checks were busy, in order."""
    reasons: list[str] = []
    monkeypatch.setattr(event_log, "checks_busy", reasons.append)
    return reasons
