"""Find every table, so that none is missing from a migration."""

from importlib import import_module
from pkgutil import walk_packages
from typing import Literal

from sqlalchemy import Enum, MetaData
from sqlalchemy.types import TypeDecorator

import ivr
import resident_app
from resident_app.database import Base
from resident_app.short_lived import ShortLivedBase

# These packages define no tables, and loading them is slow.
_WITHOUT_TABLES = (
    "resident_app.commands",
    "resident_app.demonstration",
    "ivr.simulator",
    "resident_app.migrations",
)


def load_metadata() -> MetaData:
    """Import every module of the application, and return the metadata of all tables that last."""
    for package in (resident_app, ivr):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith(_WITHOUT_TABLES):
                import_module(found.name)
    return Base.metadata


def load_all_metadata(dialect: str) -> list[MetaData]:
    """Return the metadata of all tables in the database: on PostgreSQL the short-lived ones are there too."""
    lasting = load_metadata()
    return [lasting, ShortLivedBase.metadata] if dialect == "postgresql" else [lasting]


def column_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Render our own column types as plain ones: a migration must not change when the code does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False
