"""The retention schedule: the kinds of records, and the entry of config/retention.toml for each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from resident_app.configuration.casework import Retention


@dataclass(frozen=True)
class RetentionRule:
    """A kind of record, the entry of config/retention.toml for it, and `says`, an English description."""

    kind: str
    setting: str
    says: str


CONTACT = RetentionRule("contact", "contact_days", "Name, phone, email and good times of a closed request")
OUTGOING = RetentionRule("outgoing", "sent_days", "Messages in the queue that were sent or given up")
INCOMING = RetentionRule("incoming", "unplaced_days", "Messages that nobody could place")
CALL = RetentionRule("call", "call_days", "Legs of calls that have ended")
PRESENCE = RetentionRule("presence", "presence_hours", "Who had a request open")
SESSION = RetentionRule("session", "session_hours", "Sessions of staff")
EXPORT = RetentionRule("export", "export_days", "That an export was asked for")
ERASED = RetentionRule("erased", "erased_days", "That a request was erased")
REQUEST = RetentionRule("request", "request_years", "Closed requests, with notes and timeline")
OPEN_REQUEST = RetentionRule("request", "open_request_years", "Requests that nobody closed")
AUDIT = RetentionRule("audit", "audit_years", "Audit events")
ERASURE_LOG = RetentionRule("erasure-log", "erasure_log_years", "Marks of requests that are gone")

RULES = (
    CONTACT,
    OUTGOING,
    INCOMING,
    CALL,
    PRESENCE,
    SESSION,
    EXPORT,
    ERASED,
    REQUEST,
    OPEN_REQUEST,
    AUDIT,
    ERASURE_LOG,
)
"""In the order in which they are applied."""


def cutoff(retention: Retention, setting: str, now: datetime) -> datetime:
    """Return the time at which, or before which, a record must be from to be due."""
    length = int(getattr(retention, setting))
    unit = setting.rpartition("_")[2]
    if unit != "years":
        return now - timedelta(**{unit: length})
    try:
        return now.replace(year=now.year - length)
    except ValueError:
        return now.replace(year=now.year - length, day=28)


def kept_for(retention: Retention, setting: str) -> str:
    """Return the retention period in words, such as "6 years"."""
    length = int(getattr(retention, setting))
    unit = setting.rpartition("_")[2]
    return f"{length} {unit if length > 1 else unit.removesuffix('s')}"
