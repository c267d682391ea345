"""What the worker tells the console: that it runs, and which phone company and mail server it has."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from resident_app.casework.worker_tables import WorkerHeartbeatRow
from resident_app.database import find_all

BEAT_SECONDS = 10
SILENT_AFTER = timedelta(seconds=60)
_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class WorkerStatus:
    """How the worker is. With several workers, that of one that works."""

    seen_at: datetime | None = None
    """When it last said that it runs. None: it never ran."""
    runs: bool = False
    phone_company: str = ""
    """Its name; "" if none is set, so that nothing is called or texted."""
    mail_server: str = ""
    """Its host; "" if none is set, so that no e-mail goes out."""
    problem: str = ""
    """Why it does nothing although it runs, in words for an operator."""

    @property
    def can_call(self) -> bool:
        """Whether a call, or a text, that is asked for now goes out."""
        return self.runs and not self.problem and bool(self.phone_company)

    @property
    def can_mail(self) -> bool:
        return self.runs and not self.problem and bool(self.mail_server)


def note_heartbeat(connection: Connection, worker: str, at: datetime, **columns: str | bool) -> None:
    """Note that a worker runs. Workers that are gone for long are forgotten."""
    connection.execute(delete(WorkerHeartbeatRow).where(WorkerHeartbeatRow.seen_at < at - _KEPT))
    values = {"seen_at": at, "has_stopped": False, **columns}
    found = connection.execute(
        update(WorkerHeartbeatRow).where(WorkerHeartbeatRow.worker == worker).values(values)
    )
    if not found.rowcount:
        connection.execute(insert(WorkerHeartbeatRow).values(worker=worker, started_at=at, **values))


def worker_status(connection: Connection, now: datetime) -> WorkerStatus:
    """Return how the worker is now."""
    rows = find_all(connection, select(WorkerHeartbeatRow))
    if not rows:
        return WorkerStatus()

    def runs(row: WorkerHeartbeatRow) -> bool:
        return not row.has_stopped and row.seen_at > now - SILENT_AFTER

    best = max(rows, key=lambda row: (runs(row), not row.problem, row.seen_at))
    return WorkerStatus(best.seen_at, runs(best), best.phone_company, best.mail_server, best.problem)
