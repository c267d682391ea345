"""`make migration MESSAGE="…"`: write a migration for what changed in the tables."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from resident_app.database import open_database
from resident_app.migrations.state import add_revision, upgrade


def write_revision(message: str, folder: Path | None = None) -> Path:
    """Return a new migration, from what the other migrations make to what the code defines."""
    with TemporaryDirectory() as scratch:
        engine = open_database(f"sqlite:///{scratch}/scratch.db")
        try:
            upgrade(engine)
            return add_revision(engine, message, folder)
        finally:
            engine.dispose()


if __name__ == "__main__":
    words = " ".join(sys.argv[1:]).strip()
    if not words:
        sys.exit('Say what changes: make migration MESSAGE="add a column for …"')
    print(write_revision(words))  # noqa: T201
