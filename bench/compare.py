"""Measure two things in turn, several times, and take the median of their ratios."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.other_work import OtherWork
from bench.scale import Scale

QUIET = 0.10
"""A pair is measured again if other processes used more than this share of the cores meanwhile."""

Measure = Callable[[], float]


@dataclass(frozen=True)
class Pair:
    """Two measurements, one after the other, in the same unit."""

    ours: float
    baseline: float
    others: float
    """The share of the cores that other processes used meanwhile, 0 to 1."""

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline


@dataclass(frozen=True)
class Comparison:
    """The pairs that count, and their medians."""

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
    def baseline(self) -> float:
        return median(pair.baseline for pair in self.pairs)

    @property
    def others(self) -> float:
        return median(pair.others for pair in self.pairs)


def compare(ours: Measure, baseline: Measure, scale: Scale, turns: int = 1) -> Comparison:
    """Measure `baseline`, `ours`, `baseline`, `ours` … A pair is the medians of `turns` of each.

    Disturbed pairs are measured again, as often and as long as the scale allows. The least disturbed
    pairs count, whatever their ratio.
    """
    pairs: list[Pair] = []
    began = time.monotonic()
    while len(pairs) < scale.pairs + scale.more_pairs:
        pairs.append(_measure(ours, baseline, turns))
        if sum(pair.others <= QUIET for pair in pairs) >= scale.pairs:
            break
        if len(pairs) >= scale.pairs and time.monotonic() - began > scale.more_pairs_until_seconds:
            break
    pairs.sort(key=lambda pair: pair.others)
    return Comparison(tuple(pairs[: scale.pairs]))


def _measure(ours: Measure, baseline: Measure, turns: int) -> Pair:
    watched = OtherWork()
    measured = [(baseline(), ours()) for _ in range(turns)]
    return Pair(
        ours=median(one for _, one in measured),
        baseline=median(one for one, _ in measured),
        others=watched.share(),
    )
