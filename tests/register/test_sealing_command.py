"""Holds: `flask register seal` ends with the promised status, and one clear line when it cannot go on."""

import fcntl
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from resident_app.commands import seal as seal_command
from resident_app.register.sealed_file import read_sealed_file
from resident_app.register.sealing.plan import NoProgress, ProgressReporter, SealingPlan
from resident_app.register.sealing.run import seal_edition
from tests.register.sealing_files import (
    CONFIGURATION,
    QUICK,
    VERIFY,
    rejects,
    sealed_labels,
    write_files,
    write_keys,
    write_town,
)

GOOD = "p1,WDLABC123DEF,1987-03-04,2015-11-02"
BAD = "p2,WDLABC,1987-03-04,2015-11-02"

Seal = Callable[..., Result]


@pytest.fixture
def seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seal:
    """Runs `seal` on the test's folder with a quick Argon2."""
    for name, path in write_keys(tmp_path / "keys").items():
        monkeypatch.setenv(name, path)
    limits = CONFIGURATION.limits.model_copy(update={"sealing": QUICK})
    quick = replace(CONFIGURATION, limits=limits)
    monkeypatch.setattr(seal_command, "load_configuration", lambda: quick)

    def invoke(*more: str, **changed: str) -> Result:
        usual = {
            "--roster": str(tmp_path / "roster.csv"),
            "--disclosures": str(tmp_path / "disclosures.csv"),
            "--from": "2017-01-01",
            "--to": "1/9/2018",
            "--out": str(tmp_path / "edition.sealed"),
        }
        options = usual | {f"--{name.rstrip('_')}": value for name, value in changed.items()}
        words = [word for option in options.items() for word in option]
        return CliRunner().invoke(seal_command.seal, [*words, *more], catch_exceptions=False)

    return invoke


def test_it_seals_and_sums_up(tmp_path: Path, seal: Seal) -> None:
    made = write_files(tmp_path, [GOOD, GOOD], ["p1,2018-06-07,ICE,Tacoma,photo,1326,R1"])
    made.rejects_path.write_text("of an earlier run")

    result = seal()

    assert result.exit_code == 0
    assert "Sealed 1 cards" in result.stdout
    assert "Repeated lines merged in the roster: 1" in result.stdout
    assert "left out: 1" in result.stdout
    assert "cards a second" in result.stdout
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"roster.csv", "disclosures.csv", "edition.sealed", "keys"}


def test_only_made_up_people_are_marked_as_such(tmp_path: Path, seal: Seal) -> None:
    made = write_files(tmp_path, [GOOD], [])
    assert "made-up" not in seal().stdout
    with read_sealed_file(made.out, VERIFY) as file:
        assert not file.edition.made_up
    assert "marked as made-up" in seal("--made-up").stdout
    with read_sealed_file(made.out, VERIFY) as file:
        assert file.edition.made_up


def test_rejects_end_it_with_status_3_and_leave_the_output_alone(tmp_path: Path, seal: Seal) -> None:
    made = write_files(tmp_path, [GOOD, BAD], [])
    made.out.write_text("an earlier edition")

    result = seal()

    assert result.exit_code == 3
    assert result.stdout == ""
    assert "1 rows were rejected" in result.stderr
    assert made.out.read_text() == "an earlier edition"
    assert rejects(made.rejects_path) == [("roster.csv", 3, "card_number cannot be a card number", BAD)]
    assert stat.S_IMODE(made.rejects_path.stat().st_mode) == 0o600
    assert not any(path.name.endswith((".work", ".lock")) for path in tmp_path.iterdir())


def test_accepted_rejects_are_listed_and_the_rest_is_sealed(tmp_path: Path, seal: Seal) -> None:
    made = write_files(tmp_path, [GOOD, BAD], [])

    result = seal("--accept-rejects")

    assert result.exit_code == 0
    assert "Rejected rows: 1" in result.stdout
    assert len(rejects(made.rejects_path)) == 1
    assert len(sealed_labels(made.out)) == 1


def test_a_period_that_ends_after_the_cut_off_is_said_to_end_there(tmp_path: Path, seal: Seal) -> None:
    write_files(tmp_path, [GOOD], [])
    assert "ends at the cut-off, 2018-01-10" in seal(to="2018-12-31").stderr


@pytest.mark.parametrize(
    ("changed", "status", "told"),
    [
        ({"roster": "nowhere.csv"}, 1, "nowhere.csv: No such file or directory"),
        ({"roster": "."}, 1, ".: "),
        ({"out": "no/such/folder/x"}, 1, "cannot be written"),
        ({"out": "."}, 1, "cannot be written"),
        ({"from_": "yesterday"}, 2, "'yesterday' is not a day like"),
        ({"from_": "1999-01-01"}, 1, "--from must be 2000-01-01 or later"),
        ({"engine": "sqlite:///x"}, 2, "postgresql:// URL"),
        ({"engine": "postgresql://localhost:1/none"}, 1, "the work database: "),
        ({"workers": "0"}, 2, "--workers"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    tmp_path: Path, seal: Seal, changed: dict[str, str], status: int, told: str
) -> None:
    write_files(tmp_path, [GOOD], [])
    result = seal(**changed)
    assert result.exit_code == status
    assert told in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["REGISTER_KEY_FILE", "PUBLIC_KEYS_FILE", "EDITION_SIGNING_KEY_FILE"])
def test_a_missing_key_is_named(
    tmp_path: Path, seal: Seal, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "none"))
    write_files(tmp_path, [GOOD], [])
    result = seal()
    assert result.exit_code == 1
    assert name in result.stderr


def test_a_work_file_that_is_none_is_left_alone(tmp_path: Path, seal: Seal) -> None:
    write_files(tmp_path, [GOOD], [])
    (tmp_path / "edition.sealed.work").write_bytes(b"somebody's notes" * 1000)
    result = seal()
    assert result.exit_code == 1
    assert "is not a work file" in result.stderr
    assert (tmp_path / "edition.sealed.work").read_bytes().startswith(b"somebody's notes")


def test_a_second_process_on_the_same_output_is_refused(tmp_path: Path, seal: Seal) -> None:
    write_files(tmp_path, [GOOD], [])
    descriptor = os.open(tmp_path / "edition.sealed.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        result = seal()
    finally:
        os.close(descriptor)
    assert result.exit_code == 1
    assert "another process is sealing to this output" in result.stderr


class InterruptBeforeSealing(NoProgress):
    """Presses Ctrl-C when sealing begins."""

    def update(self, stage: str, done: int, total: int) -> None:
        if stage == "sealing":
            raise KeyboardInterrupt


def test_an_interrupted_run_continues(tmp_path: Path, seal: Seal, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(plan: SealingPlan, _progress: ProgressReporter) -> None:
        seal_edition(plan, InterruptBeforeSealing())

    cards = write_town(tmp_path, 300)
    with monkeypatch.context() as once:
        once.setattr(seal_command, "seal_edition", interrupted)
        first = seal()
    assert first.exit_code == 1
    assert "Run the same command again" in first.stderr

    second = seal()

    assert second.exit_code == 0
    assert "Continuing the work of an earlier run" in second.stderr
    assert len(sealed_labels(tmp_path / "edition.sealed")) == len(cards)


def test_other_inputs_start_over_and_say_so(tmp_path: Path, seal: Seal) -> None:
    made = write_files(tmp_path, [GOOD], [])
    with pytest.raises(KeyboardInterrupt):
        seal_edition(made, InterruptBeforeSealing())
    write_files(tmp_path, [GOOD, "p2,WDLXYZ789QRS,1990-12-31,2016-01-01"], [])

    result = seal()

    assert "is for another edition: starting over" in result.stderr
    assert len(sealed_labels(made.out)) == 2


def test_the_commands_are_plain_click_commands() -> None:
    assert isinstance(seal_command.seal, click.Command)
    assert isinstance(seal_command.seal_worker, click.Command)
