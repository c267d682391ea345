"""The demonstration's staff: three accounts, each set up with a link."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Engine

from resident_app.casework.reports import export_requests
from resident_app.database import writing
from resident_app.web.accounts import account_store
from resident_app.web.accounts.account_sealing import AlreadySealed, seal_first
from resident_app.web.accounts.staff_tables import Role

ADMIN = "admin@office.example.com"
LEAD = "lead@office.example.com"
OFFICER = "officer@office.example.com"

_PEOPLE = (
    (ADMIN, Role.ADMIN, "Made-up Admin", ("en", "es", "ko")),
    (LEAD, Role.LEAD, "Made-up Lead", ("en", "vi", "zh-Hans")),
    (OFFICER, Role.OFFICER, "Made-up Officer", ("ru", "uk", "ar")),
)


def make_staff(engine: Engine, now: datetime) -> None:
    """Make the accounts that do not exist yet. Those of a version before 0.3.0 are sealed first."""
    with writing(engine) as connection:
        with suppress(AlreadySealed):
            seal_first(connection, now)
            export_requests.seal_first(connection, now)
        for email, role, name, languages in _PEOPLE:
            if account_store.find(connection, email=email) is None:
                number = account_store.add(connection, email, role, now, name)
                account_store.change(connection, number, now, languages=languages)
