"""Requests and their timelines, made by the row: nothing in them is sealed."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert

from resident_app.database import writing
from resident_app.intake.request_tables import EntryKind, HelpRequestRow, RequestState, TimelineRow


@dataclass(frozen=True)
class Request:
    """One request: when it came, and what was done, each at so long after that."""

    came: datetime
    language: str = "ko"
    channel: str = "phone"
    origin: str = "site"
    called: tuple[tuple[timedelta, str], ...] = ()
    """When, and how it went: an outcome of calls."""
    closed: tuple[timedelta, ...] = ()
    outcome: str = ""
    """With which it is closed now; empty: it is open."""
    entries: tuple[tuple[EntryKind, timedelta], ...] = ()
    columns: dict[str, Any] = field(default_factory=dict)

    def row(self, number: int) -> dict[str, Any]:
        contacts = [after for after, _ in self.called]
        contacts += [
            after for kind, after in self.entries if kind in (EntryKind.TEXT_OUT, EntryKind.EMAIL_OUT)
        ]
        return {
            "id": number,
            "submission": secrets.token_bytes(16),
            "secret_hash": "",
            "reference_attempt": 0,
            "origin": self.origin,
            "spoken_language": self.language,
            "written_language": self.language,
            "topic": "question",
            "channel": self.channel,
            "state": (RequestState.CLOSED if self.outcome else RequestState.RECEIVED).value,
            "outcome": self.outcome,
            "received_at": self.came,
            "last_contact_at": self.came + max(contacts, default=timedelta()),
            "closed_at": self.came + max(self.closed) if self.outcome and self.closed else None,
            "sealed": b"",
            "sealed_to": "",
            "version": 0,
            "merged_into": None,
            "next_action_at": None,
            "legal_hold": False,
            **self.columns,
        }

    def lines(self, number: int) -> Iterable[dict[str, Any]]:
        for after, went in self.called:
            yield self._line(number, EntryKind.CALL, after, went)
        for after in self.closed:
            yield self._line(number, EntryKind.STATE, after, RequestState.CLOSED)
        for kind, after in self.entries:
            yield self._line(number, kind, after, "")

    def _line(self, number: int, kind: EntryKind, after: timedelta, code: str) -> dict[str, Any]:
        return {
            "request_id": number,
            "key": secrets.token_bytes(16),
            "kind": kind,
            "at": self.came + after,
            "code": code,
            "detail": "",
            "sealed_to": "",
        }


def store(engine: Engine, requests: Iterable[Request], first: int = 1) -> None:
    """Store requests, numbered from `first`, and their timelines."""
    numbered = list(enumerate(requests, first))
    lines = [line for number, one in numbered for line in one.lines(number)]
    with writing(engine) as connection:
        connection.execute(insert(HelpRequestRow), [one.row(number) for number, one in numbered])
        if lines:
            connection.execute(insert(TimelineRow), lines)
