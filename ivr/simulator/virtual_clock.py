"""The clock of a call: the true time, or one that goes only when something takes time.

A prompt, a pause, a caller who presses nothing take time.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class CallClock(Protocol):
    """The clock of a call."""

    @property
    def now(self) -> datetime:
        """The time of the call."""

    def pass_by(self, seconds: float) -> None:
        """Note that something took so long."""


class VirtualClock:
    """Calls give the time; `pass_by` lets time pass."""

    def __init__(self, now: datetime):
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class RunningClock:
    """The true time, for a call in which things take as long as they take."""

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def pass_by(self, seconds: float) -> None:
        """Time passes by itself."""


def seconds_to_say(text: str) -> float:
    """How long a voice needs, roughly: 15 letters a second, or 5 of a script that writes syllables."""
    return sum(1 / 5 if ord(character) >= 0x1100 else 1 / 15 for character in text)
