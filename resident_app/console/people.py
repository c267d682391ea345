"""The office's people, as queue and timeline name them."""

from dataclasses import dataclass

from sqlalchemy import Engine, select

from resident_app.console.sign_in.staff import Staff
from resident_app.database import reading


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    active: bool
    languages: tuple[str, ...]


def everyone(engine: Engine) -> dict[int, Person]:
    """Every account by its number, closed ones too: timelines still name them."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(Staff.id, Staff.name, Staff.email, Staff.active, Staff.languages).order_by(Staff.name)
        )
        return {
            row.id: Person(
                row.id,
                row.name or row.email,
                row.active,
                tuple(row.languages.split(",")) if row.languages else (),
            )
            for row in rows
        }
