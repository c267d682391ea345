"""Alembic's environment: it runs on a connection that `state` hands over."""

from alembic import context

import ivr.calls  # noqa: F401
import resident_app.console.sign_in.staff
import resident_app.outreach.calls.office_legs
import resident_app.outreach.tables
import resident_app.records.tables
import resident_app.safeguards.attempts
import resident_app.safeguards.audit  # noqa: F401
from resident_app.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
