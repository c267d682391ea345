"""Schema changes, one file each, with Alembic."""
