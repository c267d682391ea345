"""A worker that takes another for lost after six seconds, so that a test need not wait for five minutes."""

import signal
from datetime import timedelta

from resident_app.settings import WorkerSettings, load_settings
from resident_app.worker.context import open_context
from resident_app.worker.process import Worker


def main() -> None:
    signals = {signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    worker = Worker(open_context(load_settings(WorkerSettings)), lost_after=timedelta(seconds=6))
    signal.sigwait(signals)
    worker.stop()


if __name__ == "__main__":
    main()
