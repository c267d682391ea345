"""What one sealing is asked to do, what it says on the way, and what it reports at the end."""

import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from resident_app.configuration import Codes, Sealing
from resident_app.register.edition import Edition
from resident_app.register.register_key import RegisterKey
from resident_app.register.sealing.errors import SealingError

EARLIEST_PERIOD = date(2000, 1, 1)
LEASE_SECONDS = 300.0


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class SealingPlan:
    """One edition to be sealed. `codes`, `limits` and `cut_off` are those of config/."""

    roster: Path
    disclosures: Path
    period_from: date
    period_to: date
    out: Path
    key: RegisterKey
    codes: Codes
    limits: Sealing
    cut_off: date
    today: date
    workers: int = field(default_factory=cores)
    engine_url: str | None = None
    """A SQLAlchemy URL of the PostgreSQL that machines share; None keeps the work beside `out`."""
    accept_rejects: bool = False
    lease_seconds: float = LEASE_SECONDS

    @property
    def rejects_path(self) -> Path:
        return self.out.with_name(self.out.name + ".rejects.csv")

    def period(self) -> tuple[date, date]:
        """The period that the edition covers, ended at the cut-off. Raises SealingError."""
        if self.period_from < EARLIEST_PERIOD:
            raise SealingError(f"--from must be {EARLIEST_PERIOD} or later")
        if self.period_from > self.period_to:
            raise SealingError("--from must not be later than --to")
        if self.period_from > self.cut_off:
            raise SealingError(f"--from must not be later than the cut-off, {self.cut_off}")
        return self.period_from, min(self.period_to, self.cut_off)


@dataclass(frozen=True)
class SealingCounts:
    """What reading the two files came to, in rows."""

    cards: int = 0
    repeated_cards: int = 0
    repeated_disclosures: int = 0
    left_out: int = 0
    """Disclosures on or after the cut-off: they belong to no edition."""
    rejects: int = 0
    long_requests: int = 0
    """Disclosures whose request number has no room in an envelope."""


@dataclass(frozen=True)
class SealingReport:
    """What a sealing came to. `edition` is None when rows were rejected and that was not accepted."""

    counts: SealingCounts
    edition: Edition | None
    sealed_now: int = 0
    """Cards sealed since this call began; fewer than `counts.cards` when it resumed."""
    seconds: float = 0.0
    """How long sealing those took, without reading and sorting."""


class Watcher(Protocol):
    """Who is told how far a sealing is."""

    def say(self, message: str) -> None:
        """One whole sentence, once."""

    def at(self, stage: str, done: int, of: int) -> None:
        """`stage` is "reading" (bytes) or "sealing" (cards)."""


class Silent:
    """A watcher that nobody looks at."""

    def say(self, message: str) -> None:
        """Nothing."""

    def at(self, stage: str, done: int, of: int) -> None:
        """Nothing."""


SILENT = Silent()
