"""Housekeeping: what must not stay is wiped, now and then, by whichever process is at work."""

import threading
import time
from datetime import datetime, timedelta

from ivr.call_store import CallStore
from ivr.carrier.opt_outs import OptOuts
from resident_app.public_context import PublicContext
from resident_app.security import event_log

HOUSEKEEPING = "housekeeping"
EVERY = timedelta(minutes=1)


class Housekeeping:
    """Wipes attempts and salts that no longer count, calls that are over, and languages of old texts."""

    def __init__(self, context: PublicContext, calls: CallStore, texts: OptOuts):
        self._context = context
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
        now = self._context.clock()
        with self._mutex:
            if self._next is not None and now < self._next:
                return
            self._next = now + EVERY
        try:
            self._context.attempts.forget(now)
            self._calls.forget_old(now)
            self._texts.forget_old(now)
        except Exception as error:
            event_log.failed("housekeeping", error)
