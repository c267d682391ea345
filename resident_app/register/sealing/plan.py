"""What a sealing is asked to do, how it reports progress, what it returns, and how it fails."""

import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from resident_app.configuration.codes import Codes
from resident_app.configuration.limits import Sealing
from resident_app.register.edition import Edition
from resident_app.register.sealing.sealing_keys import SealingKeys

EARLIEST_PERIOD = date(2000, 1, 1)
LEASE_SECONDS = 300.0


class SealingError(Exception):
    """The sealing cannot continue. The message names a file or an option, never a row's contents."""


class UnreadableInput(SealingError):
    """An input file is missing, is in an unknown encoding, or lacks a column."""


class InputChanged(SealingError):
    """An input file was changed after it was first read."""


class AlreadySealing(SealingError):
    """Another process is sealing to the same output or the same job."""


class NothingToJoin(SealingError):
    """The work database has no open job for these files and this key."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class SealingPlan:
    """One edition to seal. `codes`, `limits` and `cut_off` come from config/."""

    roster: Path
    disclosures: Path
    period_from: date
    period_to: date
    out: Path
    key: SealingKeys
    codes: Codes
    limits: Sealing
    cut_off: date
    today: date
    workers: int = field(default_factory=cores)
    engine_url: str | None = None
    """A SQLAlchemy URL of the PostgreSQL database that the machines share; None for a file beside `out`."""
    accept_rejects: bool = False
    made_up: bool = False
    """Whether the people are made up. The edition is then marked so, and pages say it."""
    lease_seconds: float = LEASE_SECONDS

    @property
    def rejects_path(self) -> Path:
        return self.out.with_name(self.out.name + ".rejects.csv")

    def period(self) -> tuple[date, date]:
        """Return the first and last day that the edition covers, no later than the cut-off.

        Raises SealingError if the period is impossible.
        """
        if self.period_from < EARLIEST_PERIOD:
            raise SealingError(f"--from must be {EARLIEST_PERIOD} or later")
        if self.period_from > self.period_to:
            raise SealingError("--from must not be later than --to")
        if self.period_from > self.cut_off:
            raise SealingError(f"--from must not be later than the cut-off, {self.cut_off}")
        return self.period_from, min(self.period_to, self.cut_off)

    def check_output(self) -> None:
        """Raise SealingError if the edition cannot be written to `out`."""
        if self.out.is_dir() or not self.out.parent.is_dir():
            raise SealingError(f"{self.out}: cannot be written; name a file in an existing folder")
        for source in (self.roster, self.disclosures):
            if self.out.exists() and source.exists() and self.out.samefile(source):
                raise SealingError(f"{self.out}: is an input; the edition needs a file of its own")


@dataclass(frozen=True)
class SealingCounts:
    """How many rows of the two files were sealed, merged, left out and rejected."""

    cards: int = 0
    repeated_cards: int = 0
    repeated_disclosures: int = 0
    after_cut_off: int = 0
    """Disclosures on or after the cut-off: they belong to no edition."""
    rejects: int = 0
    long_requests: int = 0
    """Disclosures whose request number does not fit into an envelope."""


@dataclass(frozen=True)
class SealingReport:
    """The result of a sealing. `edition` is None if rows were rejected and that was not accepted."""

    counts: SealingCounts
    edition: Edition | None
    sealed_now: int = 0
    """Cards sealed since this call began; fewer than `counts.cards` if it resumed earlier work."""
    seconds: float = 0.0
    """How long sealing those took, without reading and sorting."""


class ProgressReporter(Protocol):
    """Receives the progress of a sealing."""

    def message(self, text: str) -> None:
        """Show one whole sentence."""

    def update(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is: "reading" (bytes) or "sealing" (cards)."""


class NoProgress:
    """Report nothing."""

    def message(self, text: str) -> None:
        pass

    def update(self, stage: str, done: int, total: int) -> None:
        pass


NO_PROGRESS = NoProgress()
