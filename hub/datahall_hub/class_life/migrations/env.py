"""What alembic runs for each upgrade: on the connection that it is handed."""

from __future__ import annotations

from datahall_hub.class_life.tables import VERSION_TABLE, metadata
from datahall_hub.migrated_database import run_migrations

run_migrations(metadata, version_table=VERSION_TABLE)
