"""Make the table of what was found out about versions: by the checks, and when they were to prove that they render."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table; called by alembic."""
    op.create_table(
        "datahall_app_checks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Index("datahall_app_checks_of_version", "slug", "number"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the table; called by alembic."""
    op.drop_table("datahall_app_checks")
