"""One row of the table: a ratio or a size, its target, and whether the target is met."""

from dataclasses import dataclass
from enum import Enum

from bench.compare import Comparison


class Side(Enum):
    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True)
class Target:
    """The value that a row should reach, at least or at most."""

    side: Side
    value: float

    def is_met(self, measured: float) -> bool:
        return measured >= self.value if self.side is Side.AT_LEAST else measured <= self.value


@dataclass(frozen=True)
class Row:
    """A measured value: a ratio unless `unit` names a unit, which is the target's too."""

    name: str
    measured: float
    ours: str
    baseline: str
    target: Target | None = None
    spread: tuple[float, float] | None = None
    """The lowest and the highest of the pairs that count."""
    others: float | None = None
    """The share of the cores that other processes used meanwhile, 0 to 1."""
    unit: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        return None if self.target is None else self.target.is_met(self.measured)


def ratio_row(name: str, found: Comparison, unit: str, target: Target | None) -> Row:
    """Return the row of a comparison whose two sides are in `unit`."""
    return Row(
        name=name,
        measured=found.ratio,
        ours=f"{found.ours:,.1f} {unit}",
        baseline=f"{found.baseline:,.1f} {unit}",
        target=target,
        spread=(found.lowest, found.highest),
        others=found.others,
    )
