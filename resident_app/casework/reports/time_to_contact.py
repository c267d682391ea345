"""How long people wait, so that those who still wait count (Kaplan and Meier, 1958)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

_ROUNDING = 1e-9


@dataclass(frozen=True, order=True)
class TimeToContact:
    """One person's wait, in seconds, until it ended or until now.

    It is endless for a person whom nobody reached out to before the request was closed.
    """

    seconds: float
    ended: bool


NEVER_CONTACTED = TimeToContact(inf, ended=False)


@dataclass(frozen=True)
class SurvivalEstimate:
    """How long a wait is, in seconds; `at_least`: it has not ended yet for so many people."""

    seconds: float
    at_least: bool = False


def estimate(share: float, waits: Sequence[TimeToContact]) -> SurvivalEstimate | None:
    """The time within which the wait of so large a share (0.5: the median) has ended. None: no wait is known.

    `waits` are in ascending order. Who still waits counts as waiting for as long as they have so far, and
    leaves the reckoning then; who waits endlessly never leaves it.
    """
    waiting = len(waits)
    still_waiting = 1.0
    seconds, ended = 0.0, 0
    for place, wait in enumerate(waits):
        if wait.seconds == inf:
            break
        if wait.seconds > seconds:
            waiting, seconds, ended = len(waits) - place, wait.seconds, 0
        if wait.ended:
            still_waiting *= (waiting - ended - 1) / (waiting - ended)
            ended += 1
            if still_waiting <= 1 - share + _ROUNDING:
                return SurvivalEstimate(seconds)
    longest = max((wait.seconds for wait in waits if wait.seconds != inf), default=None)
    return None if longest is None else SurvivalEstimate(longest, at_least=True)
