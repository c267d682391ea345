"""The demonstration's office: three accounts, to be set up with links of their own."""

from datetime import datetime

from sqlalchemy import Engine

from resident_app.console.sign_in import accounts
from resident_app.console.sign_in.staff import Role
from resident_app.database import writing

ADMIN = "admin@office.example.com"
LEAD = "lead@office.example.com"
OFFICER = "officer@office.example.com"

_PEOPLE = (
    (ADMIN, Role.ADMIN, "Made-up Admin", "en,es,ko"),
    (LEAD, Role.LEAD, "Made-up Lead", "en,vi,zh-Hans"),
    (OFFICER, Role.OFFICER, "Made-up Officer", "ru,uk,ar"),
)


def make_staff(engine: Engine, now: datetime) -> None:
    """Make the accounts that are not there yet."""
    with writing(engine) as connection:
        for email, role, name, languages in _PEOPLE:
            if accounts.find(connection, email=email) is None:
                number = accounts.add(connection, email, role, now, name)
                accounts.change(connection, number, languages=languages)
