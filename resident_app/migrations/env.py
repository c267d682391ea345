"""Alembic's environment: it runs on a connection that `state` hands over."""

from alembic import context

from resident_app.database import Base
from resident_app.migrations.models import import_models

import_models()

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
