"""Housekeeping: what must not stay is wiped, now and then, by whichever process is at work."""

import threading
import time
from datetime import datetime, timedelta

from ivr.calls import Calls
from ivr.texting import TextList
from resident_app.safeguards import events
from resident_app.services import Services

HOUSEKEEPING = "housekeeping"
EVERY = timedelta(minutes=1)


class Housekeeping:
    """Wipes attempts and salts that no longer count, calls that are over, and languages of old texts."""

    def __init__(self, services: Services, calls: Calls, texts: TextList):
        self._services = services
        self._calls = calls
        self._texts = texts
        self._mutex = threading.Lock()
        self._next: datetime | None = None

    def without_requests(self) -> None:
        """From now on also in a process that nobody asks anything: what is promised to go goes."""
        threading.Thread(target=self._for_ever, daemon=True).start()

    def _for_ever(self) -> None:
        while True:
            time.sleep(EVERY.total_seconds())
            self.now_and_then()

    def now_and_then(self) -> None:
        """Before a request: at most once a minute in each process. A fault is not the caller's."""
        now = self._services.clock()
        with self._mutex:
            if self._next is not None and now < self._next:
                return
            self._next = now + EVERY
        try:
            self._services.attempts.forget(now)
            self._calls.forget_old(now)
            self._texts.forget_old(now)
        except Exception as error:
            events.failed("housekeeping", error)
