"""An office for tests: its keys, requests that were left, and somebody who works on them."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, select

from resident_app.casework.cases.actions import Actor
from resident_app.casework.cases.case_service import CaseService
from resident_app.casework.cases.timeline import OpenedCase, open_case
from resident_app.casework.office_keys import OfficeKeysFile, make_office_keys
from resident_app.casework.opened import Reader
from resident_app.configuration import load_configuration
from resident_app.database import insert_if_new, writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake.help_request import HelpRequest, seal_request
from resident_app.intake.reference import derived_reference
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.security.audit_log import with_audit_log
from tests.conftest import AUDIT_KEYS, NOW, write_audit_key
from tests.roles import engine_as

CONFIGURATION = load_configuration()


Contents = TypeVar("Contents")


class Undone(Exception):
    """What a test reads leaves no event."""


@dataclass
class Office:
    """Keys and casework over a database. It holds the audit key."""

    engine: Engine
    keys: OfficeKeysFile
    now: datetime = NOW
    casework: CaseService = field(init=False)

    def __post_init__(self) -> None:
        self.engine = with_audit_log(self.engine, AUDIT_KEYS)
        console = engine_as(self.engine, DatabaseRole.CONSOLE)
        outcomes, hours = frozenset(CONFIGURATION.casework.outcomes), CONFIGURATION.contact_hours
        self.casework = CaseService(console, self.keys, outcomes, hours)

    def actor(self, staff: int = 1, form: str = "") -> Actor:
        return Actor(staff, self.now, CONFIGURATION.calendar.zone, form or secrets.token_hex(16))

    def leave(self, **changes: Any) -> int:
        """A request comes in; columns of the row and fields of the request may be changed."""
        columns = {name: changes.pop(name) for name in list(changes) if name in _COLUMNS}
        request = HelpRequest(
            **{
                "origin": "site",
                "reach_by": "phone",
                "phone": "+12065550100",
                "email": "",
                "spoken": "ko",
                "written": "ko",
                "topic": "question",
                "message": "marked words",
                **changes,
            }
        )
        submission = secrets.token_bytes(16)
        reference = derived_reference(submission * 2, 0)
        box = seal_request(request, str(reference), self.keys.current().newest.public, submission)
        with writing(self.engine) as connection:
            assert insert_if_new(
                connection,
                HelpRequestRow,
                **{
                    "submission": submission,
                    "selector": None,
                    "secret_hash": "",
                    "reference_attempt": 0,
                    "origin": request.origin,
                    "spoken_language": request.spoken,
                    "written_language": request.written,
                    "topic": request.topic,
                    "channel": request.reach_by,
                    "state": RequestState.RECEIVED,
                    "received_at": self.now,
                    "last_contact_at": self.now,
                    "sealed": box.sealed,
                    "sealed_to": box.sealed_to,
                    **columns,
                },
            )
            return connection.execute(
                select(HelpRequestRow.id).where(HelpRequestRow.submission == submission)
            ).scalar_one()

    def opened(self, number: int) -> OpenedCase:
        """Open a request. The event of this reading is undone: tests count those of the application."""

        def read(reader: Reader) -> OpenedCase:
            found = open_case(reader.connection, self.keys.current(), number)
            assert found is not None
            return found.read(reader)

        return self.read(read)

    def read(self, what: Callable[[Reader], Contents]) -> Contents:
        """Return what is read in a transaction that is rolled back."""
        read: list[Contents] = []
        with suppress(Undone), writing(self.engine) as connection:
            read.append(what(Reader(connection, None, self.now, "test")))
            raise Undone
        return read[0]

    def kinds(self, number: int) -> list[str]:
        """The kinds of a request's lines, oldest first."""
        return [line.kind for line in reversed(self.opened(number).lines)]


_COLUMNS = frozenset(HelpRequestRow.__table__.columns.keys()) - {"origin", "topic"}


def open_office(engine: Engine, folder: Path, **changes: object) -> Office:
    private, _ = make_office_keys()
    path = folder / "private.key"
    path.write_text(private)
    write_audit_key(folder)
    return Office(engine, OfficeKeysFile(path), **changes)  # type: ignore[arg-type]
