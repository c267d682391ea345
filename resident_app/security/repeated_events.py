"""Events that come often: the first of each kind are logged, and the rest are counted and logged as one.

Otherwise a sender of malformed requests could fill the disk with lines, and hide a fault among them.
"""

import atexit
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

Log = Callable[..., None]
"""Logs an event: its name, then its fields."""


@dataclass
class _Period:
    began: float
    logged: int = 0
    left_out: int = 0


class RepeatedEvents:
    """Logs at most `most` events of one kind in `seconds`. Events with the same fields are of one kind.

    Their fields come from our code, so there are few kinds. What was left out is logged as the event
    `repeated` when its period is over, even if no other event comes, and when the process ends.
    """

    def __init__(self, most: int = 20, seconds: float = 60):
        self._most = most
        self._seconds = seconds
        self._mutex = threading.Lock()
        self._periods: dict[str, tuple[_Period, Callable[[int], None]]] = {}
        self._timer: threading.Timer | None = None

    def log(self, log: Log, event: str, **fields: object) -> None:
        """Log an event with `log` unless there were too many of its kind."""
        kind = repr((event, sorted(fields.items())))
        now = time.monotonic()
        with self._mutex:
            period, _ = self._periods.get(kind, (None, None))
            if period is None or (now - period.began >= self._seconds and not period.left_out):
                period = _Period(now)

                def tell(times: int) -> None:
                    log("repeated", of=event, times=times, **fields)

                self._periods[kind] = (period, tell)
            if period.logged >= self._most:
                period.left_out += 1
                self._start_timer()
                return
            period.logged += 1
        log(event, **fields)

    def tell(self) -> None:
        """Log what was left out, and begin all periods again."""
        with self._mutex:
            periods, self._periods = self._periods, {}
            self._timer = None
        for period, tell in periods.values():
            if period.left_out:
                tell(period.left_out)

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(self._seconds, self.tell)
            self._timer.daemon = True
            self._timer.start()
            atexit.unregister(self.tell)
            atexit.register(self.tell)
