"""Housekeeping: every public process deletes old attempts, calls and texts, at most once a minute."""

import threading
import time
from datetime import datetime, timedelta

from ivr.call_store import CallStore
from resident_app.public_context import PublicContext
from resident_app.security import event_log

HOUSEKEEPING = "housekeeping"
EVERY = timedelta(minutes=1)


class Housekeeping:
    """Deletes attempts and salts that no longer count, calls that are over, and languages of old texts."""

    def __init__(self, context: PublicContext, calls: CallStore):
        self._context = context
        self._calls = calls
        self._mutex = threading.Lock()
        self._next: datetime | None = None

    def start_thread(self) -> None:
        """Run every minute from now on, even while no request comes: data must go when promised."""
        threading.Thread(target=self._run_forever, daemon=True).start()

    def _run_forever(self) -> None:
        while True:
            time.sleep(EVERY.total_seconds())
            self.run_if_due()

    def run_if_due(self) -> None:
        """Clean up, unless this process did so within the last minute. An error is logged, not raised."""
        now = self._context.clock()
        with self._mutex:
            if self._next is not None and now < self._next:
                return
            self._next = now + EVERY
        try:
            self._context.attempts.forget(now)
            self._calls.forget_old(now)
            self._context.number_languages.forget_old(now)
        except Exception as error:
            event_log.failed("housekeeping", error)
