"""What alembic runs for each upgrade: on the connection that `ensure_tables` hands over."""

from __future__ import annotations

from alembic import context

from datahall_hub.services.hall.voices.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite changes a column by copying the table
)
with context.begin_transaction():
    context.run_migrations()
