"""Make room for what a reviewer has looked at in place of the checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the column; called by alembic."""
    with op.batch_alter_table("datahall_app_events") as table:
        table.add_column(sa.Column("ticks", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Drop the column; called by alembic."""
    with op.batch_alter_table("datahall_app_events") as table:
        table.drop_column("ticks")
