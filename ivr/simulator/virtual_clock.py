"""A clock that goes only when something takes time: a prompt, a pause, a caller who presses nothing."""

from datetime import datetime, timedelta


class VirtualClock:
    """Calls give the time; `pass_by` lets time pass."""

    def __init__(self, now: datetime):
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def seconds_to_say(text: str) -> float:
    """How long a voice needs, roughly: 15 letters a second, or 5 of a script that writes syllables."""
    return sum(1 / 5 if ord(character) >= 0x1100 else 1 / 15 for character in text)
