"""Heads of the audit log. A head that is kept elsewhere shows whether the chain was cut off or rewritten."""

import os
import re
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine, select

from resident_app.database import writing
from resident_app.security import audit_log, event_log
from resident_app.security.audit_chain import Head
from resident_app.security.audit_log import Audited, AuditEvent

_LINE = re.compile(r"(?:(\d{4}-\d\d-\d\d)\s+)?([1-9]\d*)[\s:]+([0-9a-f]{64})")


class NotAHead(ValueError):
    """The line does not contain a head."""


def print_head(engine: Engine, now: datetime, file: Path | None = None) -> Head:
    """Take a head (`take_head`) and write it to the event log too. Raises OSError."""
    head = take_head(engine, now, file)
    event_log.audit_head(head.number, head.hash)
    return head


def take_head(engine: Engine, now: datetime, file: Path | None = None) -> Head:
    """Record that a head was printed, and append the head to `file`. Raises OSError.

    The head is the event just recorded, so it is part of the chain.
    """
    with writing(engine, durable=True) as connection:
        audit_log.record(connection, Audited.HEAD_PRINTED, actor_id=None, at=now)
        row = connection.execute(
            select(AuditEvent.number, AuditEvent.hash).order_by(AuditEvent.number.desc()).limit(1)
        ).one()
    head = Head(row.number, row.hash, now.date())
    if file is not None:
        _append(file, written(head))
    return head


def written(head: Head) -> str:
    """Return a head as a line: `DATE NUMBER HASH`."""
    return " ".join(str(part) for part in (head.on, head.number, head.hash) if part is not None)


def read_head(text: str) -> Head:
    """Parse `DATE NUMBER HASH` or `NUMBER:HASH`. Raises NotAHead."""
    found = _LINE.fullmatch(text.strip())
    if not found:
        raise NotAHead(text)
    try:
        on = date.fromisoformat(found[1]) if found[1] else None
    except ValueError:
        raise NotAHead(text) from None
    return Head(int(found[2]), found[3], on)


def read_heads(file: Path) -> list[Head]:
    """Parse every line of a file that is not empty. Raises NotAHead, OSError."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [read_head(line) for line in lines if line.strip()]


def _append(file: Path, line: str) -> None:
    with file.open("a", encoding="ascii") as opened:
        opened.write(line + "\n")
        opened.flush()
        os.fsync(opened.fileno())
