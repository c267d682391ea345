"""Events: the only things that are logged. An event has a name and counts, never a person's words.

An error is logged by its type and the places in the code it passed through: its message
and its values may hold what a resident typed.
"""

import logging
import sys
import traceback
from pathlib import Path
from types import TracebackType

import structlog

_ROOT = Path(__file__).resolve().parents[2]


def configure(stream: object = None) -> None:
    """Send events to standard error as JSON lines, and silence every other logger's text."""
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


def refused_start(reason: str) -> None:
    """`reason` names settings and files, which no resident wrote."""
    structlog.get_logger().error("refused_start", reason=reason)


def failed(place: str, error: BaseException) -> None:
    """Something broke at `place`, a name of ours such as an endpoint."""
    structlog.get_logger().error(
        "failed", place=place, error=type(error).__name__, at=_places(error.__traceback__)
    )


def audit_head(number: int, hash: str) -> None:
    """The audit log's last event, daily: whoever keeps the server's log keeps it elsewhere."""
    structlog.get_logger().info("audit_head", number=number, hash=hash)


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)
    return [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames[-8:]]


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name


class _TypesOnly(logging.Handler):
    """What a library logs: which library, how grave, and the type of an error; not its words."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        structlog.get_logger().error(
            "library",
            logger=record.name,
            level_name=record.levelname,
            error=type(error).__name__ if error else None,
            at=_places(error.__traceback__) if error else [],
        )
