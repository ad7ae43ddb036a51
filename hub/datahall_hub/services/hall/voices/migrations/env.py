"""What alembic runs for each upgrade: on the connection that `open_database` hands over."""

from __future__ import annotations

from datahall_hub.migrated_database import run_migrations
from datahall_hub.services.hall.voices.tables import VERSION_TABLE, metadata

run_migrations(metadata, version_table=VERSION_TABLE)
