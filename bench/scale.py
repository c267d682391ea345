"""How much is measured: all of it for the page, or a little to see that everything runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Counts and seconds of every measurement."""

    pairs: int
    """How many pairs count for a median."""
    more_pairs: int
    """How many more are measured at most, in place of pairs that other work disturbed."""
    more_pairs_until_seconds: float
    """After so long no comparison gets more pairs than it needs."""
    raw_seconds: float
    warm_seconds: float
    """How long a server is asked before counting begins."""
    check_seconds: float
    counted_checks: int
    """Whose CPU time is measured, in each pair."""
    request_seconds: float
    latency_seconds: float
    """A 99th percentile needs more answers than a rate."""
    connections: int
    cards: int
    """Made-up cards in the register, and sealed in each run: at most 400."""
    few_envelopes: int
    many_envelopes: int
    look_ups: int
    """In each turn."""
    turns: int
    """Of looking up, in each pair."""
    at_once: int
    """Connections that ask at once while memory is watched."""
    rounds: int
    """Checks on each of those connections."""
    postgresql: bool


FULL = Scale(
    pairs=5,
    more_pairs=5,
    more_pairs_until_seconds=60.0,
    raw_seconds=4.0,
    warm_seconds=1.0,
    check_seconds=5.0,
    counted_checks=400,
    request_seconds=2.5,
    latency_seconds=5.0,
    connections=16,
    cards=400,
    few_envelopes=10_000,
    many_envelopes=1_000_000,
    look_ups=200,
    turns=25,
    at_once=200,
    rounds=4,
    postgresql=True,
)

QUICK = Scale(
    pairs=1,
    more_pairs=0,
    more_pairs_until_seconds=0.0,
    raw_seconds=0.5,
    warm_seconds=0.3,
    check_seconds=1.0,
    counted_checks=40,
    request_seconds=0.5,
    latency_seconds=1.0,
    connections=8,
    cards=40,
    few_envelopes=1_000,
    many_envelopes=20_000,
    look_ups=100,
    turns=3,
    at_once=50,
    rounds=1,
    postgresql=False,
)
