"""One row of the table: a ratio or a size, the reach it should have, and whether it has."""

from dataclasses import dataclass
from enum import Enum

from bench.compare import Comparison


class Side(Enum):
    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True)
class Reach:
    """What a row should come to."""

    side: Side
    value: float

    def is_met(self, measured: float) -> bool:
        return measured >= self.value if self.side is Side.AT_LEAST else measured <= self.value


@dataclass(frozen=True)
class Row:
    """What was measured. `measured` has the unit of `reach`: a ratio unless `unit` names one."""

    name: str
    measured: float
    ours: str
    against: str
    reach: Reach | None = None
    spread: tuple[float, float] | None = None
    """The lowest and the highest of the pairs that count."""
    others: float | None = None
    """What other processes took of the cores meanwhile, 0 to 1."""
    unit: str = ""

    @property
    def is_reached(self) -> bool | None:
        """None: nothing was set for it."""
        return None if self.reach is None else self.reach.is_met(self.measured)


def ratio_row(name: str, found: Comparison, unit: str, reach: Reach | None) -> Row:
    """A row for a comparison whose two sides are in `unit`."""
    return Row(
        name=name,
        measured=found.ratio,
        ours=f"{found.ours:,.1f} {unit}",
        against=f"{found.against:,.1f} {unit}",
        reach=reach,
        spread=(found.lowest, found.highest),
        others=found.others,
    )
