"""Alembic's environment. It runs on the connection that `state` passes in."""

from alembic import context

from resident_app.migrations.models import column_type, load_all_metadata

attributes = context.config.attributes
connection = attributes["connection"]

context.configure(
    connection=connection,
    # Loading every table's module takes a second, and only a comparison needs them.
    target_metadata=load_all_metadata(connection.dialect.name) if attributes.get("compares") else None,
    render_as_batch=True,
    render_item=column_type,
    compare_type=True,
)
context.run_migrations()
