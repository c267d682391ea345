"""The names and languages of the office's staff, as the queue and timelines show them. They give no right."""

from dataclasses import dataclass

from sqlalchemy import Engine, select

from resident_app.database import reading
from resident_app.web.accounts.staff_tables import StaffRow


@dataclass(frozen=True)
class StaffMember:
    id: int
    name: str
    """The e-mail address if the account has no name."""
    active: bool
    languages: tuple[str, ...]


def staff_directory(engine: Engine) -> dict[int, StaffMember]:
    """Return every account by its id. Closed ones are included, because timelines still name them."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(StaffRow.id, StaffRow.name, StaffRow.email, StaffRow.active, StaffRow.languages).order_by(
                StaffRow.name
            )
        )
        return {row.id: StaffMember(row.id, row.name or row.email, row.active, row.languages) for row in rows}


def staff_addresses(engine: Engine) -> dict[int, str]:
    """Return the e-mail address of every account by its id."""
    with reading(engine) as connection:
        return {row.id: row.email for row in connection.execute(select(StaffRow.id, StaffRow.email))}
