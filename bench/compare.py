"""A ratio: two measurements in turn, several times, and the median."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.others import OtherWork
from bench.scale import Scale

QUIET = 0.10
"""A pair during which others took more than this part of the cores is measured once more."""

Measure = Callable[[], float]


@dataclass(frozen=True)
class Pair:
    """Two measurements, one after the other, in the same unit."""

    ours: float
    against: float
    others: float
    """What other processes took of the cores meanwhile, 0 to 1."""

    @property
    def ratio(self) -> float:
        return self.ours / self.against


@dataclass(frozen=True)
class Comparison:
    """The pairs that count."""

    pairs: tuple[Pair, ...]

    @property
    def ratio(self) -> float:
        return median(pair.ratio for pair in self.pairs)

    @property
    def lowest(self) -> float:
        return min(pair.ratio for pair in self.pairs)

    @property
    def highest(self) -> float:
        return max(pair.ratio for pair in self.pairs)

    @property
    def ours(self) -> float:
        return median(pair.ours for pair in self.pairs)

    @property
    def against(self) -> float:
        return median(pair.against for pair in self.pairs)

    @property
    def others(self) -> float:
        return median(pair.others for pair in self.pairs)


def compare(ours: Measure, against: Measure, scale: Scale, turns: int = 1) -> Comparison:
    """Measure in turn: `against`, `ours`, `against`, `ours` … A pair is the medians of so many turns.

    Disturbed pairs are measured again, as often and as long as the scale allows; those that
    count are then the least disturbed, whatever their ratio.
    """
    pairs: list[Pair] = []
    began = time.monotonic()
    while len(pairs) < scale.pairs + scale.more_pairs:
        pairs.append(_measure(ours, against, turns))
        if sum(pair.others <= QUIET for pair in pairs) >= scale.pairs:
            break
        if len(pairs) >= scale.pairs and time.monotonic() - began > scale.more_pairs_until_seconds:
            break
    pairs.sort(key=lambda pair: pair.others)
    return Comparison(tuple(pairs[: scale.pairs]))


def _measure(ours: Measure, against: Measure, turns: int) -> Pair:
    watched = OtherWork()
    measured = [(against(), ours()) for _ in range(turns)]
    return Pair(
        ours=median(one for _, one in measured),
        against=median(one for one, _ in measured),
        others=watched.share(),
    )
