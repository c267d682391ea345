"""`scripts/serve`, which starts every process of the demonstration."""

import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_what_ended_is_named_when_everything_stops(tmp_path: Path) -> None:
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, does in (
        ("python", "exec sleep 60"),
        ("gunicorn", "exec sleep 60"),
        ("flask", '[ "$1" = worker ] && kill -KILL $$; exec sleep 60'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    done = subprocess.run(
        [REPOSITORY / "scripts" / "serve"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 137
    assert "The worker ended (status 137), so everything stops." in done.stderr
    assert done.stderr.count("everything stops") == 1
