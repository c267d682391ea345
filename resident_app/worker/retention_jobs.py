"""The worker's part in keeping: remove what is due, seal again, print the audit log's head."""

from datetime import datetime

from resident_app.casework.resealing import remaining, reseal_some
from resident_app.casework.retention.purge import purge
from resident_app.database import writing
from resident_app.security import audit_log
from resident_app.security.audit_heads import print_head
from resident_app.security.audit_log import Audited
from resident_app.worker.context import WorkerContext


class RetentionJobs:
    """Each deed is a job: it may be interrupted and begun again, and several workers may be at it."""

    def __init__(self, parts: WorkerContext):
        self._parts = parts

    def remove_what_is_due(self, now: datetime) -> None:
        parts = self._parts
        purge(parts.engine, parts.keys.current(), parts.configuration.retention, now)

    def seal_again(self, now: datetime) -> None:
        """Nothing to do, unless the office's key changed."""
        engine, keys = self._parts.engine, self._parts.keys.current()
        with engine.connect() as connection:
            before = remaining(connection, keys)
        if not before:
            return
        while reseal_some(engine, keys):
            pass
        with writing(engine) as connection:
            if remaining(connection, keys) < before:
                audit_log.record(
                    connection,
                    Audited.KEY_CHANGED,
                    staff=None,
                    at=now,
                    what="resealed",
                    key=keys.newest.public.id,
                )

    def print_head(self, now: datetime) -> None:
        print_head(self._parts.engine, now, self._parts.settings.audit_heads_path)
