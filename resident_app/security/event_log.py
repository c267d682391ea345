"""The event log: JSON lines on standard error. Nothing else is logged.

An event has a name, codes and counts, never a person's words. An error is logged by its type and its place in
the code, because its message and values may contain what a resident typed.
"""

import logging
import sys
import time
import traceback
from pathlib import Path
from types import TracebackType

import structlog

from resident_app.security.repeated_events import RepeatedEvents

_LAST: dict[str, float] = {}
_REPEATED = RepeatedEvents()
_ROOT = Path(__file__).resolve().parents[2]


def configure(stream: object = None) -> None:
    """Write events to `stream` (standard error by default), and silence the text of every other logger."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=stream or sys.stderr),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    quiet = logging.getLogger()
    quiet.handlers = [_TypesOnly()]
    quiet.setLevel(logging.WARNING)


def started(process: str) -> None:
    structlog.get_logger().info("started", process=process)


def standby() -> None:
    """Log that another process serves, and this one waits to take over."""
    structlog.get_logger().info("standby")


def refused_start(reason: str) -> None:
    """Log why a process cannot start. `reason` names settings and files, so no resident wrote it."""
    structlog.get_logger().error("refused_start", reason=reason)


def not_ready(reason: str) -> None:
    """Log why a running process does nothing. `reason` names settings, files and keys' ids."""
    _REPEATED.log(structlog.get_logger().error, "not_ready", reason=reason)


def failed(place: str, error: BaseException) -> None:
    """Log an error. `place` is a name from our code, such as an endpoint."""
    _REPEATED.log(
        structlog.get_logger().error,
        "failed",
        place=place,
        error=type(error).__name__,
        at=_frames(error.__traceback__),
    )


def refused_request(error: BaseException) -> None:
    """Log that a request was malformed: the type of what is wrong with it."""
    _REPEATED.log(structlog.get_logger().warning, "refused_request", error=type(error).__name__)


def carrier_request_refused(header: str, cause: str) -> None:
    """Log that a request to the phone line was not signed by a carrier: the header's name and a code."""
    _REPEATED.log(structlog.get_logger().warning, "carrier_request_refused", header=header, cause=str(cause))


def server(severity: str, text: str | None, error: type[BaseException] | None) -> None:
    """Log a message of the server. `text` is about the server itself and quotes no request."""
    _REPEATED.log(
        structlog.get_logger().info,
        "server",
        severity=severity,
        text=text,
        error=error.__name__ if error else None,
    )


def checks_busy(reason: str) -> None:
    """Log why checks are busy: a code from our code, at most one event a minute for each."""
    if _is_due(f"checks busy {reason}", 60):
        structlog.get_logger().error("checks_busy", reason=reason)


def help_requests_refused(reason: str) -> None:
    """Log why nobody can leave a help request: a code from our code, at most one event a minute for each."""
    if _is_due(f"help {reason}", 60):
        structlog.get_logger().error("help_requests_refused", reason=reason)


def limit_reached(limit: str) -> None:
    """Log that a limit is reached: its name, never a bucket, card or network."""
    structlog.get_logger().warning("limit_reached", limit=limit)


def many_calls_at_once() -> None:
    """Log that one attested number has many calls under way, at most once an hour, without the number."""
    if _is_due("many calls at once", 3600):
        structlog.get_logger().warning("many_calls_at_once")


def measure_refused(measure: str) -> None:
    """Log a protection that the system did not allow at start."""
    structlog.get_logger().warning("measure_refused", measure=measure)


def row_refused(table: str) -> None:
    """Log that a row is not authentic: the name of its table, never a value."""
    structlog.get_logger().error("row_refused", table=table)


def unconfigured_proxy() -> None:
    """Log that a proxy forwards requests and TRUSTED_PROXIES is 0: no network limit can apply."""
    if _is_due("unconfigured proxy", 3600):
        structlog.get_logger().error("unconfigured_proxy")


def audit_head(number: int, hash: str) -> None:
    """Log the audit log's last event once a day: the server's log is a copy outside the database."""
    structlog.get_logger().info("audit_head", number=number, hash=hash)


def audit_log_cut() -> None:
    """Log that the newest event that was kept outside the database is not in the audit log anymore."""
    if _is_due("audit log cut", 3600):
        structlog.get_logger().error("audit_log_cut")


def _is_due(name: str, seconds: float) -> bool:
    """Return whether an event that comes often may be logged again in this process."""
    now = time.monotonic()
    if now - _LAST.get(name, -seconds) < seconds:
        return False
    _LAST[name] = now
    return True


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)
    return [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames[-8:]]


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name


class _TypesOnly(logging.Handler):
    """Logs a library's record as its logger, its level and the type of its error, without its message."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        _REPEATED.log(
            structlog.get_logger().error,
            "library",
            logger=record.name,
            level_name=record.levelname,
            error=type(error).__name__ if error else None,
            at=_frames(error.__traceback__) if error else [],
        )
