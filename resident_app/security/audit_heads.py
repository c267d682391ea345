"""Heads of the audit log. A head that is kept elsewhere shows whether the chain was cut off or rewritten."""

import os
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from resident_app.database import writing
from resident_app.security import audit_log, event_log
from resident_app.security.audit_chain import Head, snapshot
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
        last = _head(connection)
    assert last is not None
    head = replace(last, on=now.date())
    if file is not None:
        _append(file, written(head))
    return head


def keep_newest_head(engine: Engine, file: Path) -> bool:
    """Replace the head in `file` with the log's newest event. Raises OSError.

    Returns False, and leaves the file as it is, if the event that it names is gone or another: then the log
    was cut off or replaced, or an older backup was restored.
    """
    kept = read_heads(file)[-1] if file.exists() else None
    with snapshot(engine) as connection:
        newest = _head(connection)
        named = connection.execute(
            select(AuditEvent.hash).where(AuditEvent.number == (kept.number if kept else 0))
        ).scalar_one_or_none()
    if kept and named != kept.hash:
        return False
    if newest and newest != kept:
        new = file.with_name(file.name + ".new")
        new.unlink(missing_ok=True)
        _append(new, written(newest))
        new.replace(file)
    return True


def kept_heads(*files: Path) -> list[Head]:
    """Return every head of those files that are there. Raises NotAHead, OSError."""
    return [head for file in files if file.is_file() for head in read_heads(file)]


def _head(connection: Connection) -> Head | None:
    row = connection.execute(
        select(AuditEvent.number, AuditEvent.hash).order_by(AuditEvent.number.desc()).limit(1)
    ).one_or_none()
    return Head(row.number, row.hash) if row else None


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
